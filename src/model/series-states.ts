import { type EventContent, type EventTime, type Override, occurrenceFields, type Slot } from './content.js'
import { sameOccurrenceField } from './equality.js'
import { slotTime } from './recurrence.js'
import { normalizeSlot } from './slots.js'
import { addToLocal, localSeconds } from './time.js'

/** A change of a series without its occurrences. */
export interface SeriesChange {
  readonly before: EventContent
  /** The series after it, with what is known to be left of the occurrences. */
  readonly left: EventContent
  /** It begins at another time. */
  readonly isMoved: boolean
}

/**
 * How the first of several requests may leave a series, for whoever finishes the write. Changed occurrences keep what they
 * say, but what they had from the series may follow it. Where the series moves, they may be lost, or taken along.
 */
export function statesAfter({ before, left, isMoved }: SeriesChange): readonly EventContent[] {
  const followed = { ...before, overrides: following(before, left) }
  const overrides = isMoved ? movedAlong(followed, left.time.start) : followed.overrides
  return [left, { ...left, overrides: { ...overrides, ...cancelledOf(left) } }]
}

/** The overrides of a series, where what they do not change themselves is as the series has it now. */
function following(before: EventContent, after: EventContent): EventContent['overrides'] {
  const entries = Object.entries(before.overrides).map(([slot, own]): [Slot, Override] => {
    if (own.kind === 'cancelled') return [slot, own]
    const taken = occurrenceFields.filter(
      (field) => field !== 'time' && sameOccurrenceField(field, own.content, before),
    )
    const fresh = Object.fromEntries(taken.map((field) => [field, after[field]]))
    return [slot, { kind: 'changed', content: { ...own.content, ...fresh } }]
  })
  return Object.fromEntries(entries)
}

function cancelledOf({ overrides }: EventContent): EventContent['overrides'] {
  return Object.fromEntries(Object.entries(overrides).filter(([, own]) => own.kind === 'cancelled'))
}

/** The overrides of a series that begins elsewhere now, each as far away as its series. */
function movedAlong({ time, overrides }: EventContent, to: EventTime): EventContent['overrides'] {
  const from = time.start
  if (from.kind === 'date' || to.kind === 'date') return {}
  const seconds = localSeconds(from.local, to.local)
  const moved = <T extends EventTime>(one: T): T =>
    one.kind === 'date' ? one : { ...one, local: addToLocal(one.local, seconds) }
  const entries = Object.entries(overrides).map(([slot, own]): [Slot, Override] => {
    const there = moved(slotTime(slot, from))
    const name = normalizeSlot(there.kind === 'date' ? there.date : there.local, to)
    if (own.kind === 'cancelled') return [name, own]
    const { start, end } = own.content.time
    return [name, { kind: 'changed', content: { ...own.content, time: { start: moved(start), end: moved(end) } } }]
  })
  return Object.fromEntries(entries)
}
