import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { Cursor } from '../../model/ids.js'

/** Where a pull stopped. The token is good for the very parameters that it was made with. */
export interface GoogleCursor {
  readonly syncToken: string
  readonly eventTypes?: readonly string[]
}

const schema: z.ZodType<GoogleCursor> = z.strictObject({
  syncToken: z.string().min(1),
  eventTypes: z.array(z.string()).exactOptional(),
})

export function formatCursor(syncToken: string, eventTypes: readonly string[]): Cursor {
  return JSON.stringify({ syncToken, ...(eventTypes.length > 0 ? { eventTypes } : {}) }) as Cursor
}

/** @throws SyncError `cursor_expired` for anything that was not written for these kinds of events. */
export function parseCursor(text: Cursor, eventTypes: readonly string[]): string {
  const parsed = schema.safeParse(jsonOf(text))
  if (parsed.success && String(parsed.data.eventTypes ?? []) === String(eventTypes)) return parsed.data.syncToken
  throw new SyncError('cursor_expired', 'The cursor is not one of this provider. List the calendar from the start.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
