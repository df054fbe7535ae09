import type { Target } from './series.js'
import type { FakeMicrosoftMail, Place } from './world.js'

/** A mail to every guest: each write by the organizer sends one, and no request can prevent it. */
export function mailGuests({ world }: Place, target: Target, kind: FakeMicrosoftMail['kind']): void {
  if (!target.data.isOrganizer) return
  const eventId = world.ids.of(target.stored, target.date, true)
  for (const { emailAddress } of target.data.attendees)
    if (emailAddress?.address) world.mails.push({ to: emailAddress.address, kind, eventId })
}
