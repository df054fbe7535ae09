import type { AnswerOf, Snapshot } from '../client/index.js'
import type { AuditEntry, Run, Undo } from '../index.js'
import { useStore } from './context.js'
import { type Action, useAction } from './use-action.js'
import { type List, useList } from './use-list.js'
import { useRoute } from './use-route.js'

/** The syncs of a group that found something to do, newest first. */
export function useRuns(groupId: string | null, pageSize?: number): List<Run> {
  return useList('GET /groups/{groupId}/runs', groupId === null ? null : { params: { groupId } }, pageSize)
}

/** One sync, with every change that it made. */
export function useRun(groupId: string, runId: string): Snapshot<AnswerOf<'GET /groups/{groupId}/runs/{runId}'>> {
  return useRoute('GET /groups/{groupId}/runs/{runId}', { params: { groupId, runId } })
}

/** The audit of a group, or without one that of settings and accounts; newest first. */
export function useAudit(groupId?: string, pageSize?: number): List<AuditEntry> {
  const ofGroup = useList(
    'GET /groups/{groupId}/audit',
    groupId === undefined ? null : { params: { groupId } },
    pageSize,
  )
  const ofSettings = useList('GET /audit', groupId === undefined ? {} : null, pageSize)
  return groupId === undefined ? ofSettings : ofGroup
}

/** What is to be undone: all that a run did, or the last change of an event. */
export type UndoScope = { readonly runId: string } | { readonly eventId: string }

/** Takes back what a sync did. */
export interface Undoing {
  /** What would be done; does nothing. */
  readonly preview: Action<[scope: UndoScope], Undo>
  /** Does it: the next sync brings it to all calendars. */
  readonly undo: Action<[scope: UndoScope], Undo>
}

/** Undoes runs and changes of a group. */
export function useUndo(groupId: string): Undoing {
  const { client, mutate } = useStore()
  const params = { groupId }
  return {
    preview: useAction((scope: UndoScope) =>
      client.call('POST /groups/{groupId}/undo', { params, body: { ...scope, isDryRun: true } }),
    ),
    undo: useAction((scope: UndoScope) => mutate('POST /groups/{groupId}/undo', { params, body: scope })),
  }
}
