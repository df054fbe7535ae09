import type { SyncError } from '../errors.js'
import { type BreakerOptions, circuitBreaker } from './breaker.js'
import type { Budget } from './budget.js'
import type { HttpAnswer, HttpClient } from './client.js'
import { retryAfterMs } from './retry-after.js'
import type { SharedBudget } from './shared-budget.js'

/** What limits the requests of an account, besides the network. */
export interface LimitedClientOptions {
  /** @default none: every request is sent */
  readonly breaker?: boolean | BreakerOptions | undefined
  /** Every request counts for one. @default none */
  readonly budgets?: readonly Budget[] | undefined
  /** What a service that asks for rest is told to. */
  readonly shared?: SharedBudget | undefined
  readonly now: () => number
}

/** A client whose requests wait for their budget, and which leaves a service alone that is down. */
export function limitedClient(
  http: HttpClient,
  { breaker, budgets = [], shared, now }: LimitedClientOptions,
): HttpClient {
  const circuit = breaker ? circuitBreaker(breaker === true ? {} : breaker, now) : undefined
  if (!circuit && budgets.length === 0) return http
  return {
    ...(circuit ? { ready: () => circuit.check() } : {}),
    async request(request) {
      const send = async (): Promise<HttpAnswer> => {
        for (const budget of budgets) await budget.spend(1, request.signal)
        return http.request(request)
      }
      const answer = circuit ? await circuit.run(send, isDown) : await send()
      const restMs = busy.has(answer.status) ? retryAfterMs(answer.headers, now()) : undefined
      if (restMs !== undefined) shared?.rest(restMs)
      return answer
    },
  }
}

/** Tells all workers what a service said of the pace, as far as it said when. */
export function passOn(error: SyncError, shared: SharedBudget | undefined): void {
  const { code, retryAfterMs: ms } = error
  if (ms !== undefined && (code === 'rate_limited' || code === 'unavailable' || code === 'timeout')) shared?.rest(ms)
}

/** 501 and 505 say something about the request, and 507 about the account. */
function isDown({ status }: HttpAnswer): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504
}

const busy: ReadonlySet<number> = new Set([429, 503, 504])
