import { isObject } from '../fakes/json.js'
import { keptBody } from './html.js'
import { keptLocations } from './locations.js'
import type { KeptRecurrence } from './patterns.js'
import { firstDate, keptRecurrence } from './recurrences.js'
import { invalid } from './refusals.js'
import type {
  MicrosoftAttendee,
  MicrosoftEmailAddress,
  MicrosoftEvent,
  MicrosoftExtendedProperty,
  MicrosoftExtension,
  MicrosoftLocation,
  MicrosoftResponseStatus,
} from './resources.js'
import { between, instantOf, type KeptTime, keptTime, moved } from './times.js'

/** What an event says: no ids, no versions, no times of writing. */
export interface KeptEvent {
  readonly subject: string
  /** As HTML, in its frame. */
  readonly body: string
  readonly start: KeptTime
  readonly end: KeptTime
  readonly isAllDay: boolean
  readonly location: MicrosoftLocation
  readonly locations: readonly MicrosoftLocation[]
  readonly attendees: readonly MicrosoftAttendee[]
  readonly organizer: MicrosoftEmailAddress
  readonly isOrganizer: boolean
  readonly isCancelled: boolean
  readonly responseStatus: MicrosoftResponseStatus
  readonly importance: string
  readonly sensitivity: string
  readonly showAs: string
  readonly categories: readonly string[]
  readonly isReminderOn: boolean
  readonly reminderMinutesBeforeStart: number
  readonly recurrence: KeptRecurrence | null
  readonly responseRequested: boolean
  readonly hideAttendees: boolean
  readonly allowNewTimeProposals: boolean
  readonly isOnlineMeeting: boolean
  readonly onlineMeetingProvider: string
  readonly onlineMeeting: { readonly joinUrl: string } | null
  readonly transactionId: string | null
  readonly extensions: readonly MicrosoftExtension[]
  readonly properties: readonly MicrosoftExtendedProperty[]
}

/** What an event says that is given nothing. */
export function blank(organizer: MicrosoftEmailAddress): Omit<KeptEvent, 'start' | 'end'> {
  return {
    ...{ subject: '', body: '', isAllDay: false, attendees: [], organizer, isOrganizer: true, isCancelled: false },
    ...{ ...keptLocations({}), responseStatus: { response: 'organizer', time: neverStamp } },
    ...{ importance: 'normal', sensitivity: 'normal', showAs: 'busy', categories: [], isReminderOn: true },
    ...{ reminderMinutesBeforeStart: 15, recurrence: null, responseRequested: true, hideAttendees: false },
    ...{ allowNewTimeProposals: true, isOnlineMeeting: false, onlineMeetingProvider: 'unknown', onlineMeeting: null },
    ...{ transactionId: null, extensions: [], properties: [] },
  }
}

/** How answers say that somebody never answered. */
export const neverStamp = '0001-01-01T00:00:00Z'

/** Merges what a request gives into what is there, and refuses what Graph does not take. `null` empties. */
export function accepted(
  given: MicrosoftEvent,
  before: Omit<KeptEvent, 'start' | 'end'> & Partial<KeptEvent>,
): KeptEvent {
  const start = given.start === undefined && before.start ? before.start : keptTime(given.start, 'start')
  const end = given.end === undefined && before.end ? before.end : keptTime(given.end, 'end')
  const { attendees, importance, sensitivity, showAs, categories, onlineMeetingProvider, isReminderOn } = given
  const meeting = given.isOnlineMeeting ?? before.isOnlineMeeting
  const isAllDay = given.isAllDay ?? before.isAllDay
  const merged: KeptEvent = {
    ...before,
    ...(given.subject !== undefined && { subject: given.subject ?? '' }),
    ...(given.body !== undefined && { body: keptBody(given.body) }),
    ...{ start, end, isAllDay, recurrence: before.recurrence },
    ...((given.location !== undefined || given.locations !== undefined) && keptLocations(given)),
    ...(attendees && { attendees: attendees.map((one) => keptAttendee(one, before.attendees)) }),
    ...(importance !== undefined && { importance }),
    ...(sensitivity !== undefined && { sensitivity }),
    ...(showAs !== undefined && { showAs }),
    ...(categories && { categories }),
    isReminderOn: isReminderOn ?? before.isReminderOn,
    reminderMinutesBeforeStart: given.reminderMinutesBeforeStart ?? before.reminderMinutesBeforeStart,
    responseRequested: given.responseRequested ?? before.responseRequested,
    hideAttendees: given.hideAttendees ?? before.hideAttendees,
    allowNewTimeProposals: given.allowNewTimeProposals ?? before.allowNewTimeProposals,
    isOnlineMeeting: meeting,
    onlineMeetingProvider: meeting ? (onlineMeetingProvider ?? 'teamsForBusiness') : 'unknown',
    onlineMeeting: meeting ? { joinUrl: 'https://teams.example.com/meet/1' } : null,
    properties: mergedProperties(before.properties, given.singleValueExtendedProperties ?? []),
  }
  assertSpan(merged)
  if (merged.attendees.length > 500) throw invalid('An event has at most 500 attendees.')
  return withRecurrence(merged, given, before.start)
}

/** Refuses a span that ends before it starts, and whole days that are none. */
function assertSpan({ start, end, isAllDay }: Pick<KeptEvent, 'start' | 'end' | 'isAllDay'>): void {
  if (!isAllDay) {
    if (instantOf(end) < instantOf(start)) throw invalid('The event cannot end before it starts.')
    return
  }
  const isMidnight = [start, end].every(({ local }) => local.endsWith('T00:00:00'))
  if (!isMidnight || start.zone !== end.zone)
    throw invalid('Start and end of an all-day event have to be midnight in the same time zone.')
  if (end.local <= start.local) throw invalid('The duration of an all-day event has to be at least 24 hours.')
}

/** The range begins where the event does; a series that does not start on its pattern starts at its first date. */
function withRecurrence(event: KeptEvent, given: MicrosoftEvent, before: KeptTime | undefined): KeptEvent {
  if (given.recurrence === null) return { ...event, recurrence: null }
  const { start, end } = event
  const startDate = start.local.slice(0, 10)
  const own = event.recurrence && {
    pattern: event.recurrence.pattern,
    // That the range follows a start that is moved alone is a guess.
    range: { ...event.recurrence.range, startDate, recurrenceTimeZone: start.zone },
  }
  const wanted = given.recurrence ?? (before?.local === start.local && before.zone === start.zone ? undefined : own)
  if (!wanted) return event
  const recurrence = keptRecurrence(wanted, start)
  const shift = between(`${startDate}T00:00:00`, `${firstDate(recurrence)}T00:00:00`)
  const range = { ...recurrence.range, startDate: firstDate(recurrence) }
  return {
    ...event,
    recurrence: { ...recurrence, range },
    start: { ...start, local: moved(start.local, shift) },
    end: { ...end, local: moved(end.local, shift) },
  }
}

/** An attendee keeps their answer. */
function keptAttendee(given: MicrosoftAttendee, before: readonly MicrosoftAttendee[]): MicrosoftAttendee {
  const address = given.emailAddress?.address
  if (!address) throw invalid('An attendee needs an emailAddress with an address.')
  const known = before.find((one) => one.emailAddress?.address?.toLowerCase() === address.toLowerCase())
  return {
    type: given.type ?? 'required',
    status: known?.status ?? { response: 'none', time: neverStamp },
    emailAddress: { name: given.emailAddress?.name ?? address, address },
  }
}

/** Whether two ids name the same property: the GUID in any case, the name letter by letter. */
export function sameProperty(a: string, b: string): boolean {
  const key = (id: string) => id.replace(/\{[^}]*\}/, (guid) => guid.toLowerCase())
  return key(a) === key(b)
}

function mergedProperties(
  before: readonly MicrosoftExtendedProperty[],
  given: readonly MicrosoftExtendedProperty[],
): readonly MicrosoftExtendedProperty[] {
  for (const { id } of given)
    if (!/^String \{[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\} (?:Name \S.*|Id 0x[0-9a-f]+)$/i.test(id))
      throw invalid(`The id of an extended property is not valid: '${id}'. The fake takes strings only.`)
  const kept = before.filter(({ id }) => !given.some((one) => sameProperty(one.id, id)))
  return [...kept, ...given]
}

/** Reads an open extension of a request. */
export function keptExtension(given: MicrosoftExtension): MicrosoftExtension {
  const { '@odata.type': type, id: _id, extensionName, ...data } = given
  if (type !== undefined && !/^#?microsoft\.graph\.openTypeExtension$/i.test(type))
    throw invalid('The @odata.type of an extension is not valid.')
  if (typeof extensionName !== 'string' || extensionName === '') throw invalid('An extension needs an extensionName.')
  if (Object.values(data).some((value) => isObject(value))) throw invalid('An extension holds no objects.')
  return {
    '@odata.type': '#microsoft.graph.openTypeExtension',
    id: `${extensionPrefix}${extensionName}`,
    extensionName,
    ...data,
  }
}

/** What the ids of extensions of Outlook's items begin with. */
export const extensionPrefix = 'Microsoft.OutlookServices.OpenTypeExtension.'
