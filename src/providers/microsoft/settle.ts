import { isSyncError, type SyncErrorCode } from '../../errors.js'
import type { RemoteId } from '../../model/ids.js'
import type { PullFrom, RemoteChange } from '../provider.js'
import { inTurn, type Place } from './context.js'
import { beingWritten, finished, isUnderWay, pendingOf, setAside } from './finish.js'
import { type Item, readOne } from './reading.js'
import { type ReadUnit, toUnit, unreadableItem } from './unit.js'

/** An event as it may be told of. */
export type Settled = ReadUnit | { readonly type: 'gone' }

/** What is to be told of these events. */
export async function changesOf(
  place: Place & { readonly from: PullFrom },
  items: readonly Item[],
  complete: boolean,
): Promise<readonly RemoteChange[]> {
  const units: Settled[] = []
  for (const item of items) units.push(await settled(place, item, 'later'))
  const ids = units.flatMap((unit) => (unit.type === 'event' ? [unit.event.id] : []))
  const known = complete && ids.length > 0 ? await place.from.known(ids) : new Map<RemoteId, never>()
  return units.flatMap((unit): readonly RemoteChange[] => {
    if (unit.type === 'gone') return []
    if (unit.type === 'unreadable') return [unit]
    const { id, revision } = unit.event
    return [known.get(id) === revision ? { type: 'unchanged', id, revision } : { type: 'upsert', event: unit.event }]
  })
}

/**
 * An event as it was read. A series that was written by half is finished first: half of it is nothing to be believed.
 * @param when - whether a write that may still be under way is waited for, or left alone
 */
export async function settled(place: Place, item: Item, when: 'now' | 'later'): Promise<Settled> {
  if (item.kind === 'broken') return unreadableItem(item)
  if (!pendingOf(item.event)) return toUnit(item.event)
  if (when === 'later' && isUnderWay(item.event, place.context.now())) return setAside(item.event, beingWritten())
  return inTurn(place, async () => {
    // Our own write may have been what was under way.
    const now = await readOne(place, item.id)
    if (!now) return { type: 'gone' }
    if (now.kind === 'broken') return unreadableItem(now)
    try {
      return toUnit(await finished(place, now.event))
    } catch (error) {
      // What is about this series alone does not keep the others from being read.
      if (!isSyncError(error) || (when === 'now' ? !aboutOne.has(error.code) : error.code === 'aborted')) throw error
      return setAside(now.event, error)
    }
  })
}

const aboutOne: ReadonlySet<SyncErrorCode> = new Set([
  'event_refused',
  'forbidden',
  'invalid_event',
  'limit_exceeded',
  'revision_mismatch',
  'unsupported',
])
