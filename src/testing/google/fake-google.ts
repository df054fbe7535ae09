import { digest } from '../../model/hash.js'
import { Account } from './account.js'
import { readBody } from './bodies.js'
import { CalendarStore } from './calendar-store.js'
import type { Answer } from './call.js'
import { Clock } from './clock.js'
import { handlers } from './handlers.js'
import { type GoogleMethod, methods } from './methods.js'
import { Pages } from './pages.js'
import { Query } from './query.js'
import { Refusal } from './refusals.js'
import type { GoogleAccessRole, GoogleReminder } from './resources.js'
import { routeOf } from './routes.js'
import type { FakeGoogleMail, World } from './world.js'

/** Settings of {@link fakeGoogle}. */
export interface FakeGoogleOptions {
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
}

/** An account for {@link fakeGoogle}. */
export interface FakeGoogleAccountOptions {
  /** Also the id of its primary calendar. @default 'jane@example.com' */
  readonly email?: string
  readonly displayName?: string
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

/** A request as the fake got it. */
export interface FakeGoogleRequest {
  readonly verb: string
  /** Undefined where the path names no method that the fake has. */
  readonly method: GoogleMethod | undefined
  /** With the query. */
  readonly path: string
  readonly body: string
  readonly status: number
}

/** An account at the fake. */
export interface FakeGoogleAccount {
  readonly email: string
  /** The bearer token; null once it is revoked. */
  readonly token: string | null
  /** Makes a calendar that the account owns. Gives its id. */
  addCalendar(options: FakeGoogleCalendarOptions): string
}

/** Google Calendar in this process, as documented: a strict one, which refuses what a program cannot mean. */
export interface FakeGoogle {
  /** Makes an account with its primary calendar. */
  addAccount(options?: FakeGoogleAccountOptions): FakeGoogleAccount
  /** Lets somebody else see a calendar or write to it. */
  share(calendarId: string, email: string, role: GoogleAccessRole): void
  /** Makes all sync tokens of a calendar unknown, as Google does after weeks or when permissions change. */
  expireSyncTokens(calendarId: string): void
  /** Every request so far; tests empty it. */
  readonly requests: FakeGoogleRequest[]
  /** Every mail that Google would have sent. */
  readonly mails: readonly FakeGoogleMail[]
  /** Answers a request to any host. */
  handle(request: Request): Promise<Response>
  /** {@link FakeGoogle.handle} in the place of the network: for the `fetch` option of the provider. */
  readonly fetch: typeof fetch
}

/** Makes a Google without accounts. */
export function fakeGoogle(options: FakeGoogleOptions = {}): FakeGoogle {
  const clock = new Clock(options.now ?? Date.now)
  const requests: FakeGoogleRequest[] = []
  const world: World = {
    ...{ clock, accounts: new Map(), calendars: new Map(), mails: [], pages: new Pages() },
    changed() {},
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const body = await request.text()
    const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : undefined
    const route = path === undefined ? undefined : routeOf(request.method, path)
    const answer = told(() => {
      if (!route)
        throw new Refusal(
          path === undefined ? 'notFound' : 'badRequest',
          path === undefined ? {} : { code: 501, message: 'Not part of the fake.' },
        )
      const account = signedIn(request.headers.get('authorization'), route.method)
      const method = methods[route.method]
      const query = new Query(route.method, url.searchParams)
      const read = method.body === undefined ? {} : readBody(body, method.body)
      const ifMatch = request.headers.get('if-match') ?? undefined
      const handler = handlers[route.method]
      if (!handler) throw new Refusal('badRequest', { code: 501, message: 'Not part of the fake.' })
      return handler({ world, method: route.method, account, path: route.path, query, body: read, ifMatch })
    })
    requests.push({
      verb: request.method,
      method: route?.method,
      path: url.pathname + url.search,
      body,
      status: answer.code,
    })
    return responseOf(answer, request)
  }

  function signedIn(header: string | null, name: GoogleMethod): Account {
    const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1]
    const account = token === undefined ? undefined : [...world.accounts.values()].find((one) => one.token === token)
    if (!account) throw new Refusal('authError')
    const { scopes } = methods[name]
    if (account.scopes && !account.scopes.some((one) => scopes.includes(one)))
      throw new Refusal('insufficientPermissions')
    return account
  }

  function addCalendar(account: Account, id: string, given: FakeGoogleCalendarOptions): string {
    const { summary, timeZone = account.timeZone, defaultReminders = [] } = given
    world.calendars.set(id, new CalendarStore({ id, summary, owner: account.email, timeZone, clock }))
    account.setEntry(id, { defaultReminders })
    return id
  }

  return {
    requests,
    mails: world.mails,
    handle,
    fetch: (input, init) => handle(new Request(input, init)),
    addAccount(given = {}) {
      const { email = 'jane@example.com', displayName, timeZone = 'Europe/Berlin', scopes } = given
      const account = new Account({
        email,
        displayName,
        timeZone,
        scopes,
        token: given.token ?? `token of ${email}`,
        clock,
      })
      world.accounts.set(email, account)
      addCalendar(account, email, { summary: email, defaultReminders: [{ method: 'popup', minutes: 30 }] })
      return {
        email,
        get token() {
          return account.token
        },
        addCalendar: (calendar) => {
          const id = calendar.id ?? `c_${digest('calendar', email, calendar.summary)}@group.calendar.google.com`
          return addCalendar(account, id, calendar)
        },
      }
    },
    share(calendarId, email, role) {
      world.calendars.get(calendarId)?.roles.set(email, role)
      world.accounts.get(email)?.setEntry(calendarId, {})
    },
    expireSyncTokens(calendarId) {
      const calendar = world.calendars.get(calendarId)
      if (calendar) calendar.generation++
    },
  }
}

const base = '/calendar/v3/'

function told(work: () => Answer): Answer {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, body: error.body }
    throw error
  }
}

function responseOf({ code, body }: Answer, request: Request): Response {
  if (body === undefined) return new Response(null, { status: code })
  const etag = 'etag' in body && typeof body.etag === 'string' ? body.etag : undefined
  if (code === 200 && request.method === 'GET' && etag !== undefined && request.headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers: { etag } })
  const headers = { 'content-type': 'application/json; charset=UTF-8', ...(etag !== undefined && { etag }) }
  return new Response(JSON.stringify(body), { status: code, headers })
}
