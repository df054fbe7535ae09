import { useCallback, useSyncExternalStore } from 'react'
import type { AnswerOf, ReadRouteName, Snapshot, WatchInput } from '../client/index.js'
import { useStore } from './context.js'

const none: Snapshot<never> = { isLoading: false, isStale: false }

/**
 * The answer of any route that reads, kept up to date while the component is there. With null as input nothing is asked for
 * yet.
 *
 * @example
 * ```ts no-run
 * import { useRoute } from 'calweave/react'
 *
 * export function useTitle(groupId: string, eventId: string): string | undefined {
 *   const { data } = useRoute('GET /groups/{groupId}/events/{eventId}', { params: { groupId, eventId } })
 *   return data?.content.title
 * }
 * ```
 */
export function useRoute<R extends ReadRouteName>(
  route: R,
  ...given: WatchInput<R> | [input: null]
): Snapshot<AnswerOf<R>> {
  const store = useStore()
  const input = given[0]
  // Inputs are written in place: what they say counts, and not which object says it.
  const key = JSON.stringify(input)
  // biome-ignore lint/correctness/useExhaustiveDependencies: see key
  const watch = useCallback(
    (listener: () => void) => (input === null ? () => undefined : store.watch(route, input as never, listener)),
    [store, route, key],
  )
  const read = () => (input === null ? none : store.read(route, ...([input] as never))) as Snapshot<AnswerOf<R>>
  return useSyncExternalStore(watch, read, read)
}
