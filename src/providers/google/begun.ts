import type { EventContent } from '../../model/content.js'
import { statesAfter as statesOf } from '../../model/series-states.js'
import type { EventBody } from './client.js'
import { withoutNulls } from './event-map.js'
import { type Parts, readContent } from './series.js'
import type { GoogleEvent } from './wire.js'

/**
 * How the first of several requests may leave a series, for whoever finishes the write. Of its changed occurrences Google
 * keeps what they say, but what they had from the series may follow it. Where the series moves, it loses them, as it does
 * when a series is split; that it takes some along is not ruled out.
 */
export function statesAfter(
  body: EventBody,
  { master, exceptions }: Parts,
  { zone, isMoved }: { readonly zone: string; readonly isMoved: boolean },
): readonly EventContent[] {
  const after = withoutNulls({ ...master, ...body }) as unknown as GoogleEvent
  const left = readContent({ master: after, exceptions: isMoved ? [] : exceptions }, zone)
  if (exceptions.length === 0) return [left]
  return statesOf({ before: readContent({ master, exceptions }, zone), left, isMoved })
}
