import { errorCodes, isSyncError, type Remedy, SyncError, type SyncErrorCode } from '../index.js'

/** What the door itself says no with. */
export type DoorCode =
  | 'signed_out'
  | 'not_allowed'
  | 'no_such_route'
  | 'unknown_id'
  | 'method_not_allowed'
  | 'not_json'
  | 'too_large'
  | 'cross_site'
  | 'too_many_requests'
  | 'too_many_streams'
  | 'internal'

/** What went wrong, in one word. */
export type ProblemCode = SyncErrorCode | DoorCode

/** The body of every answer that is no success, as `application/problem+json` (RFC 9457). */
export interface Problem {
  /** `urn:calweave:` and the code. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** What happened and what to do next, in a sentence. Holds no content of a calendar. */
  readonly detail: string
  readonly code: ProblemCode
  /** What to do. */
  readonly remedy: Remedy | 'sign_in'
  /** Short machine-readable detail. */
  readonly reason?: string
  /** What of the body does not fit, as a JSON pointer (RFC 6901). */
  readonly pointer?: string
  /** How long to wait, in milliseconds. */
  readonly retryAfterMs?: number
}

/** A body or a query that does not fit. */
export class Misfit extends Error {
  readonly detail: string
  readonly pointer: string | undefined

  /** @param what - what the sentence calls it, e.g. `body` */
  constructor(what: string, path: readonly PropertyKey[], message: string) {
    super('misfit')
    this.detail = `${[what, ...path].map(String).join('.').slice(0, 500)}: ${message.slice(0, 500)}.`
    this.pointer = what === 'query' ? undefined : path.map(pointed).join('').slice(0, 500)
  }
}

function pointed(key: PropertyKey): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** A no of the door. */
export class Refusal extends Error {
  readonly code: DoorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(code: DoorCode, headers: Readonly<Record<string, string>> = {}) {
    super(code)
    this.code = code
    this.headers = headers
  }
}

const refusals: {
  readonly [Code in DoorCode]: {
    readonly status: number
    readonly remedy: Problem['remedy']
    readonly title: string
    readonly detail: string
  }
} = {
  signed_out: {
    status: 401,
    remedy: 'sign_in',
    title: 'Signed out',
    detail: 'Nobody is signed in. Sign in to the application, and try again.',
  },
  not_allowed: {
    status: 403,
    remedy: 'give_up',
    title: 'Not allowed',
    detail: 'Only operators of the application may see this.',
  },
  no_such_route: { status: 404, remedy: 'give_up', title: 'Not found', detail: 'There is nothing at this address.' },
  unknown_id: {
    status: 404,
    remedy: 'refetch',
    title: 'Not found',
    detail: 'You have nothing of this id. It may be gone: read the list anew.',
  },
  method_not_allowed: {
    status: 405,
    remedy: 'fix_input',
    title: 'Method not allowed',
    detail: 'This address takes other methods, see the Allow header.',
  },
  not_json: {
    status: 415,
    remedy: 'fix_input',
    title: 'Not JSON',
    detail: 'Send the body as JSON, with the content type application/json.',
  },
  too_large: { status: 413, remedy: 'fix_input', title: 'Too large', detail: 'The body is larger than is taken here.' },
  cross_site: {
    status: 403,
    remedy: 'fix_input',
    title: 'From another site',
    detail:
      'Requests that change something carry the header "x-calweave: 1", and come from a page of this application.',
  },
  too_many_requests: {
    status: 429,
    remedy: 'retry',
    title: 'Too many requests',
    detail: 'You asked very often within a minute. Wait a little.',
  },
  too_many_streams: {
    status: 429,
    remedy: 'retry',
    title: 'Too many streams',
    detail: 'Very many live streams of yours are open already. Close some, or ask now and then instead.',
  },
  internal: {
    status: 500,
    remedy: 'retry',
    title: 'Unexpected error',
    detail: 'Something unexpected went wrong. Nothing is known to be lost; try again later.',
  },
}

const statuses: { readonly [Code in SyncErrorCode]: number } = {
  auth_expired: 409,
  forbidden: 409,
  not_found: 404,
  calendar_gone: 410,
  not_a_calendar: 422,
  revision_mismatch: 409,
  already_exists: 409,
  cursor_expired: 503,
  rate_limited: 503,
  unavailable: 503,
  timeout: 504,
  invalid_response: 502,
  event_refused: 422,
  invalid_event: 422,
  limit_exceeded: 422,
  not_icalendar: 422,
  invalid_input: 400,
  unsupported: 422,
  stale_version: 409,
  lease_lost: 503,
  storage_foreign: 503,
  storage_newer: 503,
  storage_failed: 503,
  paused: 409,
  aborted: 503,
}

/** Codes whose message speaks to whoever runs the application, and not to its users. */
const forOperators: ReadonlySet<SyncErrorCode> = new Set(['storage_foreign', 'storage_newer', 'storage_failed'])

/** What may be told of an error. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { status, remedy, title, detail } = refusals[error.code]
    return { type: `urn:calweave:${error.code}`, title, status, detail, code: error.code, remedy }
  }
  if (error instanceof Misfit) {
    const { detail, pointer } = error
    const told = problemOf(new SyncError('invalid_input', detail))
    return pointer === undefined ? told : { ...told, pointer }
  }
  if (!isSyncError(error)) return problemOf(new Refusal('internal'))
  const { code, reason, message, retryAfterMs } = error
  if (reason === 'UNKNOWN_ID') return problemOf(new Refusal('unknown_id'))
  return {
    type: `urn:calweave:${code}`,
    title: `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('_', ' ')}`,
    status: statuses[code],
    detail: forOperators.has(code) ? 'What is kept cannot be read or written now. Try again later.' : message,
    code,
    remedy: errorCodes[code].remedy,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** The answer to a request that failed. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error)
  const headers = new Headers(error instanceof Refusal ? error.headers : {})
  headers.set('content-type', 'application/problem+json')
  if (problem.retryAfterMs !== undefined && !headers.has('retry-after'))
    headers.set('retry-after', String(Math.ceil(problem.retryAfterMs / 1_000)))
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
