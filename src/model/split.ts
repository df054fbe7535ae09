import type { EventContent } from './content.js'
import { digest } from './hash.js'
import { isSlotOf, slotOf } from './recurrence.js'
import { toInstant } from './time.js'

/** What the two halves of a series have in common that was split: title, and how it repeats, not until when. */
export function seriesRoot(content: EventContent): string {
  return digest(content.title.normalize('NFC').trim(), endless(content))
}

/**
 * Whether a series goes on where another one was cut ("this and following"): it starts at a later occurrence of that one,
 * and repeats like it. Calendars tell of the two halves in any order, so the first one may not be cut yet.
 */
export function goesOn(first: EventContent, rest: EventContent): boolean {
  if (!first.recurrence?.rule || !rest.recurrence || endless(first) !== endless(rest)) return false
  if (toInstant(rest.time.start) <= toInstant(first.time.start)) return false
  const slot = slotOf(rest.time.start, first.time.start)
  const uncut = { ...first, recurrence: { rule: endless(first), rdates: [] } }
  return slot !== undefined && isSlotOf(uncut, slot)
}

/** A rule without its end. */
function endless({ recurrence }: EventContent): string {
  const parts = (recurrence?.rule ?? '').toUpperCase().split(';')
  return parts
    .filter((part) => !/^(UNTIL|COUNT)=/.test(part))
    .sort()
    .join(';')
}
