import { SyncError } from '../../errors.js'
import { type Attendee, type EventContent, type Field, fields } from '../../model/content.js'
import { sameOccurrenceField } from '../../model/equality.js'
import type { GoogleEvent } from './wire.js'

/** Whether this is the copy of somebody who was invited, and may not change the meeting. */
export function isGuestCopy({ organizer, attendees = [], guestsCanModify }: GoogleEvent): boolean {
  return organizer?.self !== true && guestsCanModify !== true && attendees.some(({ self }) => self === true)
}

/** What is a guest's own. That the colour and the rest are is common knowledge, not documented. */
const own: ReadonlySet<Field> = new Set(['reminders', 'color', 'availability', 'visibility', 'attendees'])

/** What nobody can change in this event; undefined where all of it is the person's own. */
export function lockedIn(event: GoogleEvent): readonly Field[] | undefined {
  return isGuestCopy(event) ? fields.filter((field) => !own.has(field)) : undefined
}

/**
 * Refuses a change of what belongs to the organizer, before Google does: it would take a part of it, or answer with the
 * old event as if nothing had been asked.
 * @throws SyncError `unsupported` with the reason `GUEST_COPY`, naming the fields.
 */
export function assertGuestMay(
  event: GoogleEvent,
  current: EventContent,
  content: EventContent,
  fields: readonly Field[],
): void {
  if (!isGuestCopy(event)) return
  const isAnswer = isOwnAnswer(event, current.attendees, content.attendees)
  const refused = fields.filter((field) => !own.has(field) || (field === 'attendees' && !isAnswer))
  if (refused.length === 0) return
  throw new SyncError(
    'unsupported',
    `Only the organizer of this meeting can change this at Google: ${refused.join(', ')}. Here it stays as it is.`,
    { reason: 'GUEST_COPY' },
  )
}

function isOwnAnswer(event: GoogleEvent, before: readonly Attendee[], after: readonly Attendee[]): boolean {
  const self = event.attendees?.find((one) => one.self)?.email?.toLowerCase()
  const neutral = (all: readonly Attendee[]): readonly Attendee[] =>
    all.map((one) => (one.email === self ? { ...one, status: 'needs_action' } : one))
  const asContent = (attendees: readonly Attendee[]) => ({ attendees }) as unknown as EventContent
  return sameOccurrenceField('attendees', asContent(neutral(before)), asContent(neutral(after)))
}
