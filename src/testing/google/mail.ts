import type { CalendarStore } from './calendar-store.js'
import type { GoogleEvent } from './resources.js'
import type { FakeGoogleMail, World } from './world.js'

/** Whom Google mails about a change: all guests, those who have no Google calendar, or nobody. */
export type SendUpdates = 'all' | 'externalOnly' | 'none'

/** A change that guests may be mailed about. */
export interface Mailing {
  readonly calendar: CalendarStore
  readonly id: string
  readonly before: GoogleEvent | undefined
  readonly after: GoogleEvent | undefined
  /** @default 'none' */
  readonly sendUpdates: SendUpdates | undefined
}

/** Writes down the mails that Google would send. */
export function mailGuests(world: World, { calendar, id, before, after, sendUpdates = 'none' }: Mailing): void {
  if (sendUpdates === 'none') return
  const [old, current] = [guestsOf(calendar, before), guestsOf(calendar, after)]
  const mail = (to: string, kind: FakeGoogleMail['kind']) => {
    if (sendUpdates === 'all' || !world.accounts.has(to))
      world.mails.push({ to, kind, calendarId: calendar.id, eventId: id })
  }
  for (const to of current) mail(to, old.includes(to) ? 'update' : 'invitation')
  for (const to of old) if (!current.includes(to)) mail(to, 'cancellation')
}

function guestsOf(calendar: CalendarStore, event: GoogleEvent | undefined): readonly string[] {
  const emails = (event?.attendees ?? []).map(({ email = '' }) => email)
  return emails.filter((email) => email !== calendar.id && email !== calendar.owner)
}
