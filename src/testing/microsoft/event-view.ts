import type { KeptEvent } from './event-fields.js'
import { previewOf, textOf } from './html.js'
import { changeKeyOf, iCalUidOf } from './ids.js'
import type { StoredEvent } from './mailbox.js'
import type { MicrosoftBody, MicrosoftEvent, MicrosoftTime } from './resources.js'
import { occurrenceAt, type Target, typeOf } from './series.js'
import { instantOf, type KeptTime, shownDay, shownTime, stampText } from './times.js'
import type { Place } from './world.js'

/** How a request wants events to be shown. */
export interface ViewOptions {
  readonly isImmutable: boolean
  /** The zone of start and end. */
  readonly zone: string
  readonly bodyType: 'html' | 'text'
}

/** An event as an answer carries it, apart from what has to be asked for. */
export function eventView(place: Place, target: Target, view: ViewOptions): MicrosoftEvent {
  const { world, mailbox } = place
  const { stored, date, data } = target
  const type = typeOf(target)
  const changeKey = changeKeyOf(mailbox.email, stored.stamp, type === 'occurrence')
  const id = world.ids.of(stored, date, view.isImmutable)
  const masterId = world.ids.of(stored, undefined, view.isImmutable)
  const own = date === undefined ? stored : (stored.exceptions.get(date) ?? stored)
  return {
    '@odata.etag': `W/"${changeKey}"`,
    ...{ id, createdDateTime: stampText(own.created), lastModifiedDateTime: stampText(own.updated), changeKey },
    ...{ categories: data.categories, transactionId: data.transactionId },
    ...{ originalStartTimeZone: data.start.zone, originalEndTimeZone: data.end.zone },
    ...{ iCalUId: iCalUidOf(stored.meeting, date), uid: iCalUidOf(stored.meeting, undefined) },
    ...{ reminderMinutesBeforeStart: data.reminderMinutesBeforeStart, isReminderOn: data.isReminderOn },
    ...{ hasAttachments: false, subject: data.subject, bodyPreview: previewOf(data.body) },
    ...{ importance: data.importance, sensitivity: data.sensitivity, isAllDay: data.isAllDay },
    ...{ isCancelled: data.isCancelled, isOrganizer: data.isOrganizer, responseRequested: data.responseRequested },
    ...{ seriesMasterId: date === undefined ? null : masterId, showAs: data.showAs, type },
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`,
    ...{ onlineMeetingUrl: null, isOnlineMeeting: data.isOnlineMeeting },
    ...{ onlineMeetingProvider: data.onlineMeetingProvider, allowNewTimeProposals: data.allowNewTimeProposals },
    ...{ occurrenceId: date === undefined ? null : occurrenceIdOf(masterId, date), isDraft: false },
    ...(date !== undefined && world.options.originalStart === 'given' && { originalStart: originalStartOf(target) }),
    ...{ hideAttendees: data.hideAttendees, responseStatus: data.responseStatus, body: bodyView(data, view) },
    ...{ start: timeView(data, data.start, view.zone), end: timeView(data, data.end, view.zone) },
    ...{ location: data.location, locations: data.locations },
    recurrence: type === 'seriesMaster' ? data.recurrence : null,
    ...{ attendees: data.attendees, organizer: { emailAddress: data.organizer }, onlineMeeting: data.onlineMeeting },
    ...(date === undefined && stored.disguise),
  }
}

/** An unchanged occurrence in a delta: no subject, and times in the zone of the mailbox whatever was preferred. */
export function sparseView(
  { world, mailbox }: Place,
  { stored, date, data }: Target,
  view: ViewOptions,
): MicrosoftEvent {
  return {
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': `W/"${changeKeyOf(mailbox.email, stored.stamp, true)}"`,
    id: world.ids.of(stored, date, view.isImmutable),
    seriesMasterId: world.ids.of(stored, undefined, view.isImmutable),
    type: 'occurrence',
    start: timeView(data, data.start, mailbox.timeZone),
    end: timeView(data, data.end, mailbox.timeZone),
  }
}

/** An event by its immutable id, in UTC, with all that has to be asked for. */
export function wholeView(place: Place, stored: StoredEvent): MicrosoftEvent {
  const view: ViewOptions = { isImmutable: true, zone: 'UTC', bodyType: 'html' }
  const noted = (target: Target): MicrosoftEvent => ({
    ...eventView(place, target, view),
    singleValueExtendedProperties: target.data.properties,
  })
  const masterId = place.world.ids.of(stored, undefined, true)
  return {
    ...noted({ stored, date: undefined, data: stored.data }),
    cancelledOccurrences: [...stored.cancelled].sort().map((date) => occurrenceIdOf(masterId, date)),
    exceptionOccurrences: [...stored.exceptions.keys()]
      .sort()
      .map((date) => noted({ stored, date, data: occurrenceAt(stored, date) })),
  }
}

/** The name of an occurrence by its series and its date in the series' zone. */
export function occurrenceIdOf(masterId: string, date: string): string {
  return `OID.${masterId}.${date}`
}

/** The version that a request may name. */
export function etagOf({ mailbox }: Place, target: Target): string {
  return `W/"${changeKeyOf(mailbox.email, target.stored.stamp, typeOf(target) === 'occurrence')}"`
}

function originalStartOf({ stored, date = '' }: Target): string {
  const plain = occurrenceAt({ ...stored, exceptions: new Map() }, date)
  return `${new Date(instantOf(plain.start)).toISOString().slice(0, 19)}Z`
}

function bodyView({ body }: KeptEvent, { bodyType }: ViewOptions): MicrosoftBody {
  return bodyType === 'text' ? { contentType: 'text', content: textOf(body) } : { contentType: 'html', content: body }
}

function timeView({ isAllDay }: KeptEvent, time: KeptTime, zone: string): MicrosoftTime {
  return isAllDay ? shownDay(time, zone) : shownTime(time, zone)
}
