/** How much a service allows: so many units in any stretch of time that is so long. */
export interface Allowance {
  readonly units: number
  readonly windowMs: number
}

/** What a worker asks a {@link LimitStore} for. */
export interface LimitRequest {
  /** Whose budget: an app's or an account's. At most 200 characters; holds no name of a person. */
  readonly key: string
  readonly allowance: Allowance
  /** Names the worker. Another one after a restart. */
  readonly worker: string
  /** So many are needed now; fewer are of no use. */
  readonly least: number
  /** So many would be taken along, for what comes next. */
  readonly most: number
  /**
   * What is asked for is more than a fair share: it is given only as long as half of what may go at once stays left for
   * those who ask for their share.
   */
  readonly spare: boolean
  /** How many tenants have had something to do at this worker lately. */
  readonly active: number
  /** A wait that is longer is not reserved. */
  readonly longestWaitMs: number
  /** How many requests the service takes at the same time, where it counts them, over all workers. */
  readonly lanes?: number
}

/** What a worker may spend. */
export interface LimitGrant {
  /** 0: nothing now; ask again after {@link afterMs}. */
  readonly units: number
  /** From when on they may be spent, in milliseconds from now; for {@link grantLifeMs} after that. */
  readonly afterMs: number
  /** The service asked everybody to wait so long. */
  readonly resting: boolean
  /** How many workers have asked for this key lately, this one included; at least 1. */
  readonly workers: number
  /** How many tenants have had something to do at all of them; at least 1. */
  readonly active: number
  /** So many requests may be under way at this worker; 0 with `units: 0` where others have all of them. */
  readonly lanes?: number
}

/**
 * Where workers agree about what they spend together. `storageLimits` keeps it in any storage, `limiterLimits` in what an
 * established limiter library offers.
 *
 * What must hold: over all workers no more is granted for any window than {@link Allowance} says, less what each may spend
 * without asking ({@link pocketShare}), however many ask at once; and a worker that dies costs no more than what it was
 * granted. A store may refuse to answer (any rejection): workers then keep to their share of what is allowed.
 */
export interface LimitStore {
  take(request: LimitRequest): Promise<LimitGrant>
  /** Tells all workers to leave a key alone for so long. Never shortens what was told before. */
  rest(key: string, ms: number): Promise<void>
}

/** So long what is granted may be spent. Who is slower asks again, so that whatever is told there is heard. */
export const grantLifeMs = 3_000

/** In the line somebody may be given so much time's worth at once: not every single request is a question then. */
export const sliceMs = 1_000

/** So far the clocks of two workers may be apart, in all. */
export const mostSkewMs = 4_000

/**
 * This part of an allowance is never granted by a store: workers spend it without asking, all together, so that a sync that
 * finds nothing new costs no question.
 */
export const pocketShare = 0.08

/** How many units may go at once: a sixth of what is allowed. */
export function burstOf({ units }: Allowance): number {
  return (units * (1 - pocketShare)) / 6
}

/**
 * How long a unit takes to come back: so long that burst and what comes after it stay within the allowance, although a grant
 * may be spent a little later or earlier than its turn, and although clocks differ.
 */
export function msPerUnit(allowance: Allowance): number {
  return (allowance.windowMs + grantLifeMs + sliceMs + mostSkewMs) / (burstOf(allowance) * 5)
}
