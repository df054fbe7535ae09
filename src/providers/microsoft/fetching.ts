import type { RemoteId } from '../../model/ids.js'
import type { Fetched } from '../provider.js'
import { assertCalendar, type Place } from './context.js'
import { readMany, stillIn } from './reading.js'
import { settled } from './settle.js'

/** Reads single events. What is not there is only believed when the calendar itself answers. */
export async function fetchUnits(place: Place, ids: readonly RemoteId[]): Promise<readonly Fetched[]> {
  const unique = [...new Set(ids)]
  if (unique.length === 0) return []
  const items = await readMany(place, unique)
  // An occurrence is no event of its own.
  const own = [...items.values()].filter((item) => item.masterId === undefined)
  const there = new Map((await stillIn(place, own)).map((item) => [item.id, item]))
  const answers = await Promise.all(
    unique.map(async (id): Promise<Fetched> => {
      const item = there.get(id)
      if (!item) return { type: 'gone', id }
      const unit = await settled(place, item, 'now')
      if (unit.type === 'gone') return { type: 'gone', id }
      return unit.type === 'event' ? { type: 'found', event: unit.event } : unit
    }),
  )
  if (answers.some(({ type }) => type === 'gone')) await assertCalendar(place)
  return answers
}
