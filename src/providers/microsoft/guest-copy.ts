import { SyncError } from '../../errors.js'
import { type Field, fields } from '../../model/content.js'
import type { GraphEvent } from './wire.js'

/** Whether this is a meeting that somebody else organizes. */
export function isGuestCopy({ isOrganizer, attendees }: GraphEvent): boolean {
  return isOrganizer === false && (attendees?.length ?? 0) > 0
}

/** What is a guest's own. */
const own: ReadonlySet<Field> = new Set(['reminders', 'availability', 'visibility', 'categories'])

/** What nobody can change in this event; undefined where all of it is the person's own. */
export function lockedIn(event: GraphEvent): readonly Field[] | undefined {
  return isGuestCopy(event) ? fields.filter((field) => !own.has(field)) : undefined
}

/**
 * Refuses a change of what belongs to the organizer: Microsoft would take it, and undo it with the organizer's next change.
 * @throws SyncError `unsupported` with the reason `GUEST_COPY`, naming the fields.
 */
export function assertGuestMay(event: GraphEvent, changed: readonly Field[]): void {
  const refused = isGuestCopy(event) ? changed.filter((field) => !own.has(field)) : []
  if (refused.length === 0) return
  throw new SyncError(
    'unsupported',
    `Only the organizer of this meeting can change this at Microsoft: ${refused.join(', ')}. Here it stays as it is.`,
    { reason: 'GUEST_COPY' },
  )
}
