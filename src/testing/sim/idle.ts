import type { EventContent } from '../../model/content.js'
import { samePlain } from '../../model/plain-occurrence.js'
import { isInSeries } from '../../model/recurrence.js'

/** A content without the changed occurrences that are as their series has them: some services know no such thing. */
export function withoutIdle(content: EventContent): EventContent {
  const entries = Object.entries(content.overrides)
  const kept = entries.filter(
    ([slot, own]) => own.kind === 'cancelled' || !samePlain(own.content, content, slot) || !isInSeries(content, slot),
  )
  return kept.length === entries.length ? content : { ...content, overrides: Object.fromEntries(kept) }
}
