import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { PullFrom, RemoteChange } from '../provider.js'
import type { GoogleContext } from './context.js'
import type { ReadUnit } from './unit.js'

/** A pull under way. */
export interface Pulling {
  readonly context: GoogleContext
  readonly calendar: RemoteCalendarId
  readonly from: PullFrom
  readonly complete: boolean
  readonly signal: AbortSignal | undefined
}

/** What was read, but for what a complete listing shows as we know it. */
export async function upserts(
  units: readonly ReadUnit[],
  { complete, from }: Pulling,
): Promise<readonly RemoteChange[]> {
  const ids = units.flatMap((unit) => (unit.type === 'event' ? [unit.event.id] : []))
  const known = complete && ids.length > 0 ? await from.known(ids) : new Map<RemoteId, never>()
  return units.map((unit): RemoteChange => {
    if (unit.type === 'unreadable') return unit
    const { event } = unit
    return known.get(event.id) === event.revision
      ? { type: 'unchanged', id: event.id, revision: event.revision }
      : { type: 'upsert', event }
  })
}

/** Parts of a list, each small enough for a page. */
export function* portions(changes: readonly RemoteChange[]): Generator<readonly RemoteChange[]> {
  for (let start = 0; start < changes.length; start += mostChanges) yield changes.slice(start, start + mostChanges)
}

const mostChanges = 500
