import type { KeptEvent } from './event-fields.js'
import { isIdForm } from './ids.js'
import type { StoredEvent } from './mailbox.js'
import { datesOf } from './patterns.js'
import { Refusal } from './refusals.js'
import { between, instantOf, moved, type Range, wallTime } from './times.js'
import type { Place } from './world.js'

/** What an id names, as it stands. */
export interface Target {
  readonly stored: StoredEvent
  /** The slot, where it is one occurrence of a series. */
  readonly date: string | undefined
  readonly data: KeptEvent
}

/** What an id names. What is in the bin is found only by who asks for it. */
export function targetOf({ world, mailbox }: Place, id: string): Target {
  if (!isIdForm(id)) throw new Refusal('ErrorInvalidIdMalformed')
  const ref = world.ids.find(id)
  const stored = ref && mailbox.find(ref.key)
  const isOld = ref?.moves !== undefined && ref.moves !== stored?.moves
  if (!ref || !stored || stored.gone !== undefined || isOld) throw new Refusal('ErrorItemNotFound')
  if (ref.date === undefined) return { stored, date: undefined, data: stored.data }
  if (!hasSlot(stored, ref.date)) throw new Refusal('ErrorItemNotFound')
  return { stored, date: ref.date, data: occurrenceAt(stored, ref.date) }
}

/** What an event is to its series. */
export function typeOf({
  stored,
  date,
}: Pick<Target, 'stored' | 'date'>): 'singleInstance' | 'occurrence' | 'exception' | 'seriesMaster' {
  if (date === undefined) return stored.data.recurrence === null ? 'singleInstance' : 'seriesMaster'
  return stored.exceptions.has(date) ? 'exception' : 'occurrence'
}

/** Whether a series takes place on a date of its rule. */
export function hasSlot({ data, cancelled }: StoredEvent, date: string): boolean {
  if (!data.recurrence || cancelled.has(date)) return false
  for (const one of datesOf(data.recurrence)) if (one >= date) return one === date
  return false
}

/** One occurrence as it stands: what its series says, and what it says otherwise. */
export function occurrenceAt(stored: StoredEvent, date: string): KeptEvent {
  return { ...plainOccurrence(stored.data, date), ...stored.exceptions.get(date)?.change }
}

/** One occurrence as its series has it: on the clocks of the series' zone. The length is that on the clocks on the wall. */
export function plainOccurrence(master: KeptEvent, date: string): KeptEvent {
  const { start, end, isAllDay, recurrence } = master
  const zone = recurrence && !isAllDay ? recurrence.range.recurrenceTimeZone : start.zone
  const first = zone === start.zone ? start.local : wallTime(instantOf(start), zone)
  const local = moved(first, between(`${first.slice(0, 10)}T00:00:00`, `${date}T00:00:00`))
  const own = zone === start.zone ? local : wallTime(instantOf({ local, zone }), start.zone)
  const shift = between(start.local, own)
  return {
    ...master,
    recurrence: null,
    start: { ...start, local: own },
    end: { ...end, local: moved(end.local, shift) },
  }
}

/** Whether an event lies in a range; what only touches it does not, apart from a moment without length at its start. */
export function touches({ start, end }: Pick<KeptEvent, 'start' | 'end'>, { from, to }: Range): boolean {
  const [begin, finish] = [instantOf(start), instantOf(end)]
  return begin < to && (finish > from || (begin === finish && begin === from))
}

/** The occurrences of a series in a range, at the places they have now. */
export function occurrencesIn(stored: StoredEvent, range: Range): readonly Target[] {
  const { recurrence, start, end } = stored.data
  if (!recurrence) return []
  const found: Target[] = []
  const add = (date: string, data: KeptEvent) => {
    if (!stored.cancelled.has(date) && touches(data, range)) found.push({ stored, date, data })
  }
  // Nothing that starts so long before the range reaches into it, whatever zone it is in.
  const early = new Date(range.from - (instantOf(end) - instantOf(start)) - 2 * dayMs).toISOString().slice(0, 10)
  let last = ''
  for (const date of datesOf(recurrence)) {
    last = date
    const exception = stored.exceptions.get(date)
    if (date < early && !exception) continue
    const plain = plainOccurrence(stored.data, date)
    if (instantOf(plain.start) >= range.to) break
    add(date, { ...plain, ...exception?.change })
  }
  // What was moved into the range from behind it.
  const later = [...stored.exceptions.keys()].filter((date) => date >= last && !found.some((one) => one.date === date))
  for (const date of later.sort()) add(date, occurrenceAt(stored, date))
  return found
}

const dayMs = 86_400_000

/** What of a calendar lies in a range: single events, and occurrences of series. Never a series as a whole. */
export function viewIn(events: readonly StoredEvent[], range: Range): readonly Target[] {
  return events.flatMap((stored) => {
    if (stored.data.recurrence) return occurrencesIn(stored, range)
    return touches(stored.data, range) ? [{ stored, date: undefined, data: stored.data }] : []
  })
}

/** A series, or one occurrence of it, with some of its properties changed and no rules looked at. */
export function changeOccurrenceData(
  stored: StoredEvent,
  date: string | undefined,
  change: Partial<KeptEvent>,
  stamp: number,
): StoredEvent {
  if (date === undefined) return { ...stored, data: { ...stored.data, ...change } }
  const before = stored.exceptions.get(date)
  const { start, end } = occurrenceAt(stored, date)
  const exception = {
    change: { start, end, ...before?.change, ...change },
    created: before?.created ?? stamp,
    updated: stamp,
  }
  return { ...stored, exceptions: new Map(stored.exceptions).set(date, exception) }
}
