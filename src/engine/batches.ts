import type { RecordChange } from '../storage/storage.js'

/** Parts small enough for one commit. What belongs to one event is never torn apart. */
export function* batches<T extends { readonly changes: readonly RecordChange[] }>(
  all: readonly T[],
): Generator<readonly T[]> {
  let part: T[] = []
  let size = 0
  for (const one of all) {
    if (size + one.changes.length > 900) {
      yield part
      part = []
      size = 0
    }
    part.push(one)
    size += one.changes.length
  }
  if (part.length > 0) yield part
}
