import { useEffect, useRef, useState } from 'react'
import type { AnswerOf, ClientProblem, PagedRouteName, Snapshot, WatchInput } from '../client/index.js'
import { useRoute } from './use-route.js'

/** A list that grows when a person asks for more. */
export interface List<T> {
  readonly items: readonly T[]
  /** There is more than {@link items}. */
  readonly hasMore: boolean
  /** Reads further; what is shown already stays. */
  more(): void
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
}

/** What one answer may hold; the rest of a longer list is read with `readAll` of `calweave/client`. */
const mostItems = 500

/** A list of any route that answers pages, kept up to date as a whole: it is read as one longer page each time. */
export function useList<R extends PagedRouteName>(
  route: R,
  input: WatchInput<R>[0] | null,
  pageSize = 50,
): List<AnswerOf<R>['items'][number]> {
  const [limit, setLimit] = useState(pageSize)
  const given = input as { readonly query?: object } | null | undefined
  const asked = given === null ? null : { ...given, query: { ...given?.query, limit } }
  const snapshot = useRoute(route, ...([asked] as never)) as Snapshot<AnswerOf<R>>
  const key = JSON.stringify([route, input])
  const last = useRef<{ readonly key: string; readonly data: AnswerOf<R> }>(undefined)
  useEffect(() => {
    if (snapshot.data !== undefined) last.current = { key, data: snapshot.data }
  })
  // While the longer list is on its way, the shorter one stays.
  const data = snapshot.data ?? (last.current?.key === key ? last.current.data : undefined)
  return {
    items: data?.items ?? [],
    hasMore: data?.next !== undefined && limit < mostItems,
    more: () => setLimit((before) => Math.min(mostItems, before + pageSize)),
    isLoading: snapshot.isLoading,
    error: snapshot.error,
  }
}
