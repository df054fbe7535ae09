import {
  type FakeMicrosoft,
  type FakeMicrosoftAccount,
  type FakeMicrosoftFault,
  type FakeMicrosoftOptions,
  fakeMicrosoft,
} from '../../microsoft/index.js'
import { routeOf } from '../../microsoft/routes.js'
import type { WireOptions } from '../google/service.js'
import type { Random } from '../random.js'
import type { Scheduler } from '../scheduler.js'
import { MicrosoftCalendar } from './calendar.js'
import { drawWireFault, nameOfFault } from './wire-faults.js'

/** How Microsoft behaves where it may do one or the other, and the range of time in which the provider asks for changes. */
export interface MicrosoftOptions {
  readonly fake: FakeMicrosoftOptions
  readonly range: { readonly pastDays: number; readonly aheadDays: number }
}

export function drawMicrosoft(random: Random): MicrosoftOptions {
  const pageSize = random.pick([undefined, undefined, 3, 7])
  return {
    fake: {
      order: random.pick(['stored', 'reversed']),
      repeats: random.pick(['once', 'once', 'doubled']),
      occurrenceTombstones: random.pick(['none', 'given']),
      removedType: random.pick(['given', 'absent']),
      originalStart: random.pick(['absent', 'given']),
      transactionReplay: random.pick(['refused', 'conflict', 'existing']),
      innerErrorName: random.pick(['innerError', 'innererror']),
      batchOrder: random.pick(['asked', 'reversed']),
      ...(pageSize === undefined ? {} : { pageSize }),
    },
    // A short one: every day of a series in it is told of. What lies outside is found when everything is listed.
    range: { pastDays: random.pick([1, 10]), aheadDays: random.pick([3, 12]) },
  }
}

/** The fake Microsoft of a schedule: its accounts, the people in Outlook, and the way there. */
export class MicrosoftService {
  readonly range: MicrosoftOptions['range']
  /** What is special about it, for the coverage and for the story. */
  readonly traits: readonly string[]
  readonly #fake: FakeMicrosoft
  readonly #scheduler: Scheduler
  readonly #accounts: Map<string, FakeMicrosoftAccount> = new Map()
  readonly #calendars: Map<string, MicrosoftCalendar> = new Map()
  #expirations = 0

  constructor(scheduler: Scheduler, { fake, range }: MicrosoftOptions, now: () => number) {
    this.#scheduler = scheduler
    this.#fake = fakeMicrosoft({ ...fake, now })
    this.range = range
    const told = Object.entries({ ...fake, ...range })
    this.traits = ['at Microsoft', ...told.map(([name, value]) => `at Microsoft, ${name} ${value}`)]
  }

  /** A calendar of an account, which is made with its first one. */
  addCalendar(id: string, account: string, access: 'read' | 'write'): MicrosoftCalendar {
    const owner = this.#accountOf(account)
    owner.addCalendar({ id, name: id, canEdit: access === 'write' })
    const calendar = new MicrosoftCalendar({
      hand: owner.calendar(id),
      sibling: (other) => this.#need(other),
      expireCursors: () =>
        owner.expireDeltaTokens(id, this.#expirations++ % 2 === 0 ? 'SyncStateNotFound' : 'resyncRequired'),
      hide: (isHidden) => (isHidden ? owner.hideCalendar(id) : owner.showCalendar(id)),
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
    const { method, path } = routeOf(request.method, pathname.slice('/v1.0'.length)) ?? {}
    if (!wire) this.#fake.heal()
    if (wire?.faults.strikes('wire', 'the wire fails')) {
      const fault = drawWireFault(method, wire.random)
      wire.faults.hit(`wire: ${nameOfFault(fault)}`)
      wire.tell(`worker ${wire.worker}: ${request.method} ${pathname} meets ${nameOfFault(fault)}`)
      const isWhole = method === undefined && fault.kind !== 'refuse' && fault.kind !== 'stale'
      if (isWhole) return this.#faultyBatch(request, fault)
      this.#fake.fail({ fault })
    }
    const calendar = this.#calendars.get(path?.['calendarId'] ?? '')
    const answer = this.#fake.handle(request)
    return request.method === 'GET' || !calendar ? await answer : await calendar.while(answer)
  }

  /** A batch that something happens to as a whole; what is refused is one of the requests in it. */
  async #faultyBatch(request: Request, fault: FakeMicrosoftFault): Promise<Response> {
    if (fault.kind === 'status') return new Response(fault.text ?? '', { status: fault.code })
    if (fault.kind === 'lost_request') throw new TypeError('fetch failed')
    const answer = await this.#fake.handle(request)
    if (fault.kind !== 'cut') throw new TypeError('fetch failed')
    const text = await answer.text()
    return new Response(text.slice(0, Math.floor(text.length / 2)), { status: answer.status, headers: answer.headers })
  }

  #accountOf(name: string): FakeMicrosoftAccount {
    const known = this.#accounts.get(name)
    if (known) return known
    const made = this.#fake.addAccount({ email: mailboxOf(name), token: `token-of-${name}` })
    this.#accounts.set(name, made)
    return made
  }

  #need(id: string): MicrosoftCalendar {
    const calendar = this.#calendars.get(id)
    if (calendar) return calendar
    throw new Error(`there is no calendar ${id} at this Microsoft`)
  }
}

/** The address of an account: its requests go to this mailbox. */
export function mailboxOf(account: string): string {
  return `${account}@example.com`
}
