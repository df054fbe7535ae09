import type { Happening } from '../server/index.js'
import { type AnyInput, type CalweaveClient, pathOf } from './client.js'
import type { LiveSignal } from './live.js'
import { ClientProblem } from './problem.js'
import type { AnswerOf, CallInput, RouteName } from './routes.js'

/** What a route answers: always the same, or what a function makes of the input. To refuse, it throws a {@link ClientProblem}. */
export type Fixtures = {
  readonly [R in RouteName]?: AnswerOf<R> | ((input: CallInput<R>) => AnswerOf<R> | Promise<AnswerOf<R>>)
}

/** A client that needs no server. */
export interface FixtureClient extends CalweaveClient {
  /** What was called, oldest first. */
  readonly calls: readonly { readonly route: RouteName; readonly input: AnyInput }[]
  /** Has whoever listens hear of something; without anything: that nobody knows what changed. */
  tell(happening?: Happening): void
}

/**
 * Makes a client of fixed answers: for tests, for pictures in documents, and to look at components without a server.
 *
 * @example
 * ```ts no-run
 * import { fixtureClient, liveStore } from 'calweave/client'
 *
 * const client = fixtureClient({ 'GET /connections': { items: [] } })
 * const store = liveStore(client)
 * store.watch('GET /connections', undefined, () => console.log(store.read('GET /connections').data))
 * ```
 */
export function fixtureClient(answers: Fixtures): FixtureClient {
  const listeners = new Set<(signal: LiveSignal) => void>()
  const calls: { route: RouteName; input: AnyInput }[] = []
  return {
    calls,
    async call(route, ...[input = {}]) {
      calls.push({ route, input: input as AnyInput })
      const answer = answers[route] as unknown
      if (answer === undefined && !(route in answers))
        throw new ClientProblem(`There is no answer for ${route}.`, {
          code: 'not_found',
          remedy: 'give_up',
          status: 404,
        })
      return (await (typeof answer === 'function' ? answer(input) : answer)) as never
    },
    url: (route, ...[input = {}]) => `#${pathOf(route, input)}`,
    live(listener) {
      listeners.add(listener)
      queueMicrotask(() => listeners.has(listener) && listener({ type: 'open', isResumed: true }))
      return () => listeners.delete(listener)
    },
    tell(happening) {
      const signal: LiveSignal = happening ? { type: 'happened', happening } : { type: 'reset' }
      for (const listener of [...listeners]) listener(signal)
    },
  }
}
