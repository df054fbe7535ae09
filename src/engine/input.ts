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
  const reading = read(schema, given)
  if ('data' in reading) return reading.data
  const path = [what, ...reading.path].map(String).join('.')
  // Keys that nobody knows are named in the message, however many and long they are.
  throw new SyncError('invalid_input', `${path.slice(0, 500)}: ${reading.message.slice(0, 500)}.`)
}

type Reading<T> = { readonly data: T } | { readonly path: readonly PropertyKey[]; readonly message: string }

/** Data that throws when it is looked at, or that is nested deeper than the stack, is refused like any other. */
function read<T>(schema: z.ZodType<T>, given: unknown): Reading<T> {
  try {
    const parsed = schema.safeParse(given)
    return parsed.success ? parsed : (parsed.error.issues[0] ?? { path: [], message: 'does not fit' })
  } catch {
    return { path: [], message: 'cannot be read: give plain data that is not nested too deep' }
  }
}
