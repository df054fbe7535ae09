import { type FakeGoogle, type FakeGoogleAccount, type FakeGoogleOptions, fakeGoogle } from '../../google/index.js'
import { Refusal } from '../../google/refusals.js'
import { routeOf } from '../../google/routes.js'
import type { Faults } from '../faults.js'
import type { Random } from '../random.js'
import type { Scheduler } from '../scheduler.js'
import { GoogleCalendar } from './calendar.js'
import { drawWireFault, nameOfFault } from './wire-faults.js'

/** Who speaks to the fake over the wire, and what befalls their requests. */
export interface WireOptions {
  readonly worker: number
  readonly faults: Faults
  readonly random: Random
  readonly tell: (line: string) => void
}

/** How Google behaves where it may do one or the other. */
export function drawGoogle(random: Random): FakeGoogleOptions {
  const pageSize = random.pick([undefined, 1, 2, 3])
  return {
    order: random.pick(['stored', 'exceptions_first', 'reversed']),
    rules: random.pick(['kept', 'kept', 'reordered']),
    seriesVersion: random.pick(['shared', 'shared', 'own']),
    ...(pageSize === undefined ? {} : { pageSize }),
  }
}

/** Where all calendars of a schedule are that Google keeps. */
const zone = 'Europe/Berlin'

/** The fake Google of a schedule: its accounts, the people in front of their screens, and the way there. */
export class GoogleService {
  readonly #fake: FakeGoogle
  readonly #scheduler: Scheduler
  readonly #accounts: Map<string, FakeGoogleAccount> = new Map()
  readonly #calendars: Map<string, GoogleCalendar> = new Map()

  /** What is special about it, for the coverage and for the story. */
  readonly traits: readonly string[]

  constructor(scheduler: Scheduler, options: FakeGoogleOptions) {
    this.#scheduler = scheduler
    this.#fake = fakeGoogle(options)
    const { order, pageSize, rules, seriesVersion } = options
    const told = Object.entries({ order, pageSize, rules, seriesVersion }).filter(([, value]) => value !== undefined)
    this.traits = ['at Google', ...told.map(([name, value]) => `at Google, ${name} ${value}`)]
  }

  /** Requests that ever reached it. */
  get requests(): number {
    return this.#fake.requests.length
  }

  /** A calendar of an account, which is made with its first one. */
  addCalendar(id: string, account: string, access: 'read' | 'write'): GoogleCalendar {
    const owner = this.#accountOf(account)
    owner.addCalendar({ id, summary: id, timeZone: zone })
    if (access === 'read') owner.share(id, owner.email, 'reader')
    const calendar = new GoogleCalendar({
      hand: owner.calendar(id),
      zone,
      sibling: (other) => this.#need(other),
      expireCursors: () => this.#fake.expireSyncTokens(id),
    })
    this.#calendars.set(id, calendar)
    return calendar
  }

  /** The access token of an account. */
  tokenOf(account: string): string | undefined {
    return this.#accounts.get(account)?.token ?? undefined
  }

  /** The way to the fake, for a worker with whatever goes wrong there; for anybody else nothing does. */
  fetch(wire?: WireOptions): typeof fetch {
    return (input, init) => this.#scheduler.during(this.#exchange(new Request(input, init), wire))
  }

  async #exchange(request: Request, wire: WireOptions | undefined): Promise<Response> {
    const { pathname } = new URL(request.url)
    const { method, path } = routeOf(request.method, pathname.slice('/calendar/v3/'.length)) ?? {}
    const calendar = this.#calendars.get(path?.['calendarId'] ?? '')
    if (calendar?.isGone) return refusal('notFound')
    if (wire?.faults.strikes('wire', 'the wire fails')) {
      const fault = drawWireFault(method, wire.random)
      this.#fake.fail({ fault })
      wire.faults.hit(`wire: ${nameOfFault(fault)}`)
      wire.tell(`worker ${wire.worker}: ${request.method} ${pathname} meets ${nameOfFault(fault)}`)
    }
    const answer = this.#fake.handle(request)
    return request.method === 'GET' || !calendar ? await answer : await calendar.while(answer, path?.['eventId'])
  }

  #accountOf(name: string): FakeGoogleAccount {
    const known = this.#accounts.get(name)
    if (known) return known
    const made = this.#fake.addAccount({ email: `${name}@example.com`, token: `token-of-${name}`, timeZone: zone })
    this.#accounts.set(name, made)
    return made
  }

  #need(id: string): GoogleCalendar {
    const calendar = this.#calendars.get(id)
    if (calendar) return calendar
    throw new Error(`there is no calendar ${id} at this Google`)
  }
}

function refusal(reason: 'notFound'): Response {
  const { code, body } = new Refusal(reason)
  return Response.json(body, { status: code })
}
