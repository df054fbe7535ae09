import { digest } from '../../model/hash.js'
import { Clock } from '../fakes/clock.js'
import { addCalendar, removeCalendar } from './calendars.js'
import type { FakeMicrosoftFaultPlan } from './faults.js'
import { shareWithGuests } from './guests.js'
import { Ids } from './ids.js'
import { type DeltaGeneration, Mailbox } from './mailbox.js'
import type { FakeMicrosoftOptions } from './options.js'
import { type FakeMicrosoftCalendar, handOn } from './person.js'
import { Rounds } from './rounds.js'
import { type FakeMicrosoftRequest, Server } from './server.js'
import { type FakeMicrosoftSubscription, type MicrosoftLifecycleEvent, Subscriptions } from './subscriptions.js'
import type { FakeMicrosoftMail, Place, World } from './world.js'

/** An account for {@link fakeMicrosoft}. */
export interface FakeMicrosoftAccountOptions {
  /** @default 'jane@example.com' */
  readonly email?: string
  /** @default the address up to its at sign */
  readonly name?: string
  /** The bearer token that works. @default one that names the address */
  readonly token?: string
  /** What the token permits, as `Calendars.ReadWrite`. @default everything */
  readonly scopes?: readonly string[]
  /** Of the mailbox, by its Windows name as Exchange keeps it. @default 'W. Europe Standard Time' */
  readonly timeZone?: string
}

/** A calendar for {@link FakeMicrosoftAccount.addCalendar}. */
export interface FakeMicrosoftCalendarOptions {
  /** @default one that is made from the name */
  readonly id?: string
  readonly name: string
  /** @default 'auto' */
  readonly color?: string
  /** False for one that somebody else lets this person only see. @default true */
  readonly canEdit?: boolean
  /** @default the account itself */
  readonly owner?: { readonly name: string; readonly address: string }
}

/** An account at the fake, and what its owner can do with it. */
export interface FakeMicrosoftAccount {
  readonly email: string
  /** What `/users/{id}` takes beside the address. */
  readonly userId: string
  /** The bearer token; null once it is revoked. */
  readonly token: string | null
  /** A calendar in the hands of this person. @default their default calendar */
  calendar(id?: string): FakeMicrosoftCalendar
  /** Puts a calendar into the mailbox. Gives its id. */
  addCalendar(options: FakeMicrosoftCalendarOptions): string
  removeCalendar(id: string): void
  /** Takes a calendar out of the sight of programs, as when it is shared no more, until it is shown again. */
  hideCalendar(id: string): void
  showCalendar(id: string): void
  /** Takes all permissions back. */
  revoke(): void
  /** The old token has run out; this one works now. */
  renew(token: string): void
  /** Makes all delta tokens of a calendar unknown. */
  expireDeltaTokens(calendarId?: string, code?: DeltaGeneration['code']): void
}

/**
 * Microsoft Graph's calendars in this process, as far as documented and seen: mailboxes, delta with a window, versions,
 * series with exceptions, ids of both forms, extended properties, batches, limits, subscriptions. It is strict: unknown
 * query options, properties and preferences are refused, since a fake that is silent hides mistakes.
 */
export interface FakeMicrosoft {
  readonly options: FakeMicrosoftOptions
  /** Makes an account with its default calendar. */
  addAccount(options?: FakeMicrosoftAccountOptions): FakeMicrosoftAccount
  /** Lets the next requests go wrong. */
  fail(plan: FakeMicrosoftFaultPlan): void
  /** No fault is planned any more. */
  heal(): void
  /** Every request so far, those inside of batches too; tests empty it. */
  readonly requests: FakeMicrosoftRequest[]
  /** Every mail that Exchange would have sent for a program; tests empty it. */
  readonly mails: FakeMicrosoftMail[]
  /** The subscriptions that are alive now. */
  subscriptions(): readonly FakeMicrosoftSubscription[]
  /** Tells the owner of a subscription how it stands. */
  lifecycle(subscriptionId: string, event: MicrosoftLifecycleEvent): void
  /** Waits until every notification has arrived or is lost. */
  settled(): Promise<void>
  /** Answers a request to any host, as for a test server or a mock of `fetch`. */
  handle(request: Request): Promise<Response>
  /** The same in the form of `fetch`, to be handed to a provider. */
  readonly fetch: typeof fetch
}

/**
 * Makes a Microsoft Graph of your own, without accounts.
 *
 * @example
 * ```ts
 * import { fakeMicrosoft } from 'calweave/testing'
 *
 * const microsoft = fakeMicrosoft()
 * const jane = microsoft.addAccount({ email: 'jane@example.com' })
 * jane.calendar().create({
 *   subject: 'Lunch',
 *   start: { dateTime: '2026-03-04T12:00:00', timeZone: 'Europe/Berlin' },
 *   end: { dateTime: '2026-03-04T13:00:00', timeZone: 'Europe/Berlin' },
 * })
 * const answer = await microsoft.fetch('https://graph.microsoft.com/v1.0/me/events', {
 *   headers: { authorization: `Bearer ${jane.token}`, prefer: 'IdType="ImmutableId"' },
 * })
 * console.log(await answer.json())
 * ```
 */
export function fakeMicrosoft(initial: FakeMicrosoftOptions = {}): FakeMicrosoft {
  const options: FakeMicrosoftOptions = { ...initial }
  const clock = new Clock(options.now ?? Date.now)
  const ids = new Ids()
  const subscriptions = new Subscriptions(options, clock.now, ids)
  const world: World = {
    ...{ clock, ids, subscriptions, options, mailboxes: new Map(), mails: [], rounds: new Rounds() },
    changed: (mailbox, before, after) => {
      subscriptions.changed(mailbox, before, after)
      shareWithGuests(world, mailbox, before, after)
    },
  }
  const server = new Server(world)
  const handle = (request: Request) => server.handle(request)
  return {
    options,
    requests: server.requests,
    mails: world.mails,
    handle,
    fetch: async (input, init) => handle(new Request(input, init)),
    fail: (plan) => server.faults.plan(plan),
    heal: () => server.faults.clear(),
    subscriptions: () => subscriptions.open(),
    lifecycle: (id, event) => subscriptions.lifecycle(id, event),
    settled: () => subscriptions.settled(),
    addAccount(given = {}) {
      const { email = 'jane@example.com', scopes, token = `token-of-${email}` } = given
      const { name = email.split('@')[0] ?? email, timeZone = 'W. Europe Standard Time' } = given
      const userId = digest('user', email).slice(0, 16)
      const mailbox = new Mailbox({ email, name, userId, timeZone, token, scopes, clock })
      world.mailboxes.set(email, mailbox)
      addCalendar({ world, mailbox }, { name: 'Calendar', color: 'auto', isDefault: true })
      return accountOf({ world, mailbox })
    },
  }
}

function accountOf(place: Place): FakeMicrosoftAccount {
  const { mailbox } = place
  const need = (id: string | undefined) => {
    const found = id === undefined ? mailbox.defaultCalendar : mailbox.calendars.get(id)
    if (!found) throw new Error(`there is no calendar ${id}`)
    return found
  }
  return {
    email: mailbox.email,
    userId: mailbox.userId,
    get token() {
      return mailbox.token
    },
    calendar: (id) => handOn(place, need(id)),
    addCalendar: ({ color = 'auto', ...given }) => addCalendar(place, { ...given, color }).id,
    removeCalendar: (id) => removeCalendar(place, need(id).id),
    hideCalendar: (id) => void mailbox.hidden.add(need(id).id),
    showCalendar: (id) => void mailbox.hidden.delete(id),
    revoke: () => {
      mailbox.token = null
    },
    renew: (token) => {
      mailbox.token = token
    },
    expireDeltaTokens: (calendarId, code = 'SyncStateNotFound') => {
      const { id } = need(calendarId)
      mailbox.generations.set(id, { count: (mailbox.generations.get(id)?.count ?? 1) + 1, code })
    },
  }
}
