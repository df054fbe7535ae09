import * as z from 'zod'
import { SyncError } from '../../errors.js'
import { allowedHosts } from '../../http/allowed-hosts.js'
import { type HttpClientOptions, httpClient, watchedBy } from '../../http/client.js'
import { checkAddress } from '../../http/trust.js'
import type { IcalLimits } from '../../ical/limits.js'
import { validate } from '../opening.js'
import type { AccountAccess, CalendarProvider } from '../provider.js'
import { icsAccount } from './account.js'
import { fileSource, httpSource, type IcsCredentials, type ReadFile, type Source, textSource } from './client.js'

export type { HttpClientOptions, RequestRecord } from '../../http/client.js'
export type { IcalLimits } from '../../ical/limits.js'
export type { ReadFile } from './client.js'

/** Settings of {@link icsProvider}. */
export interface IcsProviderOptions extends HttpClientOptions {
  /**
   * Reads a file, for settings with a `file:` address. Absent: such addresses are refused, as they must be where
   * accounts are opened with addresses from strangers.
   */
  readonly read?: ReadFile
  /** How much is read before a calendar is refused. */
  readonly limits?: Partial<IcalLimits>
}

/**
 * Calendar files (.ics) at an address, in a file or given as text. Read only.
 *
 * Settings are `{ url }` (`https:`, `webcal:`, `http:` where the app names the host in `allowedHosts`, or `file:` with
 * the `read` option) or `{ text }`. Credentials are left out, or `{ username, password }` or `{ token }` for an address.
 *
 * A file that has not changed costs one conditional request; where the server knows no such thing, its content is
 * compared. A changed file is a complete listing: what is not in it any more was removed.
 *
 * @example
 * ```ts
 * import { icsProvider } from 'calweave/providers/ics'
 *
 * const account = icsProvider().open({ settings: { url: 'webcal://example.com/holidays.ics' }, credentials: undefined })
 * const calendars = await account.listCalendars()
 * console.log(calendars[0]?.name)
 * ```
 */
export function icsProvider(options: IcsProviderOptions = {}): CalendarProvider {
  const { read, limits = {}, ...http } = options
  const isAllowed = allowedHosts(http.allowedHosts)
  return {
    id: 'ics',
    open({ settings, credentials, onRequest }) {
      const checked = validate(settingsSchema, settings, 'settings', 'calendar file')
      return icsAccount(sourceOf(checked, credentials, onRequest), limits)
    },
  }

  function sourceOf(settings: Settings, credentials: unknown, onRequest: AccountAccess['onRequest']): Source {
    if ('text' in settings) return textSource(settings.text)
    const url = new URL(settings.url.replace(/^webcals?:/i, 'https:'))
    if (url.protocol !== 'file:') {
      checkAddress(url, isAllowed)
      const checked = validate(credentialsSchema, credentials ?? null, 'credentials', 'calendar file')
      return httpSource(httpClient(watchedBy(http, onRequest)), url.href, checked)
    }
    if (!read) {
      throw new SyncError('invalid_input', 'settings.url: file addresses need the `read` option of the ICS provider.')
    }
    return fileSource(read, decodeURIComponent(url.pathname), url.href)
  }
}

type Settings = z.infer<typeof settingsSchema>

const settingsSchema = z.union([
  z.strictObject({
    url: z.string().refine(isAddress, 'must be an https:, http:, webcal: or file: address without a password'),
  }),
  z.strictObject({ text: z.string() }),
])

/** Header values end at a line break; a user name of the Basic scheme ends at the first colon. */
const credentialsSchema: z.ZodType<IcsCredentials> = z.union([
  z.null(),
  z.strictObject({ username: z.string().regex(/^[^:\r\n]+$/), password: z.string().regex(/^[^\r\n]+$/) }),
  z.strictObject({ token: z.string().regex(/^[\x21-\x7e]+$/) }),
])

function isAddress(text: string): boolean {
  const plain = text.replace(/^webcals?:/i, 'https:')
  if (!URL.canParse(plain)) return false
  const url = new URL(plain)
  return ['https:', 'http:', 'file:'].includes(url.protocol) && !url.username && !url.password
}
