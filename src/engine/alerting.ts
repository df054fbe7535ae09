import { isSyncError, type SyncError } from '../errors.js'
import type { AlertRule, AlertState, KeptAlert } from '../model/alert.js'
import { digest } from '../model/hash.js'
import type { Storage } from '../storage/storage.js'
import type { AnalyticsDesk } from './analytics.js'
import { inTime } from './in-time.js'
import { findMany, put } from './records.js'
import { tallyUser } from './tally-store.js'

/** Which alerts there are, and who is told. */
export interface AlertOptions {
  /** At most 100. */
  readonly rules: readonly AlertRule[]
  /**
   * Called when a rule is raised, and when it is clear again, at least once: two workers that look at one moment, or one that
   * dies just then, tell twice. What it throws is thrown by {@link SyncEngine.checkAlerts} when all rules were looked at, and
   * the next check tells again. After half a minute its signal is aborted, and that counts as thrown. Rules that change at
   * the same time are told at the same time.
   */
  readonly onAlert: (state: AlertState, options: { readonly signal: AbortSignal }) => unknown
}

const longestMs = 30_000

/** Looks how every rule stands, and tells of those that stand otherwise than when somebody was told last. */
export async function checkAlerts(
  storage: Storage,
  desk: AnalyticsDesk,
  { rules, onAlert }: AlertOptions,
  onTimeout: (error: SyncError) => void,
): Promise<readonly AlertState[]> {
  const states = await desk.alerts(rules)
  const ids = rules.map(({ id }) => id)
  const kept = await findMany(storage, tallyUser, 'alert', ids)
  const limits = { ms: longestMs, name: 'alerts.onAlert', onTimeout }
  const news = states.filter((one) => isNews(one, kept.get(one.rule.id)?.value))
  const told = await Promise.allSettled(
    news.map(async (one) => {
      await inTime((signal) => onAlert(one, { signal }), limits)
      await keep(storage, one, kept.get(one.rule.id)?.version ?? 0)
    }),
  )
  for (const one of told) if (one.status === 'rejected') throw one.reason
  return states
}

/**
 * Workers of two versions may have different rules of one id, e.g. while a release is rolled out. Each would tell the opposite of
 * the other at every look: so a rule that is not the one that was told of has to wait.
 */
function isNews({ rule, state, at }: AlertState, known: KeptAlert | undefined): boolean {
  if (state === 'unknown' || state === (known?.state ?? 'clear')) return false
  return known?.rule === undefined || known.rule === digestOf(rule) || at - known.since >= otherRuleMs
}

const otherRuleMs = 3_600_000

const digestOf = (rule: AlertRule): string => digest('alert', JSON.stringify(rule))

async function keep(storage: Storage, { rule, state, at }: AlertState, version: number): Promise<void> {
  if (state === 'unknown') return
  const told: KeptAlert = { id: rule.id, state, since: at, rule: digestOf(rule) }
  try {
    await storage.commit(tallyUser, { changes: [put('alert', told, version)] })
  } catch (error) {
    // Another worker told of it at the same moment.
    if (!isSyncError(error, 'stale_version')) throw error
  }
}
