import { type EventContent, type EventTime, type Override, occurrenceFields, type Slot } from '../../model/content.js'
import { sameOccurrenceField } from '../../model/equality.js'
import { slotTime } from '../../model/recurrence.js'
import { normalizeSlot } from '../../model/slots.js'
import { addToLocal, localSeconds } from '../../model/time.js'
import type { EventBody } from './client.js'
import { withoutNulls } from './event-map.js'
import { type Parts, readContent } from './series.js'
import type { GoogleEvent } from './wire.js'

/**
 * How the first of several requests may leave a series, for whoever finishes the write. Of its changed occurrences Google
 * keeps what they say, but what they had from the series may follow it. Where the series moves, it loses them, as it does
 * when a series is split; that it takes some along is not ruled out.
 */
export function statesAfter(
  body: EventBody,
  { master, exceptions }: Parts,
  { zone, isMoved }: { readonly zone: string; readonly isMoved: boolean },
): readonly EventContent[] {
  const after = withoutNulls({ ...master, ...body }) as unknown as GoogleEvent
  const left = readContent({ master: after, exceptions: isMoved ? [] : exceptions }, zone)
  if (exceptions.length === 0) return [left]
  const before = readContent({ master, exceptions }, zone)
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
