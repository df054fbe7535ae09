/** A wall time and its zone: `{ dateTime: '2026-03-04T09:00:00.0000000', timeZone: 'Europe/Berlin' }`. */
export interface MicrosoftTime {
  readonly dateTime?: string
  readonly timeZone?: string | null
}

export interface MicrosoftBody {
  readonly contentType?: 'text' | 'html'
  readonly content?: string | null
}

export interface MicrosoftLocation {
  readonly displayName?: string | null
  readonly locationType?: string
  readonly uniqueId?: string | null
  readonly uniqueIdType?: string
  readonly locationUri?: string | null
  readonly locationEmailAddress?: string | null
  readonly address?: Readonly<Record<string, string | null>> | null
  readonly coordinates?: Readonly<Record<string, number | null>> | null
}

export interface MicrosoftEmailAddress {
  readonly name?: string | null
  readonly address?: string | null
}

export interface MicrosoftResponseStatus {
  readonly response?: string
  /** `0001-01-01T00:00:00Z` is never. */
  readonly time?: string | null
}

export interface MicrosoftAttendee {
  readonly type?: 'required' | 'optional' | 'resource'
  readonly emailAddress?: MicrosoftEmailAddress
  readonly status?: MicrosoftResponseStatus | null
}

export interface MicrosoftPattern {
  readonly type?: string
  readonly interval?: number
  readonly month?: number
  readonly dayOfMonth?: number
  readonly daysOfWeek?: readonly string[]
  readonly firstDayOfWeek?: string
  readonly index?: string
}

export interface MicrosoftRange {
  readonly type?: string
  readonly startDate?: string
  readonly endDate?: string | null
  readonly recurrenceTimeZone?: string | null
  readonly numberOfOccurrences?: number
}

export interface MicrosoftRecurrence {
  readonly pattern?: MicrosoftPattern
  readonly range?: MicrosoftRange
}

export interface MicrosoftExtendedProperty {
  readonly id: string
  readonly value: string
}

/** Data of an application on an event, under one name. */
export interface MicrosoftExtension {
  readonly '@odata.type'?: string
  readonly id?: string
  readonly extensionName?: string
  readonly [field: string]: unknown
}

/** An event as requests and answers carry it, as far as the fake knows it. */
export interface MicrosoftEvent {
  readonly '@odata.context'?: string
  readonly '@odata.etag'?: string
  readonly '@odata.type'?: string
  readonly '@removed'?: { readonly reason: 'deleted' | 'changed' }
  readonly id?: string
  readonly createdDateTime?: string
  readonly lastModifiedDateTime?: string
  readonly changeKey?: string
  readonly categories?: readonly string[]
  readonly transactionId?: string | null
  readonly originalStartTimeZone?: string | null
  readonly originalEndTimeZone?: string | null
  readonly originalStart?: string | null
  readonly iCalUId?: string | null
  /** Not in the description of the API, but in answers of 2026. */
  readonly uid?: string | null
  readonly reminderMinutesBeforeStart?: number | null
  readonly isReminderOn?: boolean | null
  readonly hasAttachments?: boolean
  readonly subject?: string | null
  readonly bodyPreview?: string | null
  readonly importance?: string
  readonly sensitivity?: string
  readonly isAllDay?: boolean | null
  readonly isCancelled?: boolean
  readonly isOrganizer?: boolean
  readonly responseRequested?: boolean | null
  readonly seriesMasterId?: string | null
  readonly showAs?: string
  readonly type?: 'singleInstance' | 'occurrence' | 'exception' | 'seriesMaster'
  readonly webLink?: string | null
  readonly onlineMeetingUrl?: string | null
  readonly isOnlineMeeting?: boolean | null
  readonly onlineMeetingProvider?: string
  readonly onlineMeeting?: { readonly joinUrl?: string | null } | null
  readonly allowNewTimeProposals?: boolean | null
  /** `OID.<series>.<date>`. Not in the description of the API, but in answers of 2026. */
  readonly occurrenceId?: string | null
  readonly isDraft?: boolean
  readonly hideAttendees?: boolean | null
  readonly responseStatus?: MicrosoftResponseStatus | null
  readonly body?: MicrosoftBody | null
  readonly start?: MicrosoftTime | null
  readonly end?: MicrosoftTime | null
  readonly location?: MicrosoftLocation | null
  readonly locations?: readonly MicrosoftLocation[]
  readonly recurrence?: MicrosoftRecurrence | null
  readonly attendees?: readonly MicrosoftAttendee[]
  readonly organizer?: { readonly emailAddress?: MicrosoftEmailAddress } | null
  readonly cancelledOccurrences?: readonly string[]
  readonly exceptionOccurrences?: readonly MicrosoftEvent[]
  readonly extensions?: readonly MicrosoftExtension[]
  readonly singleValueExtendedProperties?: readonly MicrosoftExtendedProperty[]
}
