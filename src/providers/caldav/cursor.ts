import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { Cursor } from '../../model/ids.js'

/**
 * Where a pull stopped.
 *
 * - `sync`: the calendar keeps a log (sync-collection). `fresh`: the token comes from a first listing and has not been
 *   accepted yet; some servers hand out tokens that they refuse afterwards. `full`: the listing is not finished.
 * - `listing`: the calendar has no log that works; `ctag` changes when anything in it changes, null where it has none.
 */
export type CaldavCursor =
  | { readonly kind: 'sync'; readonly token: string; readonly fresh?: boolean; readonly full?: boolean }
  | { readonly kind: 'listing'; readonly ctag: string | null }

const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sync'),
    token: z.string().min(1),
    fresh: z.boolean().exactOptional(),
    full: z.boolean().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('listing'), ctag: z.string().nullable() }),
])

export function formatCursor(cursor: CaldavCursor): Cursor {
  return JSON.stringify(cursor) as Cursor
}

/** @throws SyncError `cursor_expired` for anything that {@link formatCursor} did not write. */
export function parseCursor(text: Cursor): CaldavCursor {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new SyncError('cursor_expired', 'The cursor is not one of this provider. List the calendar from the start.', {
      cause,
    })
  }
}
