import { performance } from 'node:perf_hooks'
import type { Gate, MemoryCall } from '../../src/providers/memory/index.js'
import type { Random } from '../../src/testing/sim/random.js'
import type { Desk } from '../../test/scale/desk.js'
import { accountOf } from '../../test/scale/people.js'
import { calendarsEach, type Town } from './town.js'

/** What somebody waits for. `edit`: an event is changed in one calendar. `quiet`: nothing is, and it is synced all the same. */
export type Kind = 'edit' | 'quiet'

interface Pending {
  readonly startedAt: number
  readonly done: (ms: number) => void
  /** How the event is called now; absent where nothing was changed. */
  readonly title?: string
  /** How many calendars are still to be looked at. */
  looks: number
}

/** People who change their events, calendars that tell of it, and a clock that stops when the other calendar was written. */
export class Load {
  readonly #town: Town
  readonly #random: Random
  readonly #pending = new Map<string, Pending>()
  #edits = 0

  constructor(town: Town, random: Random) {
    this.#town = town
    this.#random = random
  }

  /** Stands in front of the calendars. */
  readonly gate: Gate = async (call) => {
    if (call.phase === 'after') this.#saw(call)
    return 'ok'
  }

  /** As fast as it goes, with so many under way at any time. Gives how many there were in a second. */
  async asFastAsItGoes(desk: Desk, kind: Kind, count: number, atOnce: number): Promise<number> {
    let left = count
    const startedAt = performance.now()
    const person = async (): Promise<void> => {
      while (left-- > 0) await this.#one(desk, kind)
    }
    await Promise.all(Array.from({ length: atOnce }, person))
    return (count / (performance.now() - startedAt)) * 1_000
  }

  /** At a pace, whether the ones before are done or not. Gives how long each took, in milliseconds, shortest first. */
  async atPace(desk: Desk, kind: Kind, perSecond: number, seconds: number): Promise<readonly number[]> {
    const under: Promise<number>[] = []
    const startedAt = performance.now()
    let at = 0
    while (at < seconds * 1_000) {
      at += (-Math.log(1 - this.#random.next()) / perSecond) * 1_000
      const wait = startedAt + at - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      under.push(this.#one(desk, kind))
    }
    return (await Promise.all(under)).sort((a, b) => a - b)
  }

  #one(desk: Desk, kind: Kind): Promise<number> {
    const user = this.#idleUser()
    const account = accountOf(user)
    const title = kind === 'edit' ? `Edited ${++this.#edits}` : undefined
    const done = new Promise<number>((resolve) => {
      const about = { startedAt: performance.now(), done: resolve, looks: calendarsEach }
      this.#pending.set(account, title === undefined ? about : { ...about, title })
    })
    if (title !== undefined) {
      const calendar = this.#random.pick(this.#town.service.calendarsOf(account))
      calendar.edit(this.#random.pick(calendar.all()).id, { title })
    }
    void desk.told(user)
    return done
  }

  /** One whom nobody waits for. The first user stays as everybody was at the beginning. */
  #idleUser(): number {
    for (;;) {
      const user = 1 + this.#random.below(this.#town.users - 1)
      if (!this.#pending.has(accountOf(user))) return user
    }
  }

  #saw({ account, method, calendar, id }: MemoryCall): void {
    const pending = this.#pending.get(account)
    if (!pending) return
    const title = () => this.#town.service.calendar(calendar ?? '', account).get(id ?? '')?.content.title
    const isDone =
      pending.title === undefined
        ? method === 'changes' && --pending.looks === 0
        : method === 'update' && title() === pending.title
    if (!isDone) return
    this.#pending.delete(account)
    pending.done(performance.now() - pending.startedAt)
  }
}
