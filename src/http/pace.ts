import pLimit from 'p-limit'
import { isSyncError } from '../errors.js'

/** Lets only so many calls be under way at once as a service bears. */
export interface Pace {
  /** @param wasTooMuch - whether an answer asks for fewer calls, such as a 429 */
  run<T>(work: () => Promise<T>, wasTooMuch?: (result: T) => boolean): Promise<T>
}

/**
 * A pace that finds out by itself how much a service bears, since none says so. How long an answer takes beyond the
 * fastest one tells how many calls wait in line at the service: with hardly any more go out at once, with several fewer,
 * because they would only wait there. A call that fails, or is answered that it was too much, halves the number.
 *
 * A call that gets no answer at all while others do allows one fewer, and for long no more than that: a server that has
 * a process for each connection lets those beyond its processes wait until one of them is closed.
 *
 * Calls have to be of one kind, or the quick ones would make the others look slow.
 *
 * @param most - so many are never exceeded
 * @see Brakmo, Peterson: TCP Vegas (1995), whose rule this is
 */
export function adaptivePace(most: number, now: () => number = () => performance.now()): Pace {
  let allowed = Math.min(beginning, most)
  let ceiling = most
  let fastest = Number.POSITIVE_INFINITY
  let answered = 0
  const underWay = new Set<Call>()
  const limit = pLimit(allowed)
  const allow = (count: number): void => {
    allowed = Math.min(ceiling, Math.max(1, count))
    limit.concurrency = Math.floor(allowed)
  }
  const learn = (ms: number): void => {
    // A service that has become slower for good is believed in the end.
    fastest = Math.min(fastest * aging, ms)
    const waiting = allowed * (1 - Math.min(1, (fastest + slackMs) / Math.max(ms, 1)))
    // One step after as many answers as are allowed now, so that each step shows before the next.
    const isOvertaken = isAnyOvertaken()
    if (waiting > manyWaiting) allow(allowed - 1 / allowed)
    else if (waiting < fewWaiting && !isOvertaken) {
      ceiling = Math.min(most, ceiling + 1 / (forgetting * allowed))
      allow(allowed + 1 / allowed)
    }
  }
  const isAnyOvertaken = (): boolean => {
    let isAny = false
    for (const call of underWay) {
      const rounds = (answered - call.answeredBefore) / allowed
      if (rounds <= overtakenRounds) break // the oldest come first
      isAny = true
      if (call.isStuck || rounds <= stuckRounds || now() - call.began <= stuckMs) continue
      call.isStuck = true
      ceiling = Math.max(1, Math.floor(allowed) - 1)
      allow(ceiling)
    }
    return isAny
  }
  return {
    run: (work, wasTooMuch) =>
      limit(async () => {
        const call: Call = { began: now(), answeredBefore: answered, isStuck: false }
        underWay.add(call)
        try {
          const result = await work()
          underWay.delete(call)
          answered++
          if (wasTooMuch?.(result)) allow(allowed / 2)
          else learn(now() - call.began)
          return result
        } catch (error) {
          underWay.delete(call)
          // What its caller cancelled says nothing about the service.
          if (!isSyncError(error, 'aborted')) allow(allowed / 2)
          throw error
        }
      }),
  }
}

interface Call {
  readonly began: number
  readonly answeredBefore: number
  isStuck: boolean
}

const beginning = 4
const fewWaiting = 2
const manyWaiting = 4
const aging = 1.0005
/** Differences below this say nothing about a service: the clock, the garbage collector, the network. */
const slackMs = 10
/** While so many rounds of others overtake a call, nothing more goes out. Counted, not timed: we pause, too. */
const overtakenRounds = 3
/** A call that so many rounds overtook, for so long, has not begun to be answered. */
const stuckRounds = 10
const stuckMs = 2_000
/** After so many rounds without one, one more call may try. */
const forgetting = 1_000
