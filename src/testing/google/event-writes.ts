import { digest } from '../../model/hash.js'
import { equal } from '../fakes/json.js'
import type { StoredEvent } from './calendar-store.js'
import { conferenceAfter } from './conference.js'
import { etagOf } from './etag.js'
import { accepted, patched, withoutReadOnly } from './event-fields.js'
import { assertNewType, assertSameType } from './event-types.js'
import { declinedBy, guestWrite, isGuestCopy, shareWithGuests } from './guests.js'
import { mailGuests, type SendUpdates } from './mail.js'
import { invalid, Refusal } from './refusals.js'
import type { GoogleEvent } from './resources.js'
import { isBelowDeleted, type Target, targetOf } from './series.js'
import { keepEvent } from './series-writes.js'
import type { Place } from './world.js'

/** What a request says about a write beside the event. */
export interface WriteOptions {
  readonly sendUpdates?: SendUpdates
  readonly conferenceDataVersion?: number
  readonly supportsAttachments?: boolean
  readonly eventLabelVersion?: number
  /** The version that the event has to have. */
  readonly ifMatch?: string | undefined
}

/** A new event. */
export function insertEvent(place: Place, body: GoogleEvent, options: WriteOptions = {}): StoredEvent {
  const { world, calendar, account } = place
  if (body.id !== undefined && body.iCalUID !== undefined && body.iCalUID !== `${body.id}@google.com`)
    throw invalid('Only one of id and iCalUID may be given.')
  const id = body.id ?? digest('event', calendar.id, String(calendar.position)).slice(0, 26)
  if (!/^[a-v0-9]{5,1024}$/.test(id)) throw invalid('Invalid resource id value.')
  // What was deleted keeps its id.
  if (calendar.find(id)) throw new Refusal('duplicate')
  const given = accepted(withoutReadOnly(body), calendar)
  assertNewType(given, calendar)
  const { conferenceData, attachments, eventLabelId, iCalUID: _ignored, id: _id, ...rest } = given
  const data: GoogleEvent = {
    ...rest,
    ...(options.eventLabelVersion === 1 && eventLabelId && { eventLabelId }),
    status: given.status ?? 'confirmed',
    iCalUID: `${id}@google.com`,
    sequence: given.sequence ?? 0,
    eventType: given.eventType ?? 'default',
    creator: { email: account.email },
    organizer: calendar.isPrimary ? { email: calendar.id } : { email: calendar.id, displayName: calendar.summary },
    ...conferenceAfter(undefined, conferenceData, options.conferenceDataVersion ?? 0, world.options.meetings),
    ...(options.supportsAttachments && attachments && { attachments }),
  }
  const stored = calendar.put(id, ownReminders(place, id, data, undefined))
  shareWithGuests(place, stored)
  mailGuests(world, { calendar, before: undefined, after: data, id, sendUpdates: options.sendUpdates })
  world.changed(calendar)
  return stored
}

/** Merges a change into an event or one occurrence. */
export function patchEvent(place: Place, id: string, patch: GoogleEvent, options: WriteOptions = {}): StoredEvent {
  const target = writable(place, id, options)
  const { attachments, ...rest } = withoutReadOnly(patch)
  const change = options.supportsAttachments && attachments !== undefined ? { ...rest, attachments } : rest
  const seen = { ...target.event.data, reminders: place.calendar.remindersOf(place.account.email, target.event) }
  return write(place, target, withLabel(patched(seen, change), target, options), options)
}

/** Replaces an event or one occurrence. */
export function updateEvent(place: Place, id: string, body: GoogleEvent, options: WriteOptions = {}): StoredEvent {
  const target = writable(place, id, options)
  const { conferenceData, attachments, eventType, ...kept } = target.event.data
  const given = withoutReadOnly(body)
  const unsaid = options.supportsAttachments ? {} : { attachments }
  const { creator, organizer, iCalUID, sequence, recurringEventId, originalStartTime, privateCopy } = kept
  const whole = {
    ...{ creator, organizer, iCalUID, sequence, eventType, recurringEventId, originalStartTime, privateCopy },
    ...given,
    ...unsaid,
    ...(options.conferenceDataVersion === 1 ? {} : { conferenceData }),
  }
  const defined = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))
  return write(place, target, withLabel(defined, target, options), options)
}

/** Takes an event away, or cancels one occurrence. */
export function deleteEvent(place: Place, id: string, options: WriteOptions = {}): void {
  const target = writable(place, id, options)
  if (target.event.data.status === 'cancelled') throw new Refusal('deleted')
  cancel(place, target, options)
}

/** What an id leads to, if the version is the one that is wanted. Google looks at the version before anything else. */
function writable({ calendar }: Place, id: string, { ifMatch }: WriteOptions): Target {
  const target = targetOf(calendar, id)
  // That the exceptions of a deleted series cannot be written is a guess.
  if (!target || isBelowDeleted(calendar, target.event)) throw new Refusal('notFound')
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(target.event.stamp))
    throw new Refusal('conditionNotMet')
  return target
}

function write(place: Place, target: Target, wanted: object, options: WriteOptions): StoredEvent {
  const { world, calendar } = place
  const { id, data: before } = target.event
  const { conferenceData, hangoutLink: _link, ...rest } = accepted(wanted as GoogleEvent, calendar)
  const { id: givenId, ...after } = withNumbers(before, {
    ...rest,
    ...conferenceAfter(before, conferenceData, options.conferenceDataVersion ?? 0, world.options.meetings),
    status: rest.status ?? 'confirmed',
  })
  if (givenId !== undefined && givenId !== id) throw invalid('The id of an event cannot be changed.')
  if (before.iCalUID !== undefined && after.iCalUID !== before.iCalUID)
    throw invalid('The iCalUID of an event cannot be changed.')
  if (before.recurringEventId !== undefined && after.recurrence) throw invalid('An instance cannot recur.')
  assertSameType(before, after)
  if (after.status === 'cancelled' && before.status !== 'cancelled') {
    cancel(place, target, options)
    return calendar.find(id) ?? target.event
  }
  const data = isGuestCopy(calendar, before) ? guestWrite(place, target.event, after) : after
  const kept = ownReminders(place, id, data, before)
  keepEvent(calendar, id, kept, target.kind === 'stored' && sameButReminders(before, kept))
  const stored = calendar.find(id) ?? target.event
  for (const one of [stored, ...calendar.exceptionsOf(id)]) shareWithGuests(place, one)
  if (!isGuestCopy(calendar, data))
    mailGuests(world, { calendar, before, after: data, id, sendUpdates: options.sendUpdates })
  world.changed(calendar)
  return stored
}

function cancel(place: Place, target: Target, { sendUpdates }: WriteOptions): void {
  const { world, calendar } = place
  const { id, data } = target.event
  const cancelled: GoogleEvent = { ...data, status: 'cancelled' }
  keepEvent(calendar, id, cancelled)
  shareWithGuests(place, { id, data: isGuestCopy(calendar, data) ? declinedBy(calendar, data) : cancelled })
  if (!isGuestCopy(calendar, data)) mailGuests(world, { calendar, before: data, after: undefined, id, sendUpdates })
  world.changed(calendar)
}

/** A new time is a new sequence number; a number that goes back is refused. */
function withNumbers(before: GoogleEvent, after: GoogleEvent): GoogleEvent {
  const own = before.sequence ?? 0
  const given = after.sequence ?? own
  if (given < own)
    throw invalid(
      'Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.',
    )
  const isMoved = !equal([before.start, before.end], [after.start, after.end])
  return { ...after, sequence: given === own && isMoved ? own + 1 : given }
}

/** Whether a write leaves everything but reminders. That one which changes nothing is told so is a guess. */
function sameButReminders(before: GoogleEvent, after: GoogleEvent): boolean {
  const rest = ({ reminders: _reminders, ...others }: GoogleEvent) => others
  return equal(rest(before), rest(after))
}

/** Reminders belong to who sets them; in the event stand those of the calendar's owner. */
function ownReminders(
  { calendar, account }: Place,
  id: string,
  data: GoogleEvent,
  before: GoogleEvent | undefined,
): GoogleEvent {
  if (account.email === calendar.owner) return data
  calendar.setReminders(account.email, id, data.reminders)
  return { ...data, reminders: before?.reminders ?? { useDefault: true } }
}

/** A label is changed only by who says that it knows of labels. */
function withLabel(wanted: GoogleEvent, { event }: Target, { eventLabelVersion }: WriteOptions): GoogleEvent {
  const { eventLabelId: given, ...rest } = wanted
  const label = eventLabelVersion === 1 ? given : event.data.eventLabelId
  return label ? { ...rest, eventLabelId: label } : rest
}
