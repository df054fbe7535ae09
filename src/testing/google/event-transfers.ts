import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { conferenceAfter } from './conference.js'
import { accepted, withoutReadOnly } from './event-fields.js'
import type { WriteOptions } from './event-writes.js'
import { mailGuests } from './mail.js'
import { invalid, Refusal, required } from './refusals.js'
import type { GoogleEvent } from './resources.js'
import { targetOf } from './series.js'
import type { Place } from './world.js'

/**
 * `events.import`: a private copy of somebody's event. It keeps its iCalUID, which also gives its id, and asks nobody. The
 * same event imported again is the same copy, unless its sequence number goes back.
 */
export function importEvent(
  { world, calendar, account }: Place,
  body: GoogleEvent,
  options: WriteOptions = {},
): StoredEvent {
  const { iCalUID, organizer } = body
  if (iCalUID === undefined || iCalUID === '') throw required('Missing iCalUID.')
  const given = accepted(withoutReadOnly(body), calendar)
  if ((given.eventType ?? 'default') !== 'default') throw new Refusal('eventTypeRestriction')
  const id = `_${base32hex(iCalUID)}`
  const before = calendar.find(id)
  const sequence = given.sequence ?? 0
  if (before && sequence < (before.data.sequence ?? 0)) throw invalid('Invalid sequence value.')
  const { conferenceData, attachments, id: _id, ...rest } = given
  const data: GoogleEvent = {
    ...rest,
    ...{ iCalUID, sequence, status: given.status ?? 'confirmed', eventType: 'default', privateCopy: true },
    creator: { email: account.email },
    organizer: organizer?.email === undefined ? { email: calendar.id } : { ...organizer },
    ...conferenceAfter(before?.data, conferenceData, options.conferenceDataVersion ?? 0, world.options.meetings),
    ...(options.supportsAttachments && attachments && { attachments }),
  }
  const stored = calendar.put(id, data)
  world.changed(calendar)
  return stored
}

/** `events.move`: the event gets another organizer. Where it was, a stub stays behind. */
export function moveEvent(
  { world, calendar }: Place,
  id: string,
  to: CalendarStore,
  options: WriteOptions = {},
): StoredEvent {
  const target = targetOf(calendar, id)
  if (!target) throw new Refusal('notFound')
  const { data } = target.event
  if (data.recurringEventId !== undefined) throw new Refusal('cannotChangeOrganizerOfInstance')
  if (data.status === 'cancelled') throw new Refusal('deleted')
  if ((data.eventType ?? 'default') !== 'default') throw new Refusal('eventTypeRestriction')
  if (data.organizer?.email !== calendar.id) throw new Refusal('cannotChangeOrganizer')
  if (to === calendar || (to.find(id) && to.find(id)?.data.status !== 'cancelled')) throw new Refusal('duplicate')
  const organizer = to.isPrimary ? { email: to.id } : { email: to.id, displayName: to.summary }
  const stays = data.attendees?.some(({ email }) => email === calendar.id) ?? false
  for (const one of [target.event, ...calendar.exceptionsOf(id)]) {
    to.put(one.id, { ...one.data, organizer })
    if (stays) calendar.put(one.id, { ...one.data, organizer })
    else if (one === target.event) calendar.put(one.id, { status: 'cancelled' })
    else calendar.forget(one.id)
  }
  mailGuests(world, { calendar: to, before: data, after: { ...data, organizer }, id, sendUpdates: options.sendUpdates })
  world.changed(calendar)
  world.changed(to)
  const stored = to.find(id)
  if (!stored) throw new Refusal('notFound')
  return stored
}

const alphabet = '0123456789abcdefghijklmnopqrstuv'

/** The bytes of a text in base32hex, small letters, without padding: how Google makes an id of an iCalUID. */
function base32hex(text: string): string {
  const bits = [...new TextEncoder().encode(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}
