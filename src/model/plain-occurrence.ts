import type { Slot } from './content.js'
import { type EventContent, type EventTime, type OccurrenceContent, occurrenceFields, occurrenceOf } from './content.js'
import { sameOccurrenceField } from './equality.js'
import { slotTime } from './recurrence.js'
import { addDays, addToLocal, localAt, localSeconds, toInstant } from './time.js'

/** What an occurrence says that was never touched, as services show it: one that the clocks skip takes place later. */
export function plainOccurrence(content: EventContent, slot: Slot): OccurrenceContent {
  const { start, end } = content.time
  const begin = slotTime(slot, start)
  if (begin.kind === 'date' || end.kind === 'date' || start.kind === 'date') {
    const days = localSeconds(dayOf(start), dayOf(end)) / 86_400
    const last: EventTime = { kind: 'date', date: addDays(dayOf(begin), Math.max(1, days)) }
    return { ...occurrenceOf(content), time: { start: begin, end: last } }
  }
  // Where the clocks skip the start, it takes place later, and lasts as long.
  const local = begin.kind === 'timed' ? localAt(toInstant(begin), begin.zone) : begin.local
  const length = localSeconds(start.local, end.local)
  return {
    ...occurrenceOf(content),
    time: { start: { ...begin, local }, end: { ...end, local: addToLocal(local, length) } },
  }
}

/**
 * Whether an occurrence is as its series has it. In a night in which the clocks change it may keep its end by the clock
 * or its length: either is as it was.
 */
export function samePlain(content: OccurrenceContent, series: EventContent, slot: Slot): boolean {
  const plain = plainOccurrence(series, slot)
  return occurrenceFields.every(
    (field) =>
      sameOccurrenceField(field, content, plain) ||
      (field === 'time' && sameInstant(content.time.start, plain.time.start) && sameLength(content, series)),
  )
}

function sameInstant(a: EventTime, b: EventTime): boolean {
  return a.kind === b.kind && toInstant(a) === toInstant(b)
}

function sameLength(a: OccurrenceContent, b: OccurrenceContent): boolean {
  const lengthOf = ({ time }: OccurrenceContent): number => toInstant(time.end) - toInstant(time.start)
  return lengthOf(a) === lengthOf(b)
}

function dayOf(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local.slice(0, 10)
}
