import * as z from 'zod'
import { SyncError } from '../errors.js'
import type { AccessTokens } from './access-tokens.js'

/**
 * Checks what a host hands in to open an account. The messages of zod name paths and expectations, never values.
 * @param what How the message calls what was to be opened: `Google account`.
 * @throws SyncError `invalid_input`
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown, name: string, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${[name, ...issue.path].join('.')}: ${issue.message}`)
  throw new SyncError('invalid_input', `The ${what} cannot be opened. ${issues.join('; ')}.`)
}

/**
 * Reads credentials that are tokens: `{ accessToken }`, or `{ accessTokens }` that can get new ones.
 * @throws SyncError `invalid_input`, which never tells what was given.
 */
export function readAccessTokens(given: unknown, what: string): AccessTokens {
  const credentials = validate(credentialsSchema, given, 'credentials', what)
  return 'accessTokens' in credentials ? credentials.accessTokens : { get: async () => credentials.accessToken }
}

/** A bound of our own, in characters: what is longer is no token but a mistake. */
const longestToken = 32_768

const credentialsSchema: z.ZodType<{ readonly accessToken: string } | { readonly accessTokens: AccessTokens }> =
  z.union(
    [
      z.strictObject({
        accessToken: z
          .string()
          .min(1)
          .max(longestToken)
          .regex(/^[\x21-\x7e]+$/),
      }),
      z.strictObject({ accessTokens: z.custom<AccessTokens>(hasGet) }),
    ],
    { error: 'SyncEngineOptions.credentials must return { accessToken } or { accessTokens }' },
  )

function hasGet(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { get?: unknown }).get === 'function'
}
