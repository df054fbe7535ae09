import { digest } from '../../model/hash.js'
import { FaultQueue } from '../fakes/fault-queue.js'
import { GivenAnswers } from '../fakes/given-answers.js'
import { cut, type Sent, waiting } from '../fakes/sent.js'
import type { Answer } from './call.js'
import { type MicrosoftMethod, methods } from './methods.js'
import { type MicrosoftErrorCode, Refusal } from './refusals.js'

/**
 * Something that goes wrong with a request.
 *
 * - `refuse`: Graph says no, and does nothing
 * - `status`: something in front of Graph answers, and Graph never sees the request
 * - `lost_request`: the connection breaks before Graph sees the request
 * - `silent`: nothing happens, and no answer comes until the caller gives up
 * - `lost_answer`: Graph does what was asked, and the connection breaks before the answer
 * - `late_error`: Graph does what was asked, and answers with an error all the same
 * - `cut`: the answer ends in the middle of its body
 * - `stale`: what was answered to the same question before, as a server does that lags behind
 * - `empty_page`: a page without items, with a link that leads to what should have been on it
 * - `repeat_page`: a page that comes again in the place of the next one
 * - `endless_pages`: a page whose next page is always itself
 * - `no_delta_link`: a last page without its link
 * - `spurious_removal`: a delta that tells of events that are there as if they were removed
 */
export type FakeMicrosoftFault =
  | {
      readonly kind: 'refuse'
      readonly code: MicrosoftErrorCode
      /** Where the code comes with several. */
      readonly status?: number
      readonly message?: string
      /** The value of a Retry-After header, in seconds; Graph also gives fractions. */
      readonly retryAfter?: string
    }
  | { readonly kind: 'status'; readonly code: number; readonly text?: string; readonly retryAfter?: string }
  | { readonly kind: 'silent' | 'lost_request' | 'lost_answer' | 'cut' | 'stale' | 'empty_page' | 'repeat_page' }
  | { readonly kind: 'endless_pages' | 'no_delta_link' | 'spurious_removal' }
  | { readonly kind: 'late_error'; readonly status?: number }

/** Which requests a fault meets. */
export interface FakeMicrosoftFaultPlan {
  readonly fault: FakeMicrosoftFault
  /** @default requests of every method */
  readonly method?: MicrosoftMethod
  /** How many requests. @default 1 */
  readonly times?: number
  /** How many that fit are spared first. @default 0 */
  readonly after?: number
}

/** What was asked, at which address and by whom. */
interface Asked {
  readonly method: MicrosoftMethod
  readonly question: URL
  readonly email: string
}

/** The faults that are still to come, and the pages that wait for a link of a fault. */
export class Faults {
  readonly #queue = new FaultQueue<MicrosoftMethod, FakeMicrosoftFault>()
  readonly #held = new Map<string, object>()
  readonly #given = new GivenAnswers()
  #count = 0

  plan(plan: FakeMicrosoftFaultPlan): void {
    this.#queue.plan(plan)
  }

  clear(): void {
    this.#queue.clear()
  }

  /** Does what was asked, or lets go wrong what is planned. */
  async through(asked: Asked, work: () => Answer | Promise<Answer>): Promise<Sent> {
    const { method, question } = asked
    // `/me` is somebody else for everybody.
    const name = `${asked.email} ${question.href}`
    const isReading = methods[method].verb === 'GET'
    const fault = this.#queue.next(method)
    if (fault?.kind === 'refuse') throw refusalOf(fault)
    if (fault?.kind === 'status') return { code: fault.code, text: fault.text ?? '', ...waiting(fault.retryAfter) }
    if (fault?.kind === 'lost_request') return { code: 0, isLost: true }
    if (fault?.kind === 'silent') return { code: 0, isSilent: true }
    const before = isReading ? this.#given.of(name) : undefined
    if (fault?.kind === 'stale' && before) return before
    const held = this.#held.get(question.searchParams.get('$skiptoken') ?? '')
    const answer = held ? { code: 200, body: held } : await work()
    if (answer.code === 200 && isReading) this.#given.keep(name, answer)
    switch (fault?.kind) {
      case 'lost_answer':
        return { ...answer, isLost: true }
      case 'late_error':
        throw new Refusal('ErrorInternalServerTransientError', { ...(fault.status && { status: fault.status }) })
      case 'cut':
        return cut(answer)
      case 'empty_page':
      case 'repeat_page':
      case 'endless_pages':
      case 'no_delta_link':
        return { ...answer, body: this.#paged(fault.kind, question, answer.body ?? {}) }
      case 'spurious_removal':
        return { ...answer, body: removedAll(answer.body ?? {}) }
      default:
        return answer
    }
  }

  /** Whether a token is one of a fault's own. */
  holds(token: string): boolean {
    return this.#held.has(token)
  }

  #paged(kind: FakeMicrosoftFault['kind'], question: URL, body: object): object {
    const { '@odata.deltaLink': _delta, '@odata.nextLink': _next, ...page } = body as Record<string, unknown>
    if (kind === 'no_delta_link') return '@odata.nextLink' in body ? body : page
    const token = digest('held page', String(++this.#count))
    const nextLink = { '@odata.nextLink': `${question.origin}${question.pathname}?$skiptoken=${token}` }
    const shown = { ...page, ...(kind === 'empty_page' && { value: [] }), ...nextLink }
    this.#held.set(token, kind === 'endless_pages' ? shown : body)
    return shown
  }
}

/** The same ids, as if all of them were gone. */
function removedAll(body: object): object {
  const { value = [] } = body as { readonly value?: readonly { readonly id: string }[] }
  return { ...body, value: value.map(({ id }) => ({ id, '@removed': { reason: 'deleted' } })) }
}

function refusalOf({ code, status, message, retryAfter }: FakeMicrosoftFault & { readonly kind: 'refuse' }): Refusal {
  return new Refusal(code, {
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
