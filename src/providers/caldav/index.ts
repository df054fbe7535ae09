import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { HttpClientOptions } from '../../http/client.js'
import { isLoopback } from '../../http/trust.js'
import type { CalendarProvider } from '../provider.js'
import { caldavAccount } from './account.js'

export type { HttpClientOptions, RequestRecord } from '../../http/client.js'

/** Settings of {@link caldavProvider}. */
export interface CaldavProviderOptions extends HttpClientOptions {
  /**
   * Lets accounts use `http:` addresses beyond this machine. Passwords then travel unprotected. @default false
   */
  readonly allowHttp?: boolean
  /** How many writes may be under way at once, per account. @default 4 */
  readonly concurrentWrites?: number
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
}

/**
 * Calendars at any CalDAV server: Nextcloud, Fastmail, Cyrus, Radicale, SOGo, DAViCal, Baikal ...
 *
 * An account's settings are `{ url }`, any address of it: the server's, its DAV root's, or that of one calendar. Its
 * credentials are `{ username, password }` (often an app password) or `{ token }`, a bearer token.
 *
 * Invitations: copies of ours are written without attendees, unless the host maps them. For events that a person made,
 * the server is asked not to send replies; servers with scheduling may still inform attendees when an organizer's own
 * event is changed through CalDAV.
 *
 * @example
 * ```ts
 * import { caldavProvider } from 'calweave/providers/caldav'
 *
 * const account = caldavProvider().open({
 *   settings: { url: 'https://dav.example.com/' },
 *   credentials: { username: 'jane', password: 'app-password' },
 * })
 * const calendars = await account.listCalendars()
 * console.log(calendars.map(({ name, access }) => `${name}: ${access}`))
 * ```
 * @see RFC 4791, RFC 6578, RFC 6764
 */
export function caldavProvider(options: CaldavProviderOptions = {}): CalendarProvider {
  const { allowHttp = false, concurrentWrites = 4, now = Date.now, ...http } = options
  return {
    id: 'caldav',
    open({ settings, credentials }) {
      const { url } = validate(settingsSchema(allowHttp), settings, 'settings')
      const authorization = authorizationOf(validate(credentialsSchema, credentials, 'credentials'))
      return caldavAccount({ url: new URL(url).href, authorization, http, concurrentWrites, now })
    },
  }
}

type Credentials = z.infer<typeof credentialsSchema>

/** Header values end at a line break; a user name of the Basic scheme ends at the first colon. */
const oneLine = z
  .string()
  .min(1)
  .max(8_192)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'must be one line')

const credentialsSchema = z.union(
  [
    z.strictObject({ username: oneLine.regex(/^[^:]+$/, 'must not hold a colon'), password: oneLine }),
    z.strictObject({ token: oneLine.regex(/^[\x21-\x7e]+$/, 'must be a bearer token') }),
  ],
  { error: 'SyncEngineOptions.credentials must return { username, password } or { token }, each one line of text' },
)

function settingsSchema(allowHttp: boolean): z.ZodType<{ readonly url: string }> {
  return z.strictObject({
    url: z.string().superRefine((text, issues) => {
      const problem = problemOf(text, allowHttp)
      if (problem) issues.addIssue({ code: 'custom', message: problem })
    }),
  })
}

function problemOf(text: string, allowHttp: boolean): string | undefined {
  if (!URL.canParse(text)) return 'must be a web address like https://dav.example.com/'
  const url = new URL(text)
  if (url.username || url.password) return 'must not hold a password; give it with the credentials'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return 'must begin with https://'
  return allowHttp || isLoopback(url.hostname)
    ? undefined
    : 'must begin with https://, or the provider needs `allowHttp`'
}

/** The messages of zod name paths and expectations, never values. */
function validate<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${[name, ...issue.path].join('.')}: ${issue.message}`)
  throw new SyncError('invalid_input', `The CalDAV account cannot be opened. ${issues.join('; ')}.`)
}

function authorizationOf(credentials: Credentials): string {
  if ('token' in credentials) return `Bearer ${credentials.token}`
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`
}
