import type { Run } from 'calweave'
import type { AnswerOf } from 'calweave/client'
import { useStore } from 'calweave/react'
import { useMemo, useRef, useSyncExternalStore } from 'react'

const route = 'GET /groups/{groupId}/runs'

/** The newest runs of several groups, newest first; undefined while they are read. */
export function useRuns(groupIds: readonly string[], limit: number): readonly Run[] | undefined {
  const store = useStore()
  const key = JSON.stringify([groupIds, limit])
  const inputs = useMemo(() => {
    const [ids, most] = JSON.parse(key) as [string[], number]
    return ids.map((groupId) => ({ params: { groupId }, query: { limit: most } }))
  }, [key])
  const before = useRef<{
    readonly parts: readonly (AnswerOf<typeof route> | undefined)[]
    readonly runs: readonly Run[] | undefined
  }>({
    parts: [],
    runs: undefined,
  })
  const read = (): readonly Run[] | undefined => {
    const parts = inputs.map((input) => store.read(route, input).data)
    const known = before.current
    if (parts.length === known.parts.length && parts.every((part, index) => part === known.parts[index]))
      return known.runs
    const isRead = parts.length > 0 && parts.every((part) => part !== undefined)
    const runs = parts.flatMap((part) => part?.items ?? []).sort((a, b) => b.startedAt - a.startedAt)
    before.current = { parts, runs: isRead ? runs : undefined }
    return before.current.runs
  }
  return useSyncExternalStore((listener) => {
    const stops = inputs.map((input) => store.watch(route, input, listener))
    return () => {
      for (const stop of stops) stop()
    }
  }, read)
}
