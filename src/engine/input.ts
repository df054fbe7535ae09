import * as z from 'zod'
import { SyncError } from '../errors.js'

/** An id that a host chooses: it becomes part of record ids, so it is kept simple. */
export const ownId: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9._:@-]{1,128}$/, 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ : @ -')

/**
 * Checks what a host hands in.
 * @throws SyncError `invalid_input` naming the path that does not fit. The value itself is not in the message.
 */
export function checked<T>(schema: z.ZodType<T>, given: unknown, what: string): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = [what, ...(issue?.path ?? [])].join('.')
  throw new SyncError('invalid_input', `${path}: ${issue?.message ?? 'does not fit'}.`)
}
