import { SyncError } from '../errors.js'
import type { UserId } from '../model/ids.js'
import type { Lease, Storage } from '../storage/storage.js'
import type { Engine } from './engine.js'

/** A lease that is renewed on the way and given back at the end. */
export interface HeldLease {
  /**
   * The lease, renewed when half of its time has passed.
   * @throws SyncError `lease_lost` when someone else holds it now.
   */
  fresh(): Promise<Lease>
}

/** Works under a lease. Undefined: someone else holds it, and nothing was done. */
export async function withLease<T>(
  engine: Engine,
  user: UserId,
  key: string,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T | undefined> {
  const first = await engine.storage.claim(user, key, engine.newHolder(), engine.leaseMs, engine.now())
  if (!first) return undefined
  const held = new Renewing(engine, user, first)
  try {
    return await work(held)
  } finally {
    await giveBack(engine.storage, user, held.current)
  }
}

class Renewing implements HeldLease {
  current: Lease
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId, lease: Lease) {
    this.#engine = engine
    this.#user = user
    this.current = lease
  }

  async fresh(): Promise<Lease> {
    const { storage, leaseMs, now } = this.#engine
    if (this.current.expiresAt - now() > leaseMs / 2) return this.current
    const { key, owner, token } = this.current
    // Past its time somebody may have had it and be through with it, and even have forgotten that there was one.
    if (this.current.expiresAt <= now()) await storage.commit(this.#user, { changes: [], leases: [this.current] })
    const renewed = await storage.claim(this.#user, key, owner, leaseMs, now())
    // Our own lease back under a new token: someone held it in between, and may have changed everything.
    if (!renewed || renewed.token !== token)
      throw new SyncError('lease_lost', 'Another worker took over this sync; it goes on there.')
    this.current = renewed
    return renewed
  }
}

/** A lease that cannot be given back runs out by itself. */
async function giveBack(storage: Storage, user: UserId, lease: Lease): Promise<void> {
  try {
    await storage.release(user, lease)
  } catch {
    // Nothing depends on it: the next claim waits until it has expired.
  }
}
