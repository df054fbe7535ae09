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
 * because they would only wait there. Until the first one waits, the number grows fast. A call that fails, or is answered that it was too much, halves the number.
 *
 * Calls have to be of one kind, or the quick ones would make the others look slow.
 *
 * @param most - so many are never exceeded
 * @see Brakmo, Peterson: TCP Vegas (1995), whose rule this is
 */
export function adaptivePace(most: number, now: () => number = () => performance.now()): Pace {
  let allowed = Math.min(beginning, most)
  let fastest = Number.POSITIVE_INFINITY
  let isUnknown = true
  const limit = pLimit(allowed)
  const allow = (count: number): void => {
    allowed = Math.min(most, Math.max(1, count))
    limit.concurrency = Math.floor(allowed)
  }
  const learn = (ms: number): void => {
    // A service that has become slower for good is believed in the end.
    fastest = Math.min(fastest * aging, ms)
    const waiting = allowed * (1 - Math.min(1, (fastest + slackMs) / Math.max(ms, 1)))
    if (waiting >= fewWaiting) isUnknown = false
    // One step after as many answers as are allowed now, so that each step shows before the next; half as many again
    // while nothing has ever waited.
    if (waiting < fewWaiting) allow(allowed + (isUnknown ? 0.5 : 1 / allowed))
    else if (waiting > manyWaiting) allow(allowed - 1 / allowed)
  }
  const halve = (): void => {
    isUnknown = false
    allow(allowed / 2)
  }
  return {
    run: (work, wasTooMuch) =>
      limit(async () => {
        const began = now()
        try {
          const result = await work()
          if (wasTooMuch?.(result)) halve()
          else learn(now() - began)
          return result
        } catch (error) {
          // What its caller cancelled says nothing about the service.
          if (!isSyncError(error, 'aborted')) halve()
          throw error
        }
      }),
  }
}

const beginning = 4
const fewWaiting = 2
const manyWaiting = 4
const aging = 1.0005
/** Differences below this say nothing about a service: the clock, the garbage collector, the network. */
const slackMs = 10
