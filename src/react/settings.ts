import { useState } from 'react'
import type { ClientProblem } from '../client/index.js'
import type { GroupChanges, Member, SyncGroup } from '../index.js'
import { useStore } from './context.js'
import { type Action, useAction } from './use-action.js'
import { useRoute } from './use-route.js'

/** The settings of a group, with what a person changed and did not save yet. */
export interface SyncSettings {
  /** As it is kept. Undefined until it is known. */
  readonly group: SyncGroup | undefined
  /** With the changes. */
  readonly draft: SyncGroup | undefined
  change(changes: Omit<GroupChanges, 'members'>): void
  changeMember(calendarId: string, changes: Partial<Omit<Member, 'calendarId'>>): void
  /** Takes a filter of a member away. */
  clearFilter(calendarId: string, filter: 'sends' | 'receives'): void
  readonly isDirty: boolean
  discard(): void
  /** Saves what was changed, and nothing else. */
  readonly save: Action<[], SyncGroup>
  /** What is wrong with a setting, by its path in the group, e.g. `members.0.projection`. */
  problemAt(path: string): string | undefined
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
}

interface Draft {
  readonly of: string
  readonly changes: Omit<GroupChanges, 'members'> & { readonly members?: readonly Member[] }
}

/** The settings of a group on their way to be changed. Nothing is changed before `save`. */
export function useSyncSettings(groupId: string): SyncSettings {
  const { mutate } = useStore()
  const params = { groupId }
  const { data: group, isLoading, error } = useRoute('GET /groups/{groupId}', { params })
  const [{ of, changes: made }, setDraft] = useState<Draft>({ of: groupId, changes: {} })
  const changes = of === groupId ? made : {}
  const set = (changes: Draft['changes']) => setDraft({ of: groupId, changes })
  const draft = group ? ({ ...group, ...changes } as SyncGroup) : undefined
  const setMember = (calendarId: string, make: (member: Member) => Member) =>
    draft && set({ ...changes, members: draft.members.map((one) => (one.calendarId === calendarId ? make(one) : one)) })
  const save = useAction(async () => {
    const saved = await mutate('PATCH /groups/{groupId}', { params, body: changes as GroupChanges })
    set({})
    return saved
  })
  return {
    group,
    draft,
    change: (given) => set({ ...changes, ...given }),
    changeMember: (calendarId, given) => setMember(calendarId, (member) => ({ ...member, ...given })),
    clearFilter: (calendarId, filter) => setMember(calendarId, ({ [filter]: _gone, ...member }) => member as Member),
    isDirty:
      group !== undefined && Object.keys(changes).some((key) => !isEqual(changes, group, key as keyof SyncGroup)),
    discard: () => {
      set({})
      save.clear()
    },
    save,
    problemAt: (path) => {
      const { message } = save.problem ?? {}
      return message?.includes(`${path}:`) || message?.includes(`${path}.`) ? message : undefined
    },
    isLoading,
    error,
  }
}

function isEqual(changes: object, group: SyncGroup, key: keyof SyncGroup): boolean {
  return JSON.stringify((changes as Partial<SyncGroup>)[key]) === JSON.stringify(group[key])
}
