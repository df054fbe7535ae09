import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { AccessTokens } from '../access-tokens.js'

/** The settings of an account at Microsoft, understood. */
export interface MicrosoftSettings {
  /** Whose mailbox: an id or a mail address. Absent: whoever is signed in. */
  readonly mailbox?: string
}

/** @throws SyncError `invalid_input` naming the setting that does not fit. */
export function readSettings(given: unknown): MicrosoftSettings {
  return validate(settingsSchema, given ?? {}, 'settings')
}

/**
 * Reads credentials: `{ accessToken }`, or `{ accessTokens }` that can get new ones.
 * @throws SyncError `invalid_input`, which never tells what was given.
 */
export function readCredentials(given: unknown): AccessTokens {
  const credentials = validate(credentialsSchema, given, 'credentials')
  return 'accessTokens' in credentials ? credentials.accessTokens : { get: async () => credentials.accessToken }
}

const settingsSchema: z.ZodType<MicrosoftSettings> = z.strictObject({
  mailbox: z
    .string()
    .min(1)
    .max(320)
    .regex(/^[^\s/\\?#]+$/, 'must be an id or a mail address')
    .exactOptional(),
})

const credentialsSchema: z.ZodType<{ readonly accessToken: string } | { readonly accessTokens: AccessTokens }> =
  z.union(
    [
      z.strictObject({
        accessToken: z
          .string()
          .min(1)
          .max(32_768)
          .regex(/^[\x21-\x7e]+$/),
      }),
      z.strictObject({ accessTokens: z.custom<AccessTokens>(hasGet) }),
    ],
    { error: 'SyncEngineOptions.credentials must return { accessToken } or { accessTokens }' },
  )

function hasGet(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { get?: unknown }).get === 'function'
}

/** The messages of zod name paths and expectations, never values. */
function validate<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${[name, ...issue.path].join('.')}: ${issue.message}`)
  throw new SyncError('invalid_input', `The Microsoft account cannot be opened. ${issues.join('; ')}.`)
}
