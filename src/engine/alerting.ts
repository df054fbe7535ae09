import { isSyncError } from '../errors.js'
import type { AlertRule, AlertState, KeptAlert } from '../model/alert.js'
import type { Storage } from '../storage/storage.js'
import type { AnalyticsDesk } from './analytics.js'
import { findMany, put } from './records.js'
import { tallyUser } from './tally-store.js'

/** Which alerts there are, and who is told. */
export interface AlertOptions {
  /** At most 100. */
  readonly rules: readonly AlertRule[]
  /**
   * Called when a rule is raised, and when it is clear again, at least once: two workers that look at one moment, or one that
   * dies just then, tell twice. What it throws is thrown by {@link SyncEngine.checkAlerts} when all rules were looked at, and
   * the next check tells again.
   */
  readonly onAlert: (state: AlertState) => unknown
}

/** Looks how every rule stands, and tells of those that stand otherwise than when somebody was told last. */
export async function checkAlerts(
  storage: Storage,
  desk: AnalyticsDesk,
  { rules, onAlert }: AlertOptions,
): Promise<readonly AlertState[]> {
  const states = await desk.alerts(rules)
  const kept = await findMany(
    storage,
    tallyUser,
    'alert',
    rules.map(({ id }) => id),
  )
  const thrown: unknown[] = []
  for (const one of states) {
    const { rule, state, at } = one
    const known = kept.get(rule.id)
    if (state === 'unknown' || state === (known?.value.state ?? 'clear')) continue
    try {
      await onAlert(one)
    } catch (error) {
      thrown.push(error)
      continue
    }
    const told: KeptAlert = { id: rule.id, state, since: at }
    try {
      await storage.commit(tallyUser, { changes: [put('alert', told, known?.version ?? 0)] })
    } catch (error) {
      // Another worker told of it at the same moment.
      if (!isSyncError(error, 'stale_version')) throw error
    }
  }
  if (thrown.length > 0) throw thrown[0]
  return states
}
