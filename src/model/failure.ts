import * as z from 'zod'
import { isSyncError, type Remedy, type SyncErrorCode } from '../errors.js'

/** An error as it is kept in a record and shown: no stack, no cause, no content. */
export interface Failure {
  readonly code: SyncErrorCode
  readonly remedy: Remedy
  readonly message: string
  readonly reason?: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Keeps of an error what may be kept. */
export function failureOf(error: unknown, at: number): Failure {
  if (!isSyncError(error))
    return { code: 'unavailable', remedy: 'retry', message: 'An unexpected error; the sync will try again.', at }
  const { code, remedy, message, reason } = error
  return { code, remedy, message, ...(reason === undefined ? {} : { reason }), at }
}

export const FailureSchema: z.ZodType<Failure> = z.object({
  code: z.string() as unknown as z.ZodType<SyncErrorCode>,
  remedy: z.string() as unknown as z.ZodType<Remedy>,
  message: z.string(),
  reason: z.string().exactOptional(),
  at: z.number(),
})
