import { digest } from '../../model/hash.js'
import { FaultQueue } from '../fakes/fault-queue.js'
import { GivenAnswers } from '../fakes/given-answers.js'
import { cut, type Sent, waiting } from '../fakes/sent.js'
import type { Answer } from './call.js'
import type { GoogleMethod } from './methods.js'
import { type GoogleRefusalReason, Refusal } from './refusals.js'

/**
 * Something that goes wrong with a request.
 *
 * - `refuse`: Google says no, and does nothing
 * - `status`: something in front of Google answers, and Google never sees the request
 * - `lost_request`: the connection breaks before Google sees the request
 * - `silent`: nothing happens, and no answer comes until the caller gives up
 * - `lost_answer`: Google does what was asked, and the connection breaks before the answer
 * - `late_error`: Google does what was asked, and answers with an error all the same
 * - `cut`: the answer ends in the middle of its body
 * - `stale`: the list that was given to the same question before, as a server does that lags behind
 * - `empty_page`: a page without items, with a token that leads to what should have been on it
 * - `repeat_page`: a page that comes again in the place of the next one
 * - `endless_pages`: a page whose next page is always itself
 * - `no_sync_token`: a last page without its token
 */
export type FakeGoogleFault =
  | {
      readonly kind: 'refuse'
      readonly reason: GoogleRefusalReason
      /** Where a reason comes with several codes: `rateLimitExceeded` with 403 and 429. */
      readonly code?: number
      readonly message?: string
      /** The value of a Retry-After header. Google does not promise one. */
      readonly retryAfter?: string
    }
  | { readonly kind: 'status'; readonly code: number; readonly text?: string; readonly retryAfter?: string }
  | { readonly kind: 'silent' | 'lost_request' | 'lost_answer' | 'cut' | 'stale' | 'empty_page' | 'repeat_page' }
  | { readonly kind: 'endless_pages' | 'no_sync_token' }
  | { readonly kind: 'late_error'; readonly code?: number }

/** Which requests a fault meets. */
export interface FakeGoogleFaultPlan {
  readonly fault: FakeGoogleFault
  /** @default requests of every method */
  readonly method?: GoogleMethod
  /** How many requests. @default 1 */
  readonly times?: number
  /** How many that fit are spared first. @default 0 */
  readonly after?: number
}

/** The faults that are still to come, and the pages that wait for a token of a fault. */
export class Faults {
  readonly #queue = new FaultQueue<GoogleMethod, FakeGoogleFault>()
  readonly #held = new Map<string, object>()
  readonly #given = new GivenAnswers()
  #count = 0

  plan(plan: FakeGoogleFaultPlan): void {
    this.#queue.plan(plan)
  }

  clear(): void {
    this.#queue.clear()
  }

  /** Does what was asked, or lets go wrong what is planned. `question` is the address that was asked. */
  through(method: GoogleMethod, question: URL, work: () => Answer): Sent {
    const fault = this.#queue.next(method)
    if (fault?.kind === 'refuse') return refused(fault)
    if (fault?.kind === 'status') return { code: fault.code, text: fault.text ?? '', ...waiting(fault.retryAfter) }
    if (fault?.kind === 'lost_request') return { code: 0, isLost: true }
    if (fault?.kind === 'silent') return { code: 0, isSilent: true }
    const before = this.#given.of(question.href)
    if (fault?.kind === 'stale' && before) return before
    const held = this.#held.get(question.searchParams.get('pageToken') ?? '')
    const answer = held ? { code: 200, body: held } : work()
    if (answer.code === 200 && answer.body && 'items' in answer.body) this.#given.keep(question.href, answer)
    switch (fault?.kind) {
      case 'lost_answer':
        return { ...answer, isLost: true }
      case 'late_error':
        return refused({ reason: 'backendError', ...(fault.code !== undefined && { code: fault.code }) })
      case 'cut':
        return cut(answer)
      case 'empty_page':
      case 'repeat_page':
      case 'endless_pages':
      case 'no_sync_token':
        return { ...answer, body: this.#paged(fault.kind, answer.body ?? {}) }
      default:
        return answer
    }
  }

  #paged(kind: FakeGoogleFault['kind'], body: object): object {
    const { nextSyncToken: _sync, nextPageToken: _page, ...page } = body as Record<string, unknown>
    if (kind === 'no_sync_token') return 'nextPageToken' in body ? body : page
    const nextPageToken = digest('held page', String(++this.#count))
    const shown = { ...page, ...(kind === 'empty_page' && { items: [] }), nextPageToken }
    this.#held.set(nextPageToken, kind === 'endless_pages' ? shown : body)
    return shown
  }
}

function refused(given: { reason: GoogleRefusalReason; code?: number; message?: string; retryAfter?: string }): Sent {
  const { reason, retryAfter, ...detail } = given
  const { code, body } = new Refusal(reason, detail)
  return { code, body, ...waiting(retryAfter) }
}
