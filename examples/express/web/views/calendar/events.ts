import type { EventView } from 'calweave'
import type { AnswerOf } from 'calweave/client'
import { useStore } from 'calweave/react'
import { useMemo, useRef, useSyncExternalStore } from 'react'

const route = 'GET /groups/{groupId}/events'

/** The synced events of several groups, the first five hundred of each. */
export function useEvents(groupIds: readonly string[]): readonly EventView[] {
  const store = useStore()
  const key = JSON.stringify(groupIds)
  const inputs = useMemo(
    () => (JSON.parse(key) as string[]).map((groupId) => ({ params: { groupId }, query: { limit: 500 } })),
    [key],
  )
  const before = useRef<{
    readonly parts: readonly (AnswerOf<typeof route> | undefined)[]
    readonly events: readonly EventView[]
  }>({ parts: [], events: [] })
  return useSyncExternalStore(
    (listener) => {
      const stops = inputs.map((input) => store.watch(route, input, listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    () => {
      const parts = inputs.map((input) => store.read(route, input).data)
      const known = before.current
      if (parts.length === known.parts.length && parts.every((part, index) => part === known.parts[index]))
        return known.events
      before.current = { parts, events: parts.flatMap((part) => part?.items ?? []) }
      return before.current.events
    },
  )
}
