import type { Clock } from '../fakes/clock.js'
import type { Account } from './account.js'
import type { CalendarStore } from './calendar-store.js'
import type { FakeGoogleOptions } from './options.js'
import type { Pages } from './pages.js'
import { Refusal } from './refusals.js'
import type { GoogleAccessRole } from './resources.js'
import type { Watches } from './watch.js'

/** A mail that Google would have sent. */
export interface FakeGoogleMail {
  readonly to: string
  readonly kind: 'invitation' | 'update' | 'cancellation'
  readonly calendarId: string
  readonly eventId: string
}

/** All that the fake knows. */
export interface World {
  readonly clock: Clock
  readonly accounts: Map<string, Account>
  readonly calendars: Map<string, CalendarStore>
  readonly mails: FakeGoogleMail[]
  readonly pages: Pages
  readonly watches: Watches
  readonly options: FakeGoogleOptions
  /** Tells whoever watches a calendar that something changed. */
  changed(calendar: CalendarStore): void
  /** Tells whoever watches the list of an account's calendars. */
  listChanged(account: Account): void
}

/** Where something is done, and by whom. */
export interface Place {
  readonly world: World
  readonly calendar: CalendarStore
  readonly account: Account
}

/** What an account may do with a calendar. */
export function roleIn(calendar: CalendarStore, account: Account): GoogleAccessRole {
  return calendar.isDeleted ? 'none' : (calendar.roles.get(account.email) ?? 'none')
}

/** Roles in the order of what they permit. */
export const rolesInOrder: readonly GoogleAccessRole[] = [
  'none',
  'freeBusyReader',
  'reader',
  'writerWithoutPrivateAccess',
  'writer',
  'owner',
]

/** Whether a role permits what another one does. */
export function permits(role: GoogleAccessRole, wanted: GoogleAccessRole): boolean {
  return rolesInOrder.indexOf(role) >= rolesInOrder.indexOf(wanted)
}

/** The calendar of an id, or of `primary`. One that the account may not see is not there at all. */
export function calendarOf(
  world: World,
  account: Account,
  id: string,
  wanted: GoogleAccessRole = 'freeBusyReader',
): CalendarStore {
  const calendar = world.calendars.get(id === 'primary' ? account.email : id)
  const role = calendar ? roleIn(calendar, account) : 'none'
  if (!calendar || role === 'none') throw new Refusal('notFound')
  if (!permits(role, wanted)) {
    const message = `You need to have ${wanted === 'owner' ? 'owner' : 'writer'} access to this calendar.`
    throw new Refusal('requiredAccessLevel', { message })
  }
  return calendar
}
