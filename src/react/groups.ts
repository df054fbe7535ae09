import type { AnswerOf, ClientProblem } from '../client/index.js'
import type { GroupChanges, Held, NewGroup, NewPause, Pause, SyncGroup, Verification } from '../index.js'
import { useStore } from './context.js'
import { type Action, useAction } from './use-action.js'
import { useRoute } from './use-route.js'

/** The groups of calendars that are kept in step. */
export interface Groups {
  readonly groups: readonly SyncGroup[]
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
  readonly create: Action<[group: NewGroup], SyncGroup>
  readonly change: Action<[groupId: string, changes: GroupChanges], SyncGroup>
  /** Ends a group; `remove` takes our copies out of its calendars first. */
  readonly remove: Action<[groupId: string, copies: 'keep' | 'remove'], unknown>
  readonly sync: Action<[groupId: string], AnswerOf<'POST /groups/{groupId}/sync'>>
  /** Compares every copy with what it should show, and repairs what differs. */
  readonly verify: Action<[groupId: string], Verification>
  /** Tries a group again that was given up. */
  readonly retry: Action<[groupId: string], unknown>
}

/** The groups, and what a person may do with them. */
export function useGroups(): Groups {
  const { mutate } = useStore()
  const { data, isLoading, error } = useRoute('GET /groups')
  const to = (groupId: string) => ({ params: { groupId } })
  return {
    groups: data?.items ?? [],
    isLoading,
    error,
    create: useAction((body: NewGroup) => mutate('POST /groups', { body })),
    change: useAction((id: string, body: GroupChanges) => mutate('PATCH /groups/{groupId}', { ...to(id), body })),
    remove: useAction((id: string, copies: 'keep' | 'remove') =>
      mutate('DELETE /groups/{groupId}', { ...to(id), query: { copies } }),
    ),
    sync: useAction((id: string) => mutate('POST /groups/{groupId}/sync', to(id))),
    verify: useAction((id: string) => mutate('POST /groups/{groupId}/verify', to(id))),
    retry: useAction((id: string) => mutate('POST /groups/{groupId}/retry', to(id))),
  }
}

/** Removals or new events of one calendar that wait. */
export type HeldChoice = Pick<Held, 'calendarId' | 'what'>

/** What waits because so much at once may be a mistake. */
export interface HeldChangesOfGroup {
  readonly held: readonly Held[]
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
  /** They are meant. */
  readonly approve: Action<[held: HeldChoice], unknown>
  /** They are not meant, and are taken back. */
  readonly reject: Action<[held: HeldChoice], unknown>
}

/** Removals and new events of a group that came in such numbers that a person is asked. */
export function useHeld(groupId: string): HeldChangesOfGroup {
  const { mutate } = useStore()
  const params = { groupId }
  const { data, isLoading, error } = useRoute('GET /groups/{groupId}/held', { params })
  const bodyOf = ({ calendarId, what }: HeldChoice) => ({ params, body: { calendarId, what } })
  return {
    held: data?.items ?? [],
    isLoading,
    error,
    approve: useAction((held: HeldChoice) => mutate('POST /groups/{groupId}/held/approve', bodyOf(held))),
    reject: useAction((held: HeldChoice) => mutate('POST /groups/{groupId}/held/reject', bodyOf(held))),
  }
}

/** What is paused, and why. */
export interface Pauses {
  readonly pauses: readonly Pause[]
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
  readonly pause: Action<[pause: NewPause], Pause>
  /** Goes on, unless it is paused for another reason as well. */
  readonly goOn: Action<[pause: NewPause], unknown>
}

/** The pauses of the user, of accounts, calendars and groups. */
export function usePauses(): Pauses {
  const { mutate } = useStore()
  const { data, isLoading, error } = useRoute('GET /pauses')
  return {
    pauses: data?.items ?? [],
    isLoading,
    error,
    pause: useAction((body: NewPause) => mutate('POST /pauses', { body })),
    goOn: useAction(({ scope, reason }: NewPause) => mutate('POST /pauses/clear', { body: { scope, reason } })),
  }
}
