import type { RemoteCalendarId } from '../../model/ids.js'

/** What becomes of a write that would have the server mail people. `never`: it is refused. */
export type SchedulingPolicy = 'never' | 'allow'

/** What is known about the mail that writes of an account cause. */
export interface Scheduling {
  readonly policy: SchedulingPolicy
  /** Whether the server mails guests by itself; absent until somebody has to know. */
  isAutomatic?: boolean
  /** The addresses of whoever a calendar belongs to. */
  readonly owners: Map<RemoteCalendarId, ReadonlySet<string>>
}

export function schedulingBy(policy: SchedulingPolicy = 'never'): Scheduling {
  return { policy, owners: new Map() }
}
