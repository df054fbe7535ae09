import * as z from 'zod'
import type { PublishedFeeds } from '../feeds/index.js'
import { type SyncEngine, SyncError } from '../index.js'
import { type Offer, OfferSchema } from './offers.js'
import type { SignedIn } from './signed-in.js'

/** How much one user may ask of the door. */
export interface ServerLimits {
  /** Bytes of a request's body. @default 262_144 */
  readonly bodyBytes?: number
  /** Requests of one user in a minute; as many may come at once. @default 600 */
  readonly requestsPerMinute?: number
  /** Live streams that one user has open at once. @default 8 */
  readonly streamsPerUser?: number
  /** How long a sync may take that a request waits for, in milliseconds; the next one goes on. @default 20_000 */
  readonly syncMs?: number
  /** How long a time the agenda may be asked for, in days. @default 400 */
  readonly agendaDays?: number
  /** Events in one answer of the agenda. @default 20_000 */
  readonly agendaEntries?: number
  /** Events of a plan that are shown one by one. All are counted. @default 200 */
  readonly plannedEvents?: number
}

/** How live updates are sent. */
export interface LiveOptions {
  /** How often it is looked for what other processes did, while somebody listens, in milliseconds. @default 5_000 */
  readonly pollMs?: number
  /** How often a quiet stream shows that it is there, in milliseconds. @default 15_000 */
  readonly heartbeatMs?: number
  /** Messages of each user that are kept for who was away for a moment. @default 256 */
  readonly bufferSize?: number
}

/** What {@link syncHandler} needs to know. */
export interface SyncHandlerOptions {
  readonly engine: SyncEngine
  /**
   * Says who sent a request, by whatever the host goes by: a session cookie, a token. Null for nobody. Sees the request before its
   * body is read, and leaves the body alone.
   */
  readonly authenticate: (request: Request) => SignedIn | null | Promise<SignedIn | null>
  /** What the path of every address begins with. @default '/calweave' */
  readonly basePath?: string
  /**
   * Where people reach the application, e.g. `https://app.example.com`. To be set behind a proxy: requests tell the address that
   * the proxy used. @default that of each request
   */
  readonly origin?: string
  /** Other origins whose pages may call with the person's credentials. @default none */
  readonly allowedOrigins?: readonly string[]
  /** Where a sign-in may come back to: exact paths, with their query, of the same origin. The first is the default. @default ['/'] */
  readonly returnTo?: readonly string[]
  /** What people may connect. @default nothing */
  readonly offers?: readonly Offer[]
  /** Lets people publish feeds. Its `basePath` must be that of the door with `/feeds/` behind it. @default no feeds */
  readonly feeds?: PublishedFeeds
  readonly limits?: ServerLimits
  readonly live?: LiveOptions
  /** Told of errors that are none of ours, which people see as `internal`. @default nobody */
  readonly onError?: (error: unknown) => void
  /** Where the current time comes from, milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** The options with everything that has a default. */
export interface CheckedOptions
  extends Omit<Required<SyncHandlerOptions>, 'origin' | 'feeds' | 'limits' | 'live' | 'engine' | 'authenticate'> {
  readonly origin: string | undefined
  readonly limits: Required<ServerLimits>
  readonly live: Required<LiveOptions>
}

const defaultLimits: Required<ServerLimits> = {
  bodyBytes: 262_144,
  requestsPerMinute: 600,
  streamsPerUser: 8,
  syncMs: 20_000,
  agendaDays: 400,
  agendaEntries: 20_000,
  plannedEvents: 200,
}
const defaultLive: Required<LiveOptions> = { pollMs: 5_000, heartbeatMs: 15_000, bufferSize: 256 }

/** @throws SyncError `invalid_input` for options that do not fit. */
export function checkOptions(given: SyncHandlerOptions): CheckedOptions {
  const parsed = optionsSchema.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const path = ['options', ...(issue?.path ?? [])].map(String).join('.')
    throw new SyncError('invalid_input', `${path}: ${issue?.message ?? 'does not fit'}.`)
  }
  const { basePath = '/calweave', origin, allowedOrigins = [], returnTo = ['/'], offers = [] } = given
  const { onError = () => undefined, now = Date.now } = given
  return {
    basePath: basePath === '/' ? '' : basePath,
    origin,
    allowedOrigins,
    returnTo,
    offers,
    limits: { ...defaultLimits, ...given.limits },
    live: { ...defaultLive, ...given.live },
    onError,
    now,
  }
}

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text
const origin = z.string().refine(isOrigin, 'must be an origin like https://app.example.com')
const count = z.int().min(1).max(1_000_000_000)
const isFunction = z.custom((value) => typeof value === 'function', 'must be a function')
/** A path of our own origin: what a browser could take for another host is none. */
const isOwnPath = (text: string) => /^\/(?![/\\])[!-~]*$/.test(text) && !text.includes('\\')

const optionsSchema: z.ZodType<unknown> = z.strictObject({
  engine: z.custom((value) => typeof value === 'object' && value !== null && 'user' in value, 'must be a SyncEngine'),
  authenticate: isFunction,
  basePath: z
    .string()
    .regex(/^(\/|(\/[A-Za-z0-9._~-]+)+)$/, 'must be a path like /calweave, without a slash at its end')
    .exactOptional(),
  origin: origin.exactOptional(),
  allowedOrigins: z.array(origin).exactOptional(),
  returnTo: z
    .array(z.string().max(2_000).refine(isOwnPath, 'must be a path like /settings of the same origin'))
    .min(1)
    .exactOptional(),
  offers: z
    .array(OfferSchema)
    .refine((offers) => new Set(offers.map(({ id }) => id)).size === offers.length, 'two offers have one id')
    .exactOptional(),
  feeds: z.custom((value) => typeof value === 'object' && value !== null && 'handle' in value).exactOptional(),
  limits: z
    .strictObject({
      bodyBytes: count.exactOptional(),
      requestsPerMinute: count.exactOptional(),
      streamsPerUser: count.exactOptional(),
      syncMs: count.exactOptional(),
      agendaDays: count.exactOptional(),
      agendaEntries: count.exactOptional(),
      plannedEvents: count.exactOptional(),
    })
    .exactOptional(),
  live: z
    .strictObject({
      pollMs: count.exactOptional(),
      heartbeatMs: count.exactOptional(),
      bufferSize: count.exactOptional(),
    })
    .exactOptional(),
  onError: isFunction.exactOptional(),
  now: isFunction.exactOptional(),
})
