import { digest } from '../../model/hash.js'
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

/** What is sent in the end. */
export interface Sent extends Answer {
  readonly headers?: Readonly<Record<string, string>>
  /** In the place of a body of JSON. */
  readonly text?: string
  /** Nothing is sent: the connection breaks. */
  readonly isLost?: boolean
  /** Nothing is sent, ever. */
  readonly isSilent?: boolean
}

interface Planned {
  readonly plan: FakeGoogleFaultPlan
  spared: number
  left: number
}

/** The faults that are still to come, and the pages that wait for a token of a fault. */
export class Faults {
  readonly #planned: Planned[] = []
  readonly #held = new Map<string, object>()
  readonly #given = new Map<string, Answer>()
  #count = 0

  plan(plan: FakeGoogleFaultPlan): void {
    this.#planned.push({ plan, spared: plan.after ?? 0, left: plan.times ?? 1 })
  }

  clear(): void {
    this.#planned.length = 0
  }

  /** Does what was asked, or lets go wrong what is planned. `question` is the address that was asked. */
  through(method: GoogleMethod, question: URL, work: () => Answer): Sent {
    const fault = this.#next(method)
    if (fault?.kind === 'refuse') return refused(fault)
    if (fault?.kind === 'status') return { code: fault.code, text: fault.text ?? '', ...waiting(fault.retryAfter) }
    if (fault?.kind === 'lost_request') return { code: 0, isLost: true }
    if (fault?.kind === 'silent') return { code: 0, isSilent: true }
    const before = this.#given.get(question.href)
    if (fault?.kind === 'stale' && before) return before
    const held = this.#held.get(question.searchParams.get('pageToken') ?? '')
    const answer = held ? { code: 200, body: held } : work()
    if (answer.code === 200 && answer.body && 'items' in answer.body) this.#remember(question.href, answer)
    switch (fault?.kind) {
      case 'lost_answer':
        return { ...answer, isLost: true }
      case 'late_error':
        return refused({ reason: 'backendError', ...(fault.code !== undefined && { code: fault.code }) })
      case 'cut': {
        const text = JSON.stringify(answer.body ?? {})
        return { code: answer.code, text: text.slice(0, Math.floor(text.length / 2)) }
      }
      case 'empty_page':
      case 'repeat_page':
      case 'endless_pages':
      case 'no_sync_token':
        return { ...answer, body: this.#paged(fault.kind, answer.body ?? {}) }
      default:
        return answer
    }
  }

  #next(method: GoogleMethod): FakeGoogleFault | undefined {
    for (const one of this.#planned) {
      if (one.left === 0 || (one.plan.method !== undefined && one.plan.method !== method)) continue
      if (one.spared > 0) {
        one.spared--
        continue
      }
      one.left--
      return one.plan.fault
    }
    return undefined
  }

  #paged(kind: FakeGoogleFault['kind'], body: object): object {
    const { nextSyncToken: _sync, nextPageToken: _page, ...page } = body as Record<string, unknown>
    if (kind === 'no_sync_token') return 'nextPageToken' in body ? body : page
    const nextPageToken = digest('held page', String(++this.#count))
    const shown = { ...page, ...(kind === 'empty_page' && { items: [] }), nextPageToken }
    this.#held.set(nextPageToken, kind === 'endless_pages' ? shown : body)
    return shown
  }

  #remember(question: string, answer: Answer): void {
    this.#given.set(question, answer)
    const [oldest] = this.#given.keys()
    if (this.#given.size > 100 && oldest !== undefined) this.#given.delete(oldest)
  }
}

function refused(given: { reason: GoogleRefusalReason; code?: number; message?: string; retryAfter?: string }): Sent {
  const { reason, retryAfter, ...detail } = given
  const { code, body } = new Refusal(reason, detail)
  return { code, body, ...waiting(retryAfter) }
}

function waiting(retryAfter: string | undefined): { readonly headers?: Readonly<Record<string, string>> } {
  return retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }
}
