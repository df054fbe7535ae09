import * as z from 'zod'
import type { IsAllowed } from '../../http/allowed-hosts.js'
import { checkAddress } from '../../http/trust.js'
import { validate } from '../opening.js'
import { type AccountAddress, parseAddress } from './account-address.js'
import { isHostName } from './service-records.js'

/** The settings of a CalDAV account, understood. */
export interface CaldavSettings {
  readonly address: AccountAddress
  readonly trustedHosts: readonly string[]
}

/**
 * Reads settings as a host gives them: `{ url }` or `{ address }`, with `trustedHosts` beside it or not.
 * @throws SyncError `invalid_input` naming the setting that does not fit.
 */
export function readSettings(given: unknown, isAllowed: IsAllowed): CaldavSettings {
  const { url, address, trustedHosts = [] } = validate(settingsSchema(isAllowed), given, 'settings', 'CalDAV account')
  const found = address === undefined ? undefined : parseAddress(address)
  const understood = found ?? { kind: 'url' as const, url: url ?? '' }
  if (understood.kind === 'domain') return { address: understood, trustedHosts }
  checkAddress(new URL(understood.url), isAllowed)
  return { address: { kind: 'url', url: new URL(understood.url).href }, trustedHosts }
}

/** What proves who we are. */
export interface CaldavCredentials {
  /** The value of the `Authorization` header. */
  readonly authorization: string
  /** The user name; undefined where a token says who we are. */
  readonly username: string | undefined
}

/** @throws SyncError `invalid_input`, which never tells what was given. */
export function readCredentials(given: unknown): CaldavCredentials {
  const credentials = validate(credentialsSchema, given, 'credentials', 'CalDAV account')
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}`, username: undefined }
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`)
  const encoded = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return { authorization: `Basic ${encoded}`, username: credentials.username }
}

/** Header values end at a line break; a user name of the Basic scheme ends at the first colon. */
const oneLine = z
  .string()
  .min(1)
  .max(8_192)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'must be one line')

/** A user name and a password, as the Basic scheme can carry them. */
export const passwordSchema: z.ZodType<{ readonly username: string; readonly password: string }> = z.strictObject({
  username: oneLine.regex(/^[^:]+$/, 'must not hold a colon'),
  password: oneLine,
})

const credentialsSchema = z.union(
  [passwordSchema, z.strictObject({ token: oneLine.regex(/^[\x21-\x7e]+$/, 'must be a bearer token') })],
  { error: 'SyncEngineOptions.credentials must return { username, password } or { token }, each one line of text' },
)

interface GivenSettings {
  readonly url?: string
  readonly address?: string
  readonly trustedHosts?: readonly string[]
}

function settingsSchema(isAllowed: IsAllowed): z.ZodType<GivenSettings> {
  return z
    .strictObject({
      url: z
        .string()
        .superRefine((text, issues) => {
          const problem = problemOfUrl(text, isAllowed)
          if (problem) issues.addIssue({ code: 'custom', message: problem })
        })
        .exactOptional(),
      address: z
        .string()
        .max(2_048)
        .superRefine((text, issues) => {
          const problem = problemOfAddress(text, isAllowed)
          if (problem) issues.addIssue({ code: 'custom', message: problem })
        })
        .exactOptional(),
      trustedHosts: z
        .array(z.string().max(255).refine(isHostName, 'must be the name of a host'))
        .max(20)
        .exactOptional(),
    })
    .superRefine(({ url, address }, issues) => {
      if ((url === undefined) === (address === undefined))
        issues.addIssue({ code: 'custom', path: ['url'], message: 'give either `url` or `address`' })
    })
}

function problemOfUrl(text: string, isAllowed: IsAllowed): string | undefined {
  if (!URL.canParse(text)) return 'must be a web address like https://dav.example.com/'
  const url = new URL(text)
  if (url.username || url.password) return 'must not hold a password; give it with the credentials'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return 'must begin with https://'
  return isAllowed(url) ? undefined : 'must begin with https://, or the app has to name its host in `allowedHosts`'
}

function problemOfAddress(text: string, isAllowed: IsAllowed): string | undefined {
  const address = parseAddress(text)
  if (!address) return 'must be a mail address, a host, or a web address'
  return address.kind === 'url' ? problemOfUrl(address.url, isAllowed) : undefined
}
