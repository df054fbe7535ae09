import type { Problem, ProblemCode } from '../server/index.js'

const brand: unique symbol = Symbol.for('calweave.problem') as never

/** What a {@link ClientProblem} is made of. */
export interface ProblemDetails {
  readonly code: ProblemCode
  readonly remedy: Problem['remedy']
  readonly status: number
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * A call that did not work. The message is a sentence for people; it holds nothing of a calendar.
 *
 * `status` is that of HTTP; 0: no answer came, and nobody knows whether the call did anything.
 */
export class ClientProblem extends Error {
  readonly code: ProblemCode
  /** What to do next. */
  readonly remedy: Problem['remedy']
  readonly status: number
  /** How long to wait before it is tried again, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, { code, remedy, status, retryAfterMs, cause }: ProblemDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ClientProblem'
    this.code = code
    this.remedy = remedy
    this.status = status
    this.retryAfterMs = retryAfterMs
    Object.defineProperty(this, brand, { value: true })
  }
}

/** True for problems of calls, also where two copies of this package are loaded. */
export function isClientProblem(value: unknown): value is ClientProblem {
  return typeof value === 'object' && value !== null && brand in value
}

/** What an answer that is not fine says, as a problem. */
export async function problemOf(response: Response): Promise<ClientProblem> {
  const { status } = response
  const said = await readProblem(response)
  const wait = response.headers.get('retry-after')
  const retryAfterMs = wait === null ? undefined : waitMs(wait)
  return new ClientProblem(said.detail ?? said.title ?? `The server answered with status ${status}.`, {
    code: said.code ?? (status === 401 ? 'signed_out' : status >= 500 ? 'unavailable' : 'invalid_response'),
    remedy: said.remedy ?? (status >= 500 || status === 429 ? 'retry' : status === 401 ? 'sign_in' : 'give_up'),
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** A call that got no answer, or one that was cut off. */
export function unanswered(cause: unknown, signal?: AbortSignal): ClientProblem {
  if (signal?.aborted)
    return new ClientProblem('The call was cancelled.', { code: 'aborted', remedy: 'retry', status: 0, cause })
  const details = { code: 'unavailable', remedy: 'retry', status: 0, cause } as const
  return new ClientProblem('The server cannot be reached. Look at the network, then try again.', details)
}

/** What a proxy in between answers may be a page of HTML, and anything else. */
async function readProblem(response: Response): Promise<Partial<Problem>> {
  try {
    const said: unknown = await response.json()
    return typeof said === 'object' && said !== null ? said : {}
  } catch {
    return {}
  }
}

/** `Retry-After` is a number of seconds or a date. */
function waitMs(text: string): number | undefined {
  const seconds = Number(text)
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1_000
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), 3_600_000)
}
