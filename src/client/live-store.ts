import type { Happening } from '../server/index.js'
import { type AnyInput, type CalweaveClient, methodOf, pathOf } from './client.js'
import { isConcerned } from './concerns.js'
import type { LiveSignal } from './live.js'
import { Query, type Snapshot, unread } from './query.js'
import type { AnswerOf, CallArguments, ReadRouteName, RouteName, WatchInput } from './routes.js'

/**
 * How a store learns of changes.
 *
 * - `connecting`: it is about to be told
 * - `live`: it is told of every change
 * - `polling`: nobody tells it, so it asks
 * - `offline`: the server cannot be reached
 */
export type ConnectionState = 'connecting' | 'live' | 'polling' | 'offline'

/** How a {@link LiveStore} works. */
export interface LiveStoreOptions {
  /** How often is asked while nobody tells of changes, in milliseconds. @default 15_000 */
  readonly pollMs?: number
  /** For how long changes are gathered before their routes are read anew, in milliseconds. @default 200 */
  readonly gatherMs?: number
}

/** Answers that follow what happens. Watched by any number of listeners, each answer is read once. */
export interface LiveStore {
  readonly client: CalweaveClient
  /** What is known; asks for nothing. The same object until something changes. */
  read<R extends ReadRouteName>(route: R, ...input: WatchInput<R>): Snapshot<AnswerOf<R>>
  /** Reads a route, and again whenever something happens that concerns it. Returns how to stop. */
  watch<R extends ReadRouteName>(route: R, input: WatchInput<R>[0], listener: () => void): () => void
  /** Calls a route that changes something, then reads anew whatever is watched. @throws ClientProblem */
  mutate<R extends RouteName>(route: R, ...input: CallArguments<R>): Promise<AnswerOf<R>>
  /** Reads anew whatever is watched, and waits for it. */
  refresh(): Promise<void>
  readonly connection: ConnectionState
  /** Is called when {@link connection} changes. Returns how to stop. */
  onConnection(listener: () => void): () => void
  /** Is called when something happens, while the store is live. Returns how to stop. */
  onHappening(listener: (happening: Happening) => void): () => void
}

/** A view that goes and one that comes share the stream, although nobody listens in between. */
const lingerMs = 1_000
/** Answers that nobody watches are kept for when somebody comes back. */
const mostUnwatched = 100

/**
 * Makes a store. It opens one live stream when the first listener comes and closes it after the last one left. One store for
 * each signed-in user: throw it away when they sign out.
 *
 * @example
 * ```ts no-run
 * import { calweaveClient, liveStore } from 'calweave/client'
 *
 * const store = liveStore(calweaveClient())
 * const stop = store.watch('GET /status', undefined, () => {
 *   const { data, error } = store.read('GET /status')
 *   console.log(data?.level ?? error?.code)
 * })
 * stop()
 * ```
 */
export function liveStore(client: CalweaveClient, options: LiveStoreOptions = {}): LiveStore {
  const { pollMs = 15_000, gatherMs = 200 } = options
  const queries = new Map<string, Query>()
  const connectionListeners = new Set<() => void>()
  const happeningListeners = new Set<(happening: Happening) => void>()
  let connection: ConnectionState = 'connecting'
  let listeners = 0
  let disconnect: (() => void) | undefined
  let linger: ReturnType<typeof setTimeout> | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined
  let polling: ReturnType<typeof setTimeout> | undefined

  const watched = () => [...queries.values()].filter((query) => query.listeners.size > 0)

  const become = (state: ConnectionState) => {
    if (state === connection) return
    connection = state
    for (const listener of [...connectionListeners]) listener()
  }

  const readStale = () => {
    gathering = undefined
    for (const query of watched()) if (query.snapshot.isStale) void query.read()
  }

  const age = (isOld: (query: Query) => boolean) => {
    for (const query of watched()) if (isOld(query)) query.age()
    gathering ??= setTimeout(readStale, gatherMs)
  }

  const readWatched = () => Promise.all(watched().map((query) => query.read()))

  const poll = async () => {
    await readWatched()
    if (disconnect === undefined || connection === 'live') return
    const isAway = ({ snapshot: { error } }: Query) => error?.status === 0
    const all = watched()
    become(all.length > 0 && all.every(isAway) ? 'offline' : 'polling')
    polling = setTimeout(poll, pollMs)
  }

  const hear = (signal: LiveSignal) => {
    if (signal.type === 'happened') {
      const { happening } = signal
      for (const listener of [...happeningListeners]) listener(happening)
      age(({ route, input }) => isConcerned(route, input.params?.['groupId'], happening))
    } else if (signal.type === 'reset') age(() => true)
    else if (signal.type === 'open') {
      clearTimeout(polling)
      polling = undefined
      become('live')
      // Whatever was read before may have changed before anybody told of it.
      if (!signal.isResumed) age(({ snapshot }) => snapshot.data !== undefined)
    } else if (connection === 'live' || polling === undefined) {
      clearTimeout(polling)
      if (connection === 'live') become('connecting')
      polling = setTimeout(poll, Math.min(pollMs, 2_000))
    }
  }

  /** Something is watched: the stream is opened with the first, and closed after the last. */
  const attach = (): (() => void) => {
    clearTimeout(linger)
    listeners++
    disconnect ??= client.live(hear)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--listeners === 0) linger = setTimeout(detach, lingerMs)
    }
  }

  const detach = () => {
    disconnect?.()
    disconnect = undefined
    clearTimeout(polling)
    clearTimeout(gathering)
    polling = gathering = undefined
    connection = 'connecting'
  }

  const queryOf = (route: string, input: AnyInput = {}): Query => {
    const key = pathOf(route, input)
    const known = queries.get(key)
    if (known) return known
    for (const [old, query] of queries)
      if (queries.size >= mostUnwatched && query.listeners.size === 0) queries.delete(old)
    const query = new Query(client, route, input)
    queries.set(key, query)
    return query
  }

  return {
    client,
    read: (route, ...[input]) =>
      (queries.get(pathOf(route, (input ?? {}) as AnyInput))?.snapshot ?? unread) as Snapshot<never>,
    watch(route, input, listener) {
      const query = queryOf(route, input as AnyInput | undefined)
      // One function may watch twice.
      const own = () => listener()
      const leave = attach()
      query.add(own)
      return () => {
        query.remove(own)
        leave()
      }
    },
    async mutate(route, ...input) {
      const answer = await client.call(route, ...input)
      // In case nobody tells of it; most that is changed is seen in several places.
      if (methodOf(route) !== 'GET') age(() => true)
      return answer
    },
    async refresh() {
      for (const query of watched()) query.age()
      await readWatched()
    },
    get connection() {
      return connection
    },
    onConnection: (listener) => joined(connectionListeners, () => listener(), attach()),
    onHappening: (listener) => joined(happeningListeners, (happening) => listener(happening), attach()),
  }
}

function joined<L>(listeners: Set<L>, listener: L, leave: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    leave()
  }
}
