import {
  type EventContent,
  type EventSpan,
  type EventTime,
  type OccurrenceContent,
  occurrenceOf,
  type Slot,
} from './content.js'
import { slotTime } from './recurrence.js'
import { addDays, addToLocal, localSeconds } from './time.js'

/** What a series says about one of its occurrences when nobody changed it. */
export function regularOccurrence(content: EventContent, slot: Slot): OccurrenceContent {
  return { ...occurrenceOf(content), time: spanFrom(slotTime(slot, content.time.start), content.time) }
}

/** A span of the same wall-clock length as `like`, from another start of the same kind. */
export function spanFrom(start: EventTime, like: EventSpan): EventSpan {
  return { start, end: sameLengthEnd(start, like) }
}

function sameLengthEnd(start: EventTime, like: EventSpan): EventTime {
  const { start: from, end: to } = like
  if (start.kind === 'date') {
    const days = from.kind === 'date' && to.kind === 'date' ? daysBetween(from.date, to.date) : 1
    return { kind: 'date', date: addDays(start.date, days) }
  }
  const seconds = from.kind !== 'date' && to.kind !== 'date' ? localSeconds(from.local, to.local) : 0
  const local = addToLocal(start.local, seconds)
  // An end in another zone (a flight) keeps its zone.
  return to.kind === 'timed' && start.kind === 'timed' ? { ...to, local } : { ...start, local }
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
}
