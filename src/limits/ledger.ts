import {
  type Allowance,
  burstOf,
  grantLifeMs,
  type LimitGrant,
  type LimitRequest,
  mostSkewMs,
  msPerUnit,
  sliceMs,
} from '../http/limit-store.js'

/** What is known of one key. */
export interface Ledger {
  /** When everything that was granted so far is paid for, milliseconds since 1970. */
  readonly paidAt: number
  /** The service asked everybody to wait until then. */
  readonly notBefore: number
  /** The workers that asked lately. */
  readonly workers: Readonly<Record<string, Seen>>
}

/** One worker. */
export interface Seen {
  readonly at: number
  readonly active: number
  /** How many requests it may have under way, and until when. */
  readonly lanes?: number
  readonly lanesUntil?: number
}

/** Nothing was granted yet. */
export const emptyLedger: Ledger = { paidAt: 0, notBefore: 0, workers: {} }

/** What a request makes of a ledger. `isNews` is false where nothing in it has to be written down. */
export interface Entry {
  readonly ledger: Ledger
  readonly grant: LimitGrant
  readonly isNews: boolean
}

/**
 * Grants what may be granted. Pure.
 *
 * A sixth of what is allowed may go at once, the rest comes evenly. It comes so slowly that the bound holds although a grant
 * may be spent a little later than it was made, and although clocks differ: in any window of `windowMs` at most
 * `burst + (windowMs + slackMs) / msPerUnit` units are spent, and that is what is allowed.
 *
 * Those who ask for their share get a place in the line, so nobody is overtaken for ever. Those who ask for more get what
 * is left now, or nothing: a place in the line would eat what is kept for the others.
 *
 * @see ITU-T I.371, the generic cell rate algorithm
 */
export function enter(ledger: Ledger, request: LimitRequest, now: number): Entry {
  const { worker, lanes: most } = request
  const known = believable(ledger, request.allowance, now)
  const workers = recent(known.workers, now)
  const lanes = most === undefined ? undefined : lanesFor(worker, workers, most, now)
  const grant = granted(known, request, now, lanes)
  const before = workers[worker]
  const seen: Seen = { at: now, active: request.active, ...held(grant, lanes, before, now) }
  const all = { ...workers, [worker]: seen }
  const paidAt = grant.units === 0 ? known.paidAt : paidAfter(known, request.allowance, grant.units, now)
  const isStale = before === undefined || now - before.at > 1_000 || before.lanes !== seen.lanes
  return {
    ledger: { paidAt, notBefore: known.notBefore, workers: all },
    grant: {
      ...grant,
      workers: Object.keys(all).length,
      active: Math.max(
        1,
        Object.values(all).reduce((sum, { active }) => sum + active, 0),
      ),
      ...(lanes === undefined ? {} : { lanes }),
    },
    isNews: grant.units > 0 || isStale,
  }
}

/** After this a ledger says nothing any more. */
export function endOf({ paidAt, notBefore, workers }: Ledger): number {
  const last = Math.max(0, ...Object.values(workers).map(({ at }) => at))
  return Math.max(paidAt, notBefore, last + workerLifeMs)
}

/** So long a worker counts as being there. */
export const workerLifeMs = 90_000

/** So long a worker's requests may be under way, if it asks for nothing more: longer than what it was granted lives. */
const laneLifeMs = 10_000

const hourMs = 3_600_000

/** A clock that was an hour ahead must not stop everybody for an hour. */
function believable(ledger: Ledger, { windowMs }: Allowance, now: number): Ledger {
  return {
    ...ledger,
    paidAt: Math.min(ledger.paidAt, now + windowMs + mostSkewMs),
    notBefore: Math.min(ledger.notBefore, now + hourMs + mostSkewMs),
  }
}

function recent(workers: Ledger['workers'], now: number): Ledger['workers'] {
  return Object.fromEntries(
    Object.entries(workers).filter(([, { at }]) => at > now - workerLifeMs && at < now + workerLifeMs),
  )
}

function paidAfter(ledger: Ledger, allowance: Allowance, units: number, now: number): number {
  return Math.max(now, ledger.paidAt) + units * msPerUnit(allowance)
}

/** Whoever waits for lanes is seen by those who have them. What is under way goes on where nothing new is granted. */
function held(
  { units, afterMs }: Granted,
  lanes: number | undefined,
  before: Seen | undefined,
  now: number,
): Pick<Seen, 'lanes' | 'lanesUntil'> {
  if (lanes === undefined) return {}
  if (units > 0) return { lanes, lanesUntil: now + afterMs + laneLifeMs }
  const { lanes: still = 0, lanesUntil = 0 } = before ?? {}
  return lanesUntil > now ? { lanes: still, lanesUntil } : { lanes: 0, lanesUntil: now + laneLifeMs }
}

type Granted = Pick<LimitGrant, 'units' | 'afterMs' | 'resting'>

function granted(ledger: Ledger, request: LimitRequest, now: number, lanes: number | undefined): Granted {
  if (ledger.notBefore > now) return { units: 0, afterMs: ledger.notBefore - now, resting: true }
  if (lanes === 0) return { units: 0, afterMs: grantLifeMs / 3, resting: false }
  const { allowance, least, spare, longestWaitMs } = request
  const ms = msPerUnit(allowance)
  const burst = burstOf(allowance)
  const debt = Math.max(0, ledger.paidAt - now)
  if (spare) {
    const room = (burst / 2) * ms - debt
    // What is larger than all that is kept for it goes when nothing is owed.
    const fits = least > burst / 2 ? debt === 0 : least * ms <= room
    if (!fits) return { units: 0, afterMs: Math.max(1, Math.min(debt, least * ms - room)), resting: false }
    return { units: Math.max(least, Math.floor(Math.min(request.most, room / ms))), afterMs: 0, resting: false }
  }
  const afterMs = Math.max(0, debt + (least - burst) * ms)
  if (afterMs > longestWaitMs) return { units: 0, afterMs, resting: false }
  const atOnce = Math.floor(burst - debt / ms)
  const soon = least + Math.floor(sliceMs / ms)
  return { units: Math.max(least, Math.min(request.most, Math.max(atOnce, soon))), afterMs, resting: false }
}

/** What others do not have, and no more than a fair part where several want some. */
function lanesFor(worker: string, workers: Ledger['workers'], most: number, now: number): number {
  const others = Object.entries(workers).filter(
    ([id, { lanesUntil = 0 }]) => id !== worker && lanesUntil + mostSkewMs / 2 > now,
  )
  const taken = others.reduce((sum, [, { lanes = 0 }]) => sum + lanes, 0)
  const fair = Math.max(1, Math.floor(most / (others.length + 1)))
  return Math.max(0, Math.min(fair, most - taken))
}
