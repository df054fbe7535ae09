import { type Allowance, burstOf, msPerUnit } from './limit-store.js'

/** One of those who share a budget, as this worker knows it. */
export interface Tenant {
  /** What it may still spend of its share. */
  tokens: number
  /** When that was counted. */
  at: number
  /** When it last wanted something. */
  askedAt: number
  /** How much it was given beyond its share, compared with the others: whoever has least is next. */
  served: number
}

/** Tells who asks for a fair share of a budget, and who for more. */
export interface FairShare {
  /** The tenant of this name; what it asks for is noted. */
  tenant(name: string): Tenant
  /** Takes units out of a tenant's share. False: it would be more than that, and nothing was taken. */
  isWithin(tenant: Tenant, units: number): boolean
  /** How many tenants have asked lately at this worker. */
  active(): number
  /** How many have asked at all workers. */
  learn(active: number): void
}

/**
 * A share is the budget divided by those who ask for some of it at the time. Who asked for nothing for a while has up to
 * twenty seconds' worth of it at once, so that one sync does not have to wait inside of a share. All shares together are a
 * little less than what comes, so that whoever keeps to its share does not wait for the others.
 */
export function fairShare(allowance: Allowance, now: () => number): FairShare {
  const perMs = 0.9 / msPerUnit(allowance)
  const tenants = new Map<string, Tenant>()
  let everywhere = 1
  let sweptAt = now()

  const lately = (): number => {
    let count = 0
    for (const { askedAt } of tenants.values()) if (askedAt > now() - activeMs) count++
    return count
  }
  const rate = (): number => perMs / Math.max(1, everywhere)
  const most = (): number => Math.max(fewest, Math.min(burstOf(allowance) / 4, rate() * savingMs))

  function sweep(): void {
    if (now() - sweptAt < keptMs) return
    sweptAt = now()
    for (const [name, { askedAt }] of tenants) if (askedAt < now() - keptMs) tenants.delete(name)
  }

  return {
    tenant(name) {
      sweep()
      const known = tenants.get(name)
      if (known) {
        known.askedAt = now()
        return known
      }
      const fresh = { tokens: most(), at: now(), askedAt: now(), served: 0 }
      tenants.set(name, fresh)
      return fresh
    },
    isWithin(tenant, units) {
      const passed = Math.max(0, now() - tenant.at)
      tenant.tokens = Math.min(most(), tenant.tokens + passed * rate())
      tenant.at = now()
      if (tenant.tokens < units) return false
      tenant.tokens -= units
      return true
    },
    active: lately,
    learn(active) {
      everywhere = Math.max(active, lately(), 1)
    },
  }
}

const activeMs = 10_000
const savingMs = 20_000
const keptMs = 60_000
/** A sync that finds nothing new, whatever the shares are. */
const fewest = 4
