import * as z from 'zod'
import type { Attendee, OccurrenceContent, Organizer } from '../../model/content.js'
import type { ReadScene, WriteScene, WrittenField } from './field-codec.js'
import { recall } from './kept.js'
import type { GoogleAttendee, GoogleEvent } from './wire.js'

/** The guests. Rooms are guests, too. */
export function readAttendees({ attendees = [] }: GoogleEvent, { kept }: ReadScene): readonly Attendee[] {
  return attendees.flatMap((given) => {
    const email = given.email?.trim().toLowerCase()
    if (!email || email.length > 320) return []
    const plain: Attendee = {
      email,
      ...(given.displayName ? { name: given.displayName } : {}),
      role: given.organizer ? 'chair' : given.optional ? 'optional' : 'required',
      status: answers.get(given.responseStatus ?? '') ?? 'needs_action',
      type: given.resource ? 'resource' : 'individual',
    }
    const fine = recall(kept, keptName(email), shownOf(given), fineSchema)
    return [fine ? { ...plain, ...fine } : plain]
  })
}

/** Every event of Google has an organizer; without guests that says no more than whose calendar it is. */
export function readOrganizer({ organizer, attendees = [] }: GoogleEvent): Organizer | null {
  const email = organizer?.email?.trim().toLowerCase()
  if (!email || email.length > 320 || attendees.length === 0) return null
  return { email, ...(organizer?.displayName ? { name: organizer.displayName } : {}) }
}

/** Whoever was a guest before keeps what we do not know of: comments, how many they bring. */
export function writeAttendees({ attendees }: OccurrenceContent, { before }: WriteScene): WrittenField {
  const there = new Map(
    before?.attendees?.map(({ displayName: _name, ...rest }) => [rest.email?.toLowerCase(), rest]) ?? [],
  )
  const keep: Record<string, [string, unknown] | null> = {}
  const written = attendees.map((attendee) => {
    const given: GoogleAttendee = {
      ...there.get(attendee.email.toLowerCase()),
      email: attendee.email,
      ...(attendee.name === undefined ? {} : { displayName: attendee.name }),
      optional: attendee.role === 'optional',
      responseStatus: words[attendee.status],
      ...(attendee.type === 'room' || attendee.type === 'resource' ? { resource: true } : {}),
    }
    const [plain] = readAttendees({ id: '', attendees: [given] }, { zone: 'UTC', kept: {} })
    const { role, status, type } = attendee
    const isSame = plain?.role === role && plain.status === status && plain.type === type
    keep[keptName(attendee.email)] = isSame ? null : [shownOf(given), { role, status, type }]
    return given
  })
  return { body: { attendees: written }, keep }
}

const answers: ReadonlyMap<string, Attendee['status']> = new Map([
  ['needsAction', 'needs_action'],
  ['accepted', 'accepted'],
  ['declined', 'declined'],
  ['tentative', 'tentative'],
])

const words: Readonly<Record<Attendee['status'], string>> = {
  needs_action: 'needsAction',
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  delegated: 'needsAction',
}

const fineSchema = z.object({
  role: z.enum(['chair', 'required', 'optional', 'non_participant']),
  status: z.enum(['needs_action', 'accepted', 'declined', 'tentative', 'delegated']),
  type: z.enum(['individual', 'group', 'resource', 'room', 'unknown']),
})

function keptName(email: string): string {
  return `@${email.toLowerCase()}`.slice(0, 32)
}

function shownOf({ optional, resource, responseStatus }: GoogleAttendee): string {
  return [optional ? 'optional' : '', resource ? 'resource' : '', responseStatus ?? ''].join(' ')
}
