import type { EngineEvent } from '../model/engine-event.js'
import type { UserId } from '../model/ids.js'
import { type KeptTally, startOf, type Tally, type TallySpan } from '../model/tally.js'
import type { Storage } from '../storage/storage.js'
import { inParallel } from './in-parallel.js'
import { readPage } from './records.js'
import {
  addTally,
  dropTally,
  type TallyRetention,
  tallyId,
  tallyUser,
  tidyTallies,
  tidyTalliesOf,
} from './tally-store.js'
import { Counter, counted } from './tallying.js'

/** Calls `work` once after so many milliseconds. Returns how to call it off. */
export type SetTimer = (work: () => void, ms: number) => () => void

/** How a {@link TallyKeeper} works. */
export interface TallySettings {
  readonly storage: Storage
  readonly now: () => number
  /** Names this worker. */
  readonly owner: string
  readonly flushMs: number
  readonly quietMs: number
  readonly perUser: boolean
  readonly keep: TallyRetention
  readonly userDaysMs: number
  readonly setTimer: SetTimer
  /** Told when counts could not be written; they are kept, and tried again. */
  readonly onError: (error: unknown) => void
}

/** What is to be added to a record of this user. */
interface Due {
  readonly user: UserId
  readonly counted: KeptTally
}

/** What one user did that is not written down yet. */
interface Personal {
  readonly since: number
  /** Something other than runs that found nothing. */
  isNotable: boolean
  readonly days: Map<number, Counter>
}

/**
 * Counts in memory, and writes down what it counted now and then: at most once in `flushMs`, and not in a run's way. A process
 * that dies takes with it what it had not written.
 */
export class TallyKeeper {
  readonly #settings: TallySettings
  #slots: Map<number, Counter> = new Map()
  #people: Map<UserId, Personal> = new Map()
  /** What may have been written, or not: tried again as it is. */
  #unsure: readonly Due[] = []
  #cancel: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()
  #writings = 0
  /** Tells processes of one name apart. */
  readonly #process: string = crypto.randomUUID()
  #tidiedIn = -1

  constructor(settings: TallySettings) {
    this.#settings = settings
  }

  /** Counts an event. Never throws, and waits for nothing. */
  heard(event: EngineEvent): void {
    if (!counted.has(event.type)) return
    counterAt(this.#slots, startOf('slot', event.at), true).add(event)
    if (this.#settings.perUser) this.#addPersonal(event)
    this.#arm()
  }

  /** Writes down everything, also what would wait a while longer. Rejects when that failed; nothing is lost by that. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const failure = await this.#inTurn(true)
    if (failure !== undefined) throw failure
  }

  /** What is counted and not written yet, of everybody or of one user. */
  waiting(user?: UserId): readonly Pick<KeptTally, 'span' | 'from' | 'tally'>[] {
    const own = user === undefined ? this.#slots : (this.#people.get(user)?.days ?? new Map<number, Counter>())
    const span: TallySpan = user === undefined ? 'slot' : 'day'
    const unsure = this.#unsure.filter((one) => one.user === (user ?? tallyUser)).map(({ counted }) => counted)
    return [...[...own].map(([from, counter]) => ({ span, from, tally: counter.tally() })), ...unsure]
  }

  #addPersonal(event: EngineEvent): void {
    const known = this.#people.get(event.userId)
    const personal = known ?? { since: event.at, isNotable: false, days: new Map() }
    if (!known) this.#people.set(event.userId, personal)
    counterAt(personal.days, startOf('day', event.at), false).add(event)
    if (isNotable(event)) personal.isNotable = true
  }

  /** One writing at a time. */
  #inTurn(isAll: boolean): Promise<unknown> {
    const done = this.#writing.then(() => this.#write(isAll))
    this.#writing = done.then(() => undefined)
    return done
  }

  /** What went wrong, if anything. */
  async #write(isAll: boolean): Promise<unknown> {
    const failures: unknown[] = []
    const due = [...this.#unsure, ...this.#taken(isAll)]
    this.#unsure = []
    // Of one record in turn: what was not acknowledged is only known for written while nothing else was added to it.
    await inParallel([...byRecord(due).values()], 8, async (ofOne) => {
      for (const [index, { user, counted }] of ofOne.entries())
        try {
          if (user !== tallyUser && !(await this.#isThere(user))) continue
          const { isNew } = await addTally(this.#settings.storage, user, counted)
          if (!isNew || user === tallyUser) continue
          // Whoever forgets a user takes the connections first: what came in between is seen there, or here.
          if (await this.#isThere(user)) await this.#tidyUser(user)
          else await dropTally(this.#settings.storage, user, counted)
        } catch (error) {
          failures.push(error)
          this.#unsure = [...this.#unsure, ...ofOne.slice(index)]
          return
        }
    })
    if (failures.length === 0) await this.#tidy().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) this.#settings.onError(failures[0])
    if (this.#slots.size + this.#people.size + this.#unsure.length > 0) this.#arm()
    return failures[0]
  }

  #arm(): void {
    const { setTimer, flushMs } = this.#settings
    this.#cancel ??= setTimer(() => {
      this.#cancel = undefined
      void this.#inTurn(false)
    }, flushMs)
  }

  /** Takes out of memory what is to be written now. */
  #taken(isAll: boolean): readonly Due[] {
    const slots = this.#slots
    this.#slots = new Map()
    const taken = [...slots].map(([from, counter]) => this.#counted(tallyUser, 'slot', from, counter.tally()))
    let spare = this.#people.size - mostPeople
    for (const [user, { since, isNotable, days }] of this.#people) {
      const isDue = isAll || isNotable || this.#settings.now() - since >= this.#settings.quietMs || spare-- > 0
      if (!isDue) continue
      this.#people.delete(user)
      for (const [from, counter] of days) taken.push(this.#counted(user, 'day', from, counter.tally()))
    }
    return taken
  }

  #counted(user: UserId, span: TallySpan, from: number, tally: Tally): Due {
    const { owner } = this.#settings
    return { user, counted: { span, from, owner, tally, writing: `${this.#process}/${++this.#writings}` } }
  }

  /** Once an hour. */
  async #tidy(): Promise<void> {
    const { storage, now, keep } = this.#settings
    const hour = startOf('hour', now())
    if (hour === this.#tidiedIn) return
    this.#tidiedIn = hour
    await tidyTallies(storage, now(), keep)
  }

  /** Of a user who was forgotten meanwhile nothing must come back. */
  async #isThere(user: UserId): Promise<boolean> {
    const page = await readPage(this.#settings.storage, user, 'connection', { limit: 1 })
    return page.items.length > 0
  }

  async #tidyUser(user: UserId): Promise<void> {
    const { storage, now, keep, userDaysMs } = this.#settings
    await tidyTalliesOf(storage, user, now(), { ...keep, daysMs: userDaysMs })
  }
}

/** So many users' counts stay in memory; of more, the oldest are written early. */
const mostPeople = 5_000

/** In the order of time, by the record that they are added to. */
function byRecord(due: readonly Due[]): ReadonlyMap<string, readonly Due[]> {
  const grouped = new Map<string, Due[]>()
  for (const one of due) {
    const key = `${one.user}\n${tallyId(one.counted)}`
    const group = grouped.get(key)
    if (group) group.push(one)
    else grouped.set(key, [one])
  }
  return grouped
}

function counterAt(counters: Map<number, Counter>, from: number, countsDifferent: boolean): Counter {
  const known = counters.get(from)
  if (known) return known
  const counter = new Counter(countsDifferent)
  counters.set(from, counter)
  return counter
}

/** A run that found nothing, and its requests, can wait a while to be written down. */
function isNotable(event: EngineEvent): boolean {
  if (event.type === 'request.ended') return false
  if (event.type !== 'run.ended') return true
  const { end, counts, failures } = event.run
  return failures.length > 0 || (end !== 'busy' && Object.values({ ...counts }).some((count) => count > 0))
}
