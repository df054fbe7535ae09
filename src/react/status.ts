import type { AnswerOf, ClientProblem, ConnectionState } from '../client/index.js'
import type { GroupStatus, HealthLevel, HealthReason } from '../index.js'
import { useLive } from './live.js'
import { useRoute } from './use-route.js'

/** How things are, and whether that is known for sure. */
export interface SyncStatus {
  /** Undefined until it is known. */
  readonly status: AnswerOf<'GET /status'> | undefined
  /** Of the group that was asked for. */
  readonly group: GroupStatus | undefined
  /** Of the group, or of everything. */
  readonly level: HealthLevel | undefined
  /** Why it is so, the worst first. */
  readonly reasons: readonly HealthReason[]
  readonly connection: ConnectionState
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
}

/** How everything is, or one group. */
export function useSyncStatus(groupId?: string): SyncStatus {
  const connection = useLive()
  const { data: status, isLoading, error } = useRoute('GET /status')
  const group = status?.groups.find((one) => one.groupId === groupId)
  const health = groupId === undefined ? status : group
  return { status, group, level: health?.level, reasons: health?.reasons ?? [], connection, isLoading, error }
}
