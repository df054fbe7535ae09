import { digest } from '../../model/hash.js'

/**
 * An entry of an index in PostgreSQL holds at most 2,704 bytes: user, key and id together. Ids that services choose can
 * be longer. So a record whose id or one of whose keys is long is a *long* one: it is found by a digest of its id, its
 * whole id stands in a column of its own, and listings look at the few long records of a user apart.
 */

/** How many bytes of UTF-8 an id or a key of a record that is not long may have. */
export const maxNameBytes = 1_000
/** How many bytes a user's id may have here. */
export const maxUserBytes = 512

const prefix = '~long/'

/** What stands in the column `id`: never longer than {@link maxNameBytes}, and never the same for two ids. */
export function rowId(id: string): string {
  return isLong(id) ? `${prefix}${digest(id)}` : id
}

/** What stands in the column `full_id`: nothing, except for a long record. */
export function fullId(id: string, keys: readonly string[]): string | null {
  return isLong(id) || keys.some((key) => exceeds(key, maxNameBytes)) ? id : null
}

/** Whether a text has more than so many bytes of UTF-8. */
export function exceeds(text: string, bytes: number): boolean {
  if (text.length * 3 <= bytes) return false
  if (text.length > bytes) return true
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // Half of a surrogate pair is half of four bytes.
    count += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3
  }
  return count > bytes
}

/** An id that looks like one of ours for a long one is a long one, so that the two cannot meet. */
function isLong(id: string): boolean {
  return id.startsWith(prefix) || exceeds(id, maxNameBytes)
}
