import { digest } from '../../model/hash.js'
import { Clock } from '../fakes/clock.js'
import { Account } from './account.js'
import { CalendarStore } from './calendar-store.js'
import type { FakeGoogleFaultPlan } from './faults.js'
import type { FakeGoogleOptions } from './options.js'
import { Pages } from './pages.js'
import { type FakeGoogleCalendar, handOn } from './person.js'
import type { GoogleAccessRole, GoogleReminder } from './resources.js'
import { type FakeGoogleRequest, Server } from './server.js'
import { type FakeGoogleChannel, Watches } from './watch.js'
import type { FakeGoogleMail, World } from './world.js'

/** An account for {@link fakeGoogle}. */
export interface FakeGoogleAccountOptions {
  /** Also the id of its primary calendar. @default 'jane@example.com' */
  readonly email?: string
  /** The bearer token that works. @default one that names the address */
  readonly token?: string
  /** What the token permits, as `calendar.events`. @default everything */
  readonly scopes?: readonly string[]
  /** Of the account and its primary calendar. @default 'Europe/Berlin' */
  readonly timeZone?: string
}

/** A calendar for {@link FakeGoogleAccount.addCalendar}. */
export interface FakeGoogleCalendarOptions {
  /** @default one that is made from the summary */
  readonly id?: string
  readonly summary: string
  /** @default that of the account */
  readonly timeZone?: string
  readonly defaultReminders?: readonly GoogleReminder[]
}

/** An account at the fake, and what its owner can do with it. */
export interface FakeGoogleAccount {
  readonly email: string
  /** The bearer token; null once it is revoked. */
  readonly token: string | null
  /** A calendar in the hands of this person. @default their primary calendar */
  calendar(id?: string): FakeGoogleCalendar
  /** Makes a calendar that the account owns. Gives its id. */
  addCalendar(options: FakeGoogleCalendarOptions): string
  /** Deletes a calendar for everybody who has it. */
  removeCalendar(id: string): void
  /** Lets somebody see a calendar or write to it, or no longer (`none`). Their sync tokens of it die, as Google says. */
  share(id: string, email: string, role: GoogleAccessRole): void
  /** Changes how a calendar stands in the person's list. */
  setListEntry(
    id: string,
    change: { hidden?: boolean; selected?: boolean; deleted?: boolean; summaryOverride?: string },
  ): void
  /** Takes all permissions back. */
  revoke(): void
  /** The old token has run out; this one works now. */
  renew(token: string): void
}

/**
 * Google Calendar in this process, as documented: accounts, calendars with access roles, sync tokens, versions, series with
 * exceptions, guests' copies, push channels, quotas. It is strict: unknown parameters and fields are refused, and so is
 * what Google calls undefined, since a fake that is silent hides mistakes.
 */
export interface FakeGoogle {
  readonly options: FakeGoogleOptions
  /** Makes an account with its primary calendar. */
  addAccount(options?: FakeGoogleAccountOptions): FakeGoogleAccount
  /** Lets the next requests go wrong. */
  fail(plan: FakeGoogleFaultPlan): void
  /** No fault is planned any more. */
  heal(): void
  /** Makes all sync tokens of a calendar unknown, as Google does after weeks or when permissions change. */
  expireSyncTokens(calendarId: string): void
  /** Every request so far; tests empty it. */
  readonly requests: FakeGoogleRequest[]
  /** Every mail that Google would have sent for a program; tests empty it. */
  readonly mails: FakeGoogleMail[]
  /** The push channels that are open now. */
  channels(): readonly FakeGoogleChannel[]
  /** Waits until every push message has arrived or is lost. */
  settled(): Promise<void>
  /** Answers a request to any host. Rejects where a fault breaks the connection. */
  handle(request: Request): Promise<Response>
  /** {@link FakeGoogle.handle} in the place of the network: for the `fetch` option of the provider. */
  readonly fetch: typeof fetch
}

/**
 * Makes a Google without accounts.
 *
 * A host that tests with msw needs no more than
 * `http.all('https://www.googleapis.com/*', ({ request }) => google.handle(request))`.
 *
 * @example
 * ```ts
 * import { fakeGoogle } from 'calweave/testing'
 *
 * const google = fakeGoogle()
 * const jane = google.addAccount({ email: 'jane@example.com' })
 * jane.calendar().create({ summary: 'Lunch', start: { date: '2026-03-04' }, end: { date: '2026-03-05' } })
 * const answer = await google.fetch('https://www.googleapis.com/calendar/v3/calendars/primary/events', {
 *   headers: { authorization: `Bearer ${jane.token}` },
 * })
 * console.log(await answer.json())
 * ```
 */
export function fakeGoogle(initial: FakeGoogleOptions = {}): FakeGoogle {
  const options: FakeGoogleOptions = { ...initial }
  const clock = new Clock(options.now ?? Date.now)
  const watches = new Watches(options, clock.now)
  const world: World = {
    ...{ clock, watches, options, accounts: new Map(), calendars: new Map(), mails: [], pages: new Pages() },
    changed: (calendar) => watches.changed(calendar),
    listChanged: (account) => watches.listChanged(account),
  }
  const server = new Server(world, options)
  const handle = (request: Request) => server.handle(request)
  return {
    options,
    requests: server.requests,
    mails: world.mails,
    handle,
    fetch: async (input, init) => handle(new Request(input, init)),
    fail: (plan) => server.faults.plan(plan),
    heal: () => server.faults.clear(),
    channels: () => watches.open(),
    settled: () => watches.settled(),
    expireSyncTokens: (calendarId) => {
      need(world, calendarId).generation++
    },
    addAccount(given = {}) {
      const { email = 'jane@example.com', timeZone = 'Europe/Berlin', scopes, token = `token-of-${email}` } = given
      const account = new Account({ email, timeZone, scopes, token, clock })
      world.accounts.set(email, account)
      const defaultReminders = [{ method: 'popup', minutes: 30 }]
      addCalendar(world, account, { id: email, summary: email, defaultReminders })
      return accountOf(world, account)
    },
  }
}

function accountOf(world: World, account: Account): FakeGoogleAccount {
  const { email } = account
  return {
    email,
    get token() {
      return account.token
    },
    calendar: (id = email) => handOn(world, account, need(world, id)),
    addCalendar: (given) => addCalendar(world, account, given),
    removeCalendar: (id) => {
      need(world, id).isDeleted = true
      for (const other of world.accounts.values()) if (other.list.has(id)) enter(world, other, id, { deleted: true })
    },
    share: (id, other, role) => {
      const calendar = need(world, id)
      calendar.roles.set(other, role)
      calendar.generation++
      const guest = world.accounts.get(other)
      if (guest) enter(world, guest, id, { deleted: role === 'none' })
    },
    setListEntry: (id, change) => enter(world, account, id, change),
    revoke: () => {
      account.token = null
    },
    renew: (token) => {
      account.token = token
    },
  }
}

function addCalendar(world: World, account: Account, given: FakeGoogleCalendarOptions): string {
  const { email } = account
  const { summary, timeZone = account.timeZone, defaultReminders = [] } = given
  const id = given.id ?? `c_${digest('calendar', email, summary)}@group.calendar.google.com`
  const { clock, options } = world
  world.calendars.set(id, new CalendarStore({ id, summary, owner: email, timeZone, clock, options }))
  enter(world, account, id, { defaultReminders })
  return id
}

function enter(world: World, account: Account, id: string, change: Parameters<Account['setEntry']>[1]): void {
  account.setEntry(id, change)
  world.listChanged(account)
}

function need(world: World, calendarId: string): CalendarStore {
  const found = world.calendars.get(calendarId)
  if (!found) throw new Error(`there is no calendar ${calendarId}`)
  return found
}
