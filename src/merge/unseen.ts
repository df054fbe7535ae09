import { type EventContent, type Field, occurrenceFields } from '../model/content.js'
import type { Json } from '../model/json.js'
import type { Replica } from '../model/synced-event.js'
import type { Fold } from './fold.js'
import { isNeutral } from './renderings.js'

/** A changed occurrence that went where it did not show all that it says: what nobody saw there is kept in the log. */
export function logUnseen(fold: Fold, had: EventContent, { calendarId, agreed }: Replica): void {
  if (!agreed || had.overrides === fold.event.content.overrides) return
  for (const [slot, own] of Object.entries(had.overrides)) {
    if (own.kind !== 'changed' || fold.event.content.overrides[slot]?.kind === 'changed') continue
    const there = agreed.overrides[slot]
    const shown = { ...agreed, ...(there?.kind === 'changed' ? there.content : {}) }
    const isHidden = (field: Field) => !isNeutral(field, { ...had, ...own.content }) && isNeutral(field, shown)
    if (!occurrenceFields.some((field) => field !== 'time' && isHidden(field))) continue
    const value = own as unknown as Json
    const conflict = fold.conflict(
      { field: 'overrides', path: [slot], base: value },
      fold.ours('overrides', value, calendarId),
      fold.side(calendarId, null, null),
    )
    fold.log(conflict, 'removed_and_changed', { verdict: calendarId, strategy: 'shown' })
  }
}
