import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { Cursor } from '../../model/ids.js'

/** Where a pull stopped. */
export interface MicrosoftCursor {
  /** What to ask next, exactly as it was given. */
  readonly deltaLink: string
  /** When everything is listed anew, in milliseconds since 1970: the range of time that a link sees never moves. */
  readonly until: number
}

const schema: z.ZodType<MicrosoftCursor> = z.strictObject({
  deltaLink: z.string().refine((text) => URL.canParse(text)),
  until: z.number(),
})

export function formatCursor(cursor: MicrosoftCursor): Cursor {
  return JSON.stringify(cursor) as Cursor
}

/** @throws SyncError `cursor_expired` for anything that was not written here. */
export function parseCursor(text: Cursor): MicrosoftCursor {
  const parsed = schema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new SyncError('cursor_expired', 'The cursor is not one of this provider. List the calendar from the start.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
