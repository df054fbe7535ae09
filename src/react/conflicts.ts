import { useCallback, useEffect, useMemo, useState } from 'react'
import type { AnswerOf, ClientProblem } from '../client/index.js'
import { isClientProblem } from '../client/index.js'
import type { CalendarId, Conflict, ConflictPreview, EventView } from '../index.js'
import { type ConflictRow, proposedTake, rowsOf, sidesOf, type Take, takeAll, undecidedOf } from './conflict-choices.js'
import { useStore } from './context.js'
import { type Action, useAction } from './use-action.js'
import { type List, useList } from './use-list.js'
import { useRoute } from './use-route.js'

/** A conflict in a list. */
export type ListedConflict = AnswerOf<'GET /conflicts'>['items'][number]

/** Which conflicts. */
export interface ConflictsOptions {
  /** @default all groups, for conflicts that are open */
  readonly groupId?: string
  /** @default 'open' */
  readonly state?: 'open' | 'all'
}

/** Conflicts that wait for a person, oldest first; or all those of a group. */
export function useConflicts({ groupId, state = 'open' }: ConflictsOptions = {}): List<ListedConflict> {
  const ofGroup = useList(
    'GET /groups/{groupId}/conflicts',
    groupId === undefined ? null : { params: { groupId }, query: { state } },
  )
  const { data, isLoading, error } = useRoute('GET /conflicts', ...((groupId === undefined ? [] : [null]) as []))
  if (groupId !== undefined) return ofGroup
  return { items: data?.items ?? [], hasMore: false, more: () => undefined, isLoading, error }
}

/** A conflict on its way to a decision. */
export interface ConflictResolution {
  /** Undefined until it is known. */
  readonly conflict: Conflict | undefined
  readonly title: string
  readonly groupName: string
  /** The event as it is now; undefined when it is gone. */
  readonly event: EventView | undefined
  /** What has to be chosen. */
  readonly rows: readonly ConflictRow[]
  /** The calendars that disagree. */
  readonly sides: readonly CalendarId[]
  /** One side removed the event. */
  readonly isRemoval: boolean
  /** It is open, and nobody has decided it yet. */
  readonly isOpen: boolean
  /** What is chosen by now, by field. */
  readonly take: Take
  choose(field: string, choice: string): void
  /** Takes all that one calendar says, or `both`. */
  chooseAll(choice: string): void
  /** Fields for which nothing is chosen yet. */
  readonly undecided: readonly ConflictRow[]
  readonly canSave: boolean
  /** Makes a rule of it. */
  readonly always: boolean
  setAlways(always: boolean): void
  /** What the choices so far would come to; undefined while it is not known. */
  readonly preview: ConflictPreview | undefined
  /** Decides. Gives undefined, and says why in `problem`, where that did not work. */
  readonly save: Action<[], Conflict>
  /** Opens a conflict again that was decided. */
  readonly reopen: Action<[], Conflict>
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
}

interface Chosen {
  /** The conflict that it is about. */
  readonly of: string
  readonly take: Take
  readonly always: boolean
}

const nothingChosen: Omit<Chosen, 'of'> = { take: {}, always: false }

/** For so long choices are gathered before their outcome is asked for. */
const previewDelayMs = 250

/** One conflict, what a person chooses, and what that would come to. Nothing is decided before `save`. */
export function useConflict(conflictId: string): ConflictResolution {
  const { mutate } = useStore()
  const params = { conflictId }
  const { data, isLoading, error } = useRoute('GET /conflicts/{conflictId}', { params })
  const conflict = data?.conflict
  const rows = useMemo(() => (data ? rowsOf(data.conflict, data.options) : []), [data])
  const [kept, setChosen] = useState<Chosen>({ of: conflictId, ...nothingChosen })
  // What was chosen for one conflict says nothing of another.
  const { take: own, always } = kept.of === conflictId ? kept : nothingChosen
  const ownKey = JSON.stringify(own)
  // biome-ignore lint/correctness/useExhaustiveDependencies: see ownKey
  const take = useMemo(() => ({ ...proposedTake(rows), ...own }), [rows, ownKey])
  const isOpen = conflict?.state === 'open' && conflict.resolution === undefined
  const undecided = undecidedOf(rows, take)
  const preview = usePreview(conflictId, take, isOpen)
  const set = useCallback(
    (change: (before: Omit<Chosen, 'of'>) => Partial<Chosen>) =>
      setChosen((kept) => {
        const before = kept.of === conflictId ? kept : { of: conflictId, ...nothingChosen }
        return { ...before, ...change(before) }
      }),
    [conflictId],
  )
  return {
    conflict,
    title: data?.title ?? '',
    groupName: data?.groupName ?? '',
    event: data?.event ?? undefined,
    rows,
    sides: conflict ? sidesOf(conflict) : [],
    isRemoval: rows.some(({ field }) => field === 'removal'),
    isOpen,
    take,
    choose: (field, choice) => set(({ take }) => ({ take: { ...take, [field]: choice } })),
    chooseAll: (choice) => set(({ take }) => ({ take: takeAll(rows, choice, take) })),
    undecided,
    canSave: isOpen && rows.length > 0 && undecided.length === 0,
    always,
    setAlways: (always) => set(() => ({ always })),
    preview,
    save: useAction(() => {
      const known = Object.fromEntries(rows.flatMap(({ field }) => (take[field] ? [[field, take[field]]] : [])))
      return mutate('POST /conflicts/{conflictId}/resolve', { params, body: { take: known, always } })
    }),
    reopen: useAction(() => mutate('POST /conflicts/{conflictId}/reopen', { params })),
    isLoading,
    error,
  }
}

function usePreview(conflictId: string, take: Take, isOn: boolean): ConflictPreview | undefined {
  const { client } = useStore()
  const [shown, setShown] = useState<{ readonly key: string; readonly preview: ConflictPreview }>()
  const key = JSON.stringify([conflictId, take])
  useEffect(() => {
    if (!isOn) return
    const cancel = new AbortController()
    const [, asked] = JSON.parse(key) as readonly [string, Take]
    const input = { params: { conflictId }, body: { take: asked }, signal: cancel.signal }
    const timer = setTimeout(async () => {
      try {
        const preview = await client.call('POST /conflicts/{conflictId}/preview', input)
        if (!cancel.signal.aborted) setShown({ key, preview })
      } catch (error) {
        // A preview that cannot be had, say while a sync is at it, keeps nobody from deciding.
        if (!isClientProblem(error)) throw error
      }
    }, previewDelayMs)
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  }, [client, conflictId, key, isOn])
  return shown?.key === key ? shown.preview : undefined
}
