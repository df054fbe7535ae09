import type { Attendee, Organizer } from '../../model/content.js'
import type { GraphAddress, GraphEvent } from './wire.js'

/**
 * The guests. The organizer's own copy does not list the organizer; that of a guest does, and more than once, without an
 * answer.
 */
export function readAttendees(event: GraphEvent): readonly Attendee[] {
  const chair = mailOf(event.organizer?.emailAddress)
  const found = new Map<string, Attendee>()
  for (const { emailAddress, type, status } of event.attendees ?? []) {
    const email = mailOf(emailAddress)
    if (email === undefined || found.has(email)) continue
    const isChair = email === chair
    found.set(email, {
      email,
      ...nameOf(emailAddress),
      role: isChair ? 'chair' : type === 'optional' ? 'optional' : 'required',
      status: isChair ? 'accepted' : (answers.get(status?.response ?? '') ?? 'needs_action'),
      type: type === 'resource' ? 'resource' : 'individual',
    })
  }
  return [...found.values()]
}

/** Every event of Graph has an organizer; without guests that says no more than whose mailbox it is. */
export function readOrganizer({ organizer, attendees = [] }: GraphEvent): Organizer | null {
  const email = mailOf(organizer?.emailAddress)
  if (email === undefined || attendees.length === 0) return null
  return { email, ...nameOf(organizer?.emailAddress) }
}

const answers: ReadonlyMap<string, Attendee['status']> = new Map([
  ['organizer', 'accepted'],
  ['accepted', 'accepted'],
  ['tentativelyAccepted', 'tentative'],
  ['declined', 'declined'],
])

/** Undefined for what is no address, as that of somebody within an old Exchange (`/O=…`). */
function mailOf(given: GraphAddress | undefined): string | undefined {
  const email = given?.address?.trim().toLowerCase()
  return email?.includes('@') && email.length <= 320 ? email : undefined
}

function nameOf(given: GraphAddress | undefined): { readonly name?: string } {
  const name = given?.name?.trim()
  return name && name.toLowerCase() !== given?.address?.trim().toLowerCase() ? { name } : {}
}
