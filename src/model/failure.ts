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

/** Where an error was thrown: functions, files and lines. Its message may hold anything, and is left out. */
export function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return []
  const head = `${error.name}: ${error.message}`
  const stack = error.stack.startsWith(head) ? error.stack.slice(head.length) : error.stack
  const isFrame = /^\s+at .+:\d+:\d+\)?$|^[^@\s]*@\S+:\d+:\d+$/
  const lines = stack.split('\n').filter((line) => isFrame.test(line) && !error.message.includes(line.trim()))
  return lines.slice(0, 20).map((line) => line.trim().slice(0, 300))
}

export const FailureSchema: z.ZodType<Failure> = z.object({
  code: z.string() as unknown as z.ZodType<SyncErrorCode>,
  remedy: z.string() as unknown as z.ZodType<Remedy>,
  message: z.string(),
  reason: z.string().exactOptional(),
  at: z.number(),
})
