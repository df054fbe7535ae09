import { digest } from '../../model/hash.js'
import { equal } from '../fakes/json.js'
import { accepted, blank, type KeptEvent, keptExtension } from './event-fields.js'
import { etagOf } from './event-view.js'
import { isIdForm } from './ids.js'
import { mailGuests } from './mail.js'
import type { StoredCalendar, StoredEvent } from './mailbox.js'
import { invalid, Refusal } from './refusals.js'
import type { MicrosoftEvent } from './resources.js'
import { type Target, targetOf } from './series.js'
import { cancelOccurrence, changeOccurrence } from './series-writes.js'
import { assertWritable, type Place, putEvent } from './world.js'

/** A new event. The same transactionId again is the same event again. */
export function createEvent(place: Place, calendar: StoredCalendar, body: MicrosoftEvent, isImmutable = true): Target {
  const { world, mailbox } = place
  assertWritable(place, calendar.id)
  const { transactionId = null, extensions = [] } = body
  const twin = transactionId === null ? undefined : twinOf(mailbox.all(), transactionId)
  if (twin) {
    const { transactionReplay = 'refused' } = world.options
    if (transactionReplay !== 'existing') {
      const annotations = { '@event.existingEventId': world.ids.of(twin, undefined, isImmutable) }
      const status = transactionReplay === 'conflict' ? 409 : 400
      throw new Refusal('ErrorDuplicateTransactionId', { status, annotations })
    }
    return { stored: twin, date: undefined, data: twin.data }
  }
  const organizer = { name: mailbox.name, address: mailbox.email }
  const data = { ...accepted(body, blank(organizer)), transactionId, extensions: extensions.map(keptExtension) }
  const key = digest('event', mailbox.email, String(mailbox.position))
  const stored = putEvent(place, {
    ...{
      key,
      calendarId: calendar.id,
      meeting: key,
      moves: 0,
      data,
      exceptions: new Map(),
      cancelled: new Set<string>(),
    },
  })
  const target = { stored, date: undefined, data }
  mailGuests(place, target, 'invitation')
  return target
}

/** Merges a change into an event, a series or one occurrence. */
export function updateEvent(place: Place, id: string, patch: MicrosoftEvent, ifMatch?: string): Target {
  const target = writable(place, id, ifMatch)
  if (patch.transactionId !== undefined) throw invalid('transactionId cannot be changed.')
  if (patch.extensions !== undefined) throw invalid('Extensions are changed by requests of their own.')
  assertMayChange(target.data, patch)
  const { stored, date } = target
  if (date !== undefined) {
    const changed = changeOccurrence(place, stored, date, patch)
    mailGuests(place, changed, 'update')
    return changed
  }
  const data = accepted(patch, stored.data)
  // No delta tells of extended properties alone.
  const names = Object.keys(patch)
  const untold = names.length > 0 && names.every((name) => name === 'singleValueExtendedProperties')
  const after = putEvent(place, { ...stored, ...withData(stored, data) }, { untold })
  const changed = { stored: after, date: undefined, data }
  mailGuests(place, changed, 'update')
  return changed
}

/** Puts an event into the bin, or cancels one occurrence. */
export function deleteEvent(place: Place, id: string, ifMatch?: string, gone: 'deleted' | 'purged' = 'deleted'): void {
  assertNotGone(place, id)
  const target = writable(place, id, ifMatch)
  const { stored, date } = target
  if (date !== undefined) cancelOccurrence(place, stored, date)
  else putEvent(place, { ...stored, gone, moves: stored.moves + 1 })
  mailGuests(place, target, 'cancellation')
}

/** What a change of a series leaves of its exceptions: none where it takes place at other times. */
export function withData(stored: StoredEvent, data: KeptEvent): Pick<StoredEvent, 'data' | 'exceptions' | 'cancelled'> {
  const times = ({ start, end, isAllDay, recurrence }: KeptEvent) => [start, end, isAllDay, recurrence]
  if (equal(times(stored.data), times(data)))
    return { data, exceptions: stored.exceptions, cancelled: stored.cancelled }
  return { data, exceptions: new Map(), cancelled: new Set() }
}

/** Deleting again what has just been deleted is not "not found": seen at a personal account. */
function assertNotGone({ world, mailbox }: Place, id: string): void {
  const ref = isIdForm(id) ? world.ids.find(id) : undefined
  const stored = ref && mailbox.find(ref.key)
  if (ref?.date !== undefined && stored?.cancelled.has(ref.date)) throw new Refusal('ErrorInvalidRequest')
  if (stored?.gone === 'deleted') throw new Refusal('ErrorInvalidRequest')
  if (stored?.gone === 'purged') throw new Refusal('ErrorCannotDeleteObject')
}

/** What an id names, if it may be written and has the version that is wanted. */
function writable(place: Place, id: string, ifMatch: string | undefined): Target {
  const target = targetOf(place, id)
  assertWritable(place, target.stored.calendarId)
  if (ifMatch !== undefined && ifMatch !== '*') {
    if (!/^(?:W\/)?"[^"]*"$/.test(ifMatch))
      throw new Refusal('ErrorInvalidParameter', { message: 'The If-Match header has no valid value.' })
    if (ifMatch !== etagOf(place, target)) throw new Refusal('ErrorIrresolvableConflict')
  }
  return target
}

/** Who is only invited may change what is theirs alone. Which refusal Graph gives is a guess. */
function assertMayChange({ isOrganizer }: KeptEvent, patch: MicrosoftEvent): void {
  if (isOrganizer) return
  const own = ['categories', 'showAs', 'sensitivity', 'isReminderOn', 'reminderMinutesBeforeStart']
  const foreign = Object.keys(patch).filter((name) => !own.includes(name) && name !== 'singleValueExtendedProperties')
  if (foreign.length > 0)
    throw new Refusal('ErrorAccessDenied', { message: 'Only the organizer can change this event.' })
}

function twinOf(events: readonly StoredEvent[], transactionId: string): StoredEvent | undefined {
  return events.find(({ data }) => data.transactionId === transactionId)
}
