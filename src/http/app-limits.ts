import { type Budget, minuteBudget } from './budget.js'
import type { LimitStore } from './limit-store.js'
import { type SharedBudget, sharedBudget } from './shared-budget.js'

/** So much may be asked: of one account, or by all of an app. */
export interface Pacing {
  readonly perMinute: number
  /** Over how many minutes the service counts. @default 1 */
  readonly minutes?: number
  /** How many requests it takes at the same time. @default any number */
  readonly lanes?: number
}

export interface AppLimitsOptions {
  /** Begins the keys of the shared budgets. */
  readonly name: string
  /** Absent: this process counts for itself. */
  readonly store: LimitStore | undefined
  readonly account: Pacing
  /** Absent: nobody counts what all of the app do. */
  readonly app?: Pacing
  readonly now: () => number
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined
}

/** What one account has to keep to. */
export interface AccountLimits {
  /** All of them have to have room for a request. */
  readonly budgets: readonly Budget[]
  /** The account's own, where other workers have part in it. */
  readonly shared?: SharedBudget
}

/** The budgets of one app at one service. */
export interface AppLimits {
  /**
   * @param account - names the account at all workers; undefined: it is only known here
   * @param tenant - whom its requests count for, among those who share the app's budget
   */
  open(account: string | undefined, tenant: string | undefined): AccountLimits
}

export function appLimits({ name, store, account: ofAccount, app, now, sleep }: AppLimitsOptions): AppLimits {
  const clock = { now, ...(sleep && { sleep }) }
  if (!store) {
    const all = app ? [minuteBudget({ ...app, ...clock })] : []
    return { open: () => ({ budgets: [minuteBudget({ ...ofAccount, ...clock }), ...all] }) }
  }
  const all = app && sharedBudget({ ...app, ...clock, store, worker: crypto.randomUUID(), key: `${name}/app` })
  return {
    open(account, tenant = account ?? 'nobody') {
      const everybody = all ? [all.of(tenant)] : []
      if (account === undefined) return { budgets: [minuteBudget({ ...ofAccount, ...clock }), ...everybody] }
      // An account that is opened twice in one process, by two connections, counts for two workers: each spends for itself.
      const worker = crypto.randomUUID()
      const shared = sharedBudget({ ...ofAccount, ...clock, store, worker, key: `${name}/account/${account}` })
      return { budgets: [shared, ...everybody], shared }
    },
  }
}
