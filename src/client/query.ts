import type { AnyInput, CalweaveClient } from './client.js'
import { type ClientProblem, isClientProblem, unanswered } from './problem.js'

/** What is known of the answer of a route. */
export interface Snapshot<T> {
  /** The newest answer; stays while a newer one is asked for, and when that fails. */
  readonly data?: T
  /** Why the last call did not work. */
  readonly error?: ClientProblem
  /** It is being asked for. True before the first call, too. */
  readonly isLoading: boolean
  /** Something changed since {@link data} was read, or nobody could tell whether. */
  readonly isStale: boolean
}

/** Nothing was asked for yet. */
export const unread: Snapshot<never> = { isLoading: true, isStale: false }

/** One route with its input: what it answered last, and who wants to know. */
export class Query {
  readonly route: string
  readonly input: AnyInput
  readonly listeners: Set<() => void> = new Set()
  snapshot: Snapshot<unknown> = unread
  readonly #client: CalweaveClient
  #running: Promise<void> | undefined
  #again = false
  #failures = 0
  /** The server asked to be left alone until then. */
  #waitsUntil = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(client: CalweaveClient, route: string, input: AnyInput) {
    this.#client = client
    this.route = route
    this.input = input
  }

  /** Starts to watch. What was read before, and not followed since, is read anew; what is being read is waited for. */
  add(listener: () => void): void {
    const isFirst = this.listeners.size === 0
    this.listeners.add(listener)
    if (isFirst && !this.#running) void this.read()
  }

  remove(listener: () => void): void {
    this.listeners.delete(listener)
    if (this.listeners.size === 0) clearTimeout(this.#timer)
  }

  /** Says that the answer may be another one by now. One that is on its way may be older than that, so it is read again. */
  age(): void {
    if (this.#running) this.#again = true
    if (!this.snapshot.isStale && this.snapshot !== unread) this.#show({ ...this.snapshot, isStale: true })
  }

  /** Asks for the answer, or waits for the one that is on its way. Asks for nothing while the server wants to be left alone. */
  async read(): Promise<void> {
    if (Date.now() < this.#waitsUntil) return
    this.#running ??= this.#readAll().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  async #readAll(): Promise<void> {
    clearTimeout(this.#timer)
    do {
      this.#again = false
      await this.#readOnce()
    } while (this.#again)
  }

  async #readOnce(): Promise<void> {
    if (!this.snapshot.isLoading) this.#show({ ...this.snapshot, isLoading: true })
    try {
      const data: unknown = await this.#client.call(this.route as never, this.input as never)
      const before = this.snapshot.data
      this.#failures = 0
      // An equal answer stays the same object, so that nothing is drawn anew.
      this.#show({ data: isEqual(before, data) ? before : data, isLoading: false, isStale: this.#again })
    } catch (error) {
      const problem = isClientProblem(error) ? error : unanswered(error)
      const { data } = this.snapshot
      this.#show({ ...(data === undefined ? {} : { data }), error: problem, isLoading: false, isStale: true })
      if (problem.remedy === 'retry' && this.listeners.size > 0) this.#retry(problem)
    }
  }

  #retry({ retryAfterMs = 0 }: ClientProblem): void {
    const delay = Math.min(60_000, 2_000 * 2 ** this.#failures++) * (0.5 + Math.random() / 2)
    this.#waitsUntil = Date.now() + retryAfterMs
    this.#timer = setTimeout(() => void this.read(), Math.max(delay, retryAfterMs))
  }

  #show(snapshot: Snapshot<unknown>): void {
    this.snapshot = snapshot
    for (const listener of [...this.listeners]) listener()
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
