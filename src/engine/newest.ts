import { SyncError } from '../errors.js'
import type { UserId } from '../model/ids.js'
import type { Storage } from '../storage/storage.js'
import type { Kept, Versioned } from './records.js'
import { padded, readAll } from './records.js'

/** Which records, and where to begin. Their ids are `prefix/number`, or `prefix/number/more`. */
interface Backwards {
  readonly prefix: string
  /** About the largest number that there is. */
  readonly top: number
  /** How far to look back at first; further where that held too few. */
  readonly step: number
  /** Where the last page ended. */
  readonly after?: string | undefined
  readonly limit: number
}

/**
 * The last records of a prefix, newest first. A storage lists forwards only, so a stretch before the end is read, and one
 * eight times as long where it held too few.
 */
export async function readNewest<C extends keyof Kept & ('run' | 'audit')>(
  storage: Storage,
  user: UserId,
  collection: C,
  { prefix, top, step, after, limit }: Backwards,
): Promise<{ readonly items: readonly Kept[C][]; readonly next?: string }> {
  const start = after === undefined ? undefined : numberIn(after, prefix)
  const to = after === undefined ? `${prefix}/~` : `${prefix}/${after}`
  for (let back = step; ; back *= 8) {
    const from = Math.max(0, (start ?? top) - back)
    let last: readonly Versioned<Kept[C]>[] = []
    for await (const page of readAll(storage, user, collection, { from: `${prefix}/${padded(from)}`, to }, 500))
      last = [...last, ...page].slice(-limit - 1)
    if (last.length <= limit && from > 0) continue
    const items = last.slice(-limit).map(({ value }) => value)
    const oldest = items[0]
    const page = { items: items.reverse() }
    return last.length > limit && oldest ? { ...page, next: placeOf(oldest) } : page
  }
}

/** What stands behind the prefix in a record's id. */
function placeOf(value: Kept['run'] | Kept['audit']): string {
  return 'seq' in value ? padded(value.seq) : `${padded(value.startedAt)}/${value.id}`
}

function numberIn(place: string, prefix: string): number {
  const [number] = place.split('/', 1)
  if (place.length < 512 && number !== undefined && /^\d{16}$/.test(number)) return Number(number)
  throw new SyncError(
    'invalid_input',
    `options.after: is no place in the list of ${JSON.stringify(prefix.slice(0, 200))}.`,
  )
}
