/** The JSON of the Calendar API, as far as the fake stores or shows it. Fields that it never shows are not here. */

/** A moment: a `date` for whole days, or a `dateTime` with a zone. */
export interface GoogleTime {
  readonly date?: string
  readonly dateTime?: string
  readonly timeZone?: string
}

/** A person as an organizer or creator. */
export interface GooglePerson {
  readonly email?: string
  readonly displayName?: string
  readonly self?: boolean
}

/** A guest. */
export interface GoogleAttendee extends GooglePerson {
  readonly organizer?: boolean
  readonly optional?: boolean
  readonly resource?: boolean
  readonly responseStatus?: string
  readonly comment?: string
  readonly additionalGuests?: number
}

/** One reminder of an event. */
export interface GoogleReminder {
  readonly method?: string
  /** Before the start. */
  readonly minutes?: number
}

/** The reminders of an event. */
export interface GoogleReminders {
  readonly useDefault?: boolean
  readonly overrides?: readonly GoogleReminder[]
}

/** Properties of programs. */
export interface GoogleExtendedProperties {
  readonly private?: Readonly<Record<string, string>>
  readonly shared?: Readonly<Record<string, string>>
}

/** A video meeting. */
export interface GoogleConference {
  readonly conferenceId?: string
  readonly conferenceSolution?: unknown
  readonly createRequest?: {
    readonly requestId?: string
    readonly conferenceSolutionKey?: { readonly type?: string }
    readonly status?: { readonly statusCode?: string }
  }
  readonly entryPoints?: readonly { readonly entryPointType?: string; readonly uri?: string; readonly label?: string }[]
}

/** An event as requests and answers have it. */
export interface GoogleEvent {
  readonly kind?: 'calendar#event'
  readonly etag?: string
  readonly id?: string
  readonly status?: string
  readonly htmlLink?: string
  readonly created?: string
  readonly updated?: string
  readonly summary?: string
  readonly description?: string
  readonly location?: string
  readonly colorId?: string
  readonly eventLabelId?: string
  readonly creator?: GooglePerson
  readonly organizer?: GooglePerson
  readonly start?: GoogleTime
  readonly end?: GoogleTime
  readonly endTimeUnspecified?: boolean
  readonly recurrence?: readonly string[]
  readonly recurringEventId?: string
  readonly originalStartTime?: GoogleTime
  readonly transparency?: string
  readonly visibility?: string
  readonly iCalUID?: string
  readonly sequence?: number
  readonly attendees?: readonly GoogleAttendee[]
  readonly attendeesOmitted?: boolean
  readonly extendedProperties?: GoogleExtendedProperties
  readonly hangoutLink?: string
  readonly conferenceData?: GoogleConference
  readonly anyoneCanAddSelf?: boolean
  readonly guestsCanInviteOthers?: boolean
  readonly guestsCanModify?: boolean
  readonly guestsCanSeeOtherGuests?: boolean
  readonly privateCopy?: boolean
  readonly locked?: boolean
  readonly reminders?: GoogleReminders
  readonly source?: { readonly title?: string; readonly url?: string }
  readonly attachments?: readonly { readonly fileUrl?: string; readonly title?: string; readonly mimeType?: string }[]
  readonly eventType?: string
  readonly birthdayProperties?: { readonly type?: string; readonly contact?: string }
  readonly focusTimeProperties?: unknown
  readonly outOfOfficeProperties?: unknown
  readonly workingLocationProperties?: unknown
}

/** What a person may do with a calendar. */
export type GoogleAccessRole = 'none' | 'freeBusyReader' | 'reader' | 'writerWithoutPrivateAccess' | 'writer' | 'owner'

/** A calendar in a person's list. */
export interface GoogleCalendarListEntry {
  readonly kind: 'calendar#calendarListEntry'
  readonly etag: string
  readonly id: string
  readonly summary: string
  readonly summaryOverride?: string
  readonly description?: string
  readonly timeZone: string
  readonly colorId: string
  readonly backgroundColor: string
  readonly foregroundColor: string
  readonly accessRole: GoogleAccessRole
  readonly defaultReminders: readonly GoogleReminder[]
  readonly primary?: true
  readonly selected?: true
  readonly hidden?: true
  readonly deleted?: true
  readonly conferenceProperties: { readonly allowedConferenceSolutionTypes: readonly string[] }
}
