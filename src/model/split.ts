import { isSyncError } from '../errors.js'
import type { EventContent } from './content.js'
import { digest } from './hash.js'
import { isSlotOf, slotOf } from './recurrence.js'
import { toInstant } from './time.js'

/** What the two halves of a series have in common that was split: title, and how it repeats, not until when. */
export function seriesRoot(content: EventContent): string {
  return digest(content.title.normalize('NFC').trim(), endless(content))
}

/**
 * Whether a series goes on where another one was cut ("this and following"): it repeats like it, and starts at a later
 * occurrence of that one. Calendars tell of the two halves in any order, so the first one may not be cut yet; only where
 * the rest was moved to another hour it has to be, or two series of one name would be taken for one.
 */
export function goesOn(first: EventContent, rest: EventContent): boolean {
  if (!first.recurrence?.rule || !rest.recurrence || endless(first) !== endless(rest)) return false
  if (toInstant(rest.time.start) <= toInstant(first.time.start)) return false
  const slot = slotOf(rest.time.start, first.time.start)
  if (slot === undefined) return false
  const sameHour = `${slot.slice(0, 10)}${masterSlot(first).slice(10)}`
  const uncut = { ...first, recurrence: { rule: endless(first), rdates: [] } }
  try {
    return isSlotOf(uncut, slot) || (isSlotOf(uncut, sameHour) && !isSlotOf(first, sameHour))
  } catch (error) {
    // A rule that cannot be followed is nobody's kin.
    if (isSyncError(error)) return false
    throw error
  }
}

function masterSlot({ time: { start } }: EventContent): string {
  return start.kind === 'date' ? start.date : start.local
}

/** A rule without its end. */
function endless({ recurrence }: EventContent): string {
  const parts = (recurrence?.rule ?? '').toUpperCase().split(';')
  return parts
    .filter((part) => !/^(UNTIL|COUNT)=/.test(part))
    .sort()
    .join(';')
}
