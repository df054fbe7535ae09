import { digest } from '../../model/hash.js'
import { equal } from '../fakes/json.js'
import { type KeptEvent, neverStamp } from './event-fields.js'
import type { KeptException, Mailbox, StoredEvent } from './mailbox.js'
import type { MicrosoftAttendee, MicrosoftResponseStatus } from './resources.js'
import { changeOccurrenceData, occurrenceAt } from './series.js'
import { putEvent, type World } from './world.js'

/** What a guest has for themselves of a meeting. */
const own = [
  ...(['showAs', 'sensitivity', 'categories', 'isReminderOn', 'reminderMinutesBeforeStart', 'responseStatus'] as const),
  ...(['properties', 'extensions', 'transactionId', 'isOrganizer', 'isCancelled'] as const),
]

/**
 * Brings a meeting to the default calendars of those guests who have an account here. Their copies have the uids of the
 * organizer's event, and keep what is theirs. A guest who is not asked any more keeps a copy that says it is cancelled.
 */
export function shareWithGuests(
  world: World,
  mailbox: Mailbox,
  before: StoredEvent | undefined,
  after: StoredEvent,
): void {
  if (!after.data.isOrganizer) return
  const [then, now] = [guestsOf(before), guestsOf(after)]
  if (before?.gone === after.gone && before && equal(sharedOf(before), sharedOf(after))) return
  for (const address of new Set([...then, ...now])) {
    const guest = world.mailboxes.get(address)
    if (!guest || guest === mailbox) continue
    const copy = guest.find(copyKey(after, address))
    if (now.has(address)) putEvent({ world, mailbox: guest }, copied(after, copy, guest, address))
    else if (copy && copy.gone === undefined && !copy.data.isCancelled)
      putEvent({ world, mailbox: guest }, { ...copy, data: { ...copy.data, ...cancelledBy(copy.data) } })
  }
}

/** Tells the organizer what a guest answered, if the organizer has an account here. */
export function tellOrganizer(
  world: World,
  guest: Mailbox,
  { stored, date }: { readonly stored: StoredEvent; readonly date: string | undefined },
  status: MicrosoftResponseStatus,
): void {
  const mailbox = world.mailboxes.get(stored.data.organizer.address ?? '')
  const meeting = mailbox?.find(stored.meeting)
  if (!mailbox || !meeting || meeting.gone !== undefined) return
  const { attendees } = date === undefined ? meeting.data : occurrenceAt(meeting, date)
  const answered = attendees.map((one) => (addressOf(one) === guest.email.toLowerCase() ? { ...one, status } : one))
  putEvent({ world, mailbox }, changeOccurrenceData(meeting, date, { attendees: answered }, mailbox.stamp()))
}

/** What an organizer who takes a meeting back leaves in a guest's calendar. */
export function cancelledBy({ subject }: KeptEvent): Partial<KeptEvent> {
  return { isCancelled: true, showAs: 'free', subject: `Canceled: ${subject}` }
}

/** A copy that is in the bin comes back with the next update, which is a guess. */
function copied(
  meeting: StoredEvent,
  copy: StoredEvent | undefined,
  guest: Mailbox,
  address: string,
): Omit<StoredEvent, 'stamp' | 'created' | 'updated'> {
  const first: Partial<KeptEvent> = {
    ...{ showAs: 'tentative', categories: [], properties: [], extensions: [], transactionId: null },
    ...{ isOrganizer: false, isCancelled: false, isReminderOn: true, reminderMinutesBeforeStart: 15 },
    responseStatus: { response: 'notResponded', time: neverStamp },
  }
  const mine = copy ? { ...pick(copy.data), isCancelled: false } : first
  const { organizer, attendees } = meeting.data
  const host: MicrosoftAttendee = {
    type: 'required',
    status: { response: 'none', time: neverStamp },
    emailAddress: organizer,
  }
  const exceptions = [...meeting.exceptions].map(([date, exception]): [string, KeptException] => {
    const { attendees: _guests, ...theirs } = without(exception.change)
    return [date, { ...exception, change: { ...theirs, ...pick(copy?.exceptions.get(date)?.change ?? {}) } }]
  })
  return {
    key: copyKey(meeting, address),
    calendarId: copy?.calendarId ?? guest.defaultCalendar.id,
    meeting: meeting.meeting,
    moves: copy ? copy.moves + (copy.gone === undefined ? 0 : 1) : 0,
    data: { ...meeting.data, ...mine, attendees: [host, ...attendees] },
    exceptions: new Map(exceptions),
    cancelled: new Set([...meeting.cancelled, ...(copy?.cancelled ?? [])]),
  }
}

function guestsOf(event: StoredEvent | undefined): ReadonlySet<string> {
  return new Set(event?.gone === undefined ? event?.data.attendees.map(addressOf) : [])
}

/** What guests hear of: not each other's answers, and nothing that is the organizer's alone. */
function sharedOf({ data, exceptions, cancelled }: StoredEvent): unknown {
  const shared = ({ attendees = [], ...rest }: Partial<KeptEvent>) => [without(rest), attendees.map(addressOf)]
  return [shared(data), [...exceptions].map(([date, { change }]) => [date, shared(change)]), [...cancelled]]
}

function copyKey({ meeting }: StoredEvent, address: string): string {
  return digest('copy', meeting, address)
}

function addressOf({ emailAddress }: MicrosoftAttendee): string {
  return (emailAddress?.address ?? '').toLowerCase()
}

function pick(data: Partial<KeptEvent>): Partial<KeptEvent> {
  return Object.fromEntries(own.filter((name) => data[name] !== undefined).map((name) => [name, data[name]]))
}

function without(data: Partial<KeptEvent>): Partial<KeptEvent> {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !own.some((one) => one === name)))
}
