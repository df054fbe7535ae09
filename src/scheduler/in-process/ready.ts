import { rankOf } from '../joining.js'
import { urgencies } from '../scheduler.js'
import type { Entry } from './kept-job.js'

/**
 * The jobs whose time has come, as far as this process has seen them. Within one urgency every tenant has its turn, and
 * one job a turn, whatever else it has: so the wait of one depends on how many tenants there are and not on how many jobs.
 */
export class Ready {
  readonly #ranks = urgencies.map(() => new Map<string, Entry[]>())
  readonly #byKey = new Map<string, Entry>()
  readonly #sizes = urgencies.map(() => 0)

  size(rank: number): number {
    return this.#sizes[rank] ?? 0
  }

  put(entry: Entry): void {
    const { key, tenant, urgency, at } = entry.job
    this.remove(key)
    const rank = rankOf(urgency)
    const tenants = this.#ranks[rank]
    if (!tenants) return
    const jobs = tenants.get(tenant) ?? []
    if (jobs.length === 0) tenants.set(tenant, jobs)
    let place = jobs.length
    while (place > 0 && (jobs[place - 1]?.job.at ?? 0) > at) place--
    jobs.splice(place, 0, entry)
    this.#byKey.set(key, entry)
    this.#count(rank, 1)
  }

  remove(key: string): void {
    const entry = this.#byKey.get(key)
    if (!entry) return
    const rank = rankOf(entry.job.urgency)
    const tenants = this.#ranks[rank]
    const jobs = tenants?.get(entry.job.tenant) ?? []
    jobs.splice(jobs.indexOf(entry), 1)
    if (jobs.length === 0) tenants?.delete(entry.job.tenant)
    this.#byKey.delete(key)
    this.#count(rank, -1)
  }

  /**
   * Takes out the next job.
   * @param order - Ranks, the one to look at first first.
   * @param running - How many jobs of each tenant are under way.
   */
  take(order: readonly number[], running: ReadonlyMap<string, number>, perTenant: number): Entry | undefined {
    for (const rank of order) {
      const tenants = this.#ranks[rank]
      const tenant = tenants && nextTenant(tenants, running, perTenant)
      const entry = tenant === undefined ? undefined : tenants?.get(tenant)?.[0]
      if (!tenants || !entry) continue
      this.remove(entry.job.key)
      const rest = tenants.get(entry.job.tenant)
      if (rest) {
        tenants.delete(entry.job.tenant)
        tenants.set(entry.job.tenant, rest) // at the end of the round
      }
      return entry
    }
    return undefined
  }

  /** Forgets every job, to see them anew, and no tenant's place in the round. */
  startOver(): void {
    for (const tenants of this.#ranks) for (const tenant of tenants.keys()) tenants.set(tenant, [])
    this.#byKey.clear()
    this.#sizes.fill(0)
  }

  /** Forgets the tenants of which nothing was seen. */
  tidy(): void {
    for (const tenants of this.#ranks)
      for (const [tenant, jobs] of tenants) if (jobs.length === 0) tenants.delete(tenant)
  }

  #count(rank: number, by: number): void {
    this.#sizes[rank] = (this.#sizes[rank] ?? 0) + by
  }
}

/** The first in the round of whom nothing is under way; else the first who may have more. */
function nextTenant(
  tenants: ReadonlyMap<string, readonly Entry[]>,
  running: ReadonlyMap<string, number>,
  perTenant: number,
): string | undefined {
  let second: string | undefined
  for (const [tenant, jobs] of tenants) {
    if (jobs.length === 0) continue
    const count = running.get(tenant) ?? 0
    if (count === 0) return tenant
    if (count < perTenant) second ??= tenant
  }
  return second
}
