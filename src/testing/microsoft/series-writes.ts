import { addDays } from '../../model/time.js'
import { equal } from '../fakes/json.js'
import { accepted, type KeptEvent } from './event-fields.js'
import type { StoredEvent } from './mailbox.js'
import { datesOf } from './patterns.js'
import { invalid, Refusal } from './refusals.js'
import type { MicrosoftEvent } from './resources.js'
import { occurrenceAt, plainOccurrence, type Target } from './series.js'
import { instantOf, wallTime } from './times.js'
import { type Place, putEvent } from './world.js'

/** Changes one occurrence. It keeps what it says otherwise; all else follows the series. */
export function changeOccurrence(place: Place, stored: StoredEvent, date: string, patch: MicrosoftEvent): Target {
  if (patch.recurrence) throw invalid('An occurrence cannot recur.')
  const before = occurrenceAt(stored, date)
  const { recurrence: _none, ...data } = accepted(patch, before)
  // What is already there is not looked at again, wherever it stands.
  const isMoved = !equal([before.start, before.end, before.isAllDay], [data.start, data.end, data.isAllDay])
  if (isMoved) assertBetweenNeighbours(stored, date, data)
  const plain = plainOccurrence(stored.data, date)
  const own = Object.entries(data).filter(
    ([name, value]) => name === 'start' || name === 'end' || !equal(value, plain[name as keyof KeptEvent]),
  )
  const change: Partial<KeptEvent> = Object.fromEntries(own)
  const created = stored.exceptions.get(date)?.created ?? place.mailbox.stamp()
  const exceptions = new Map(stored.exceptions).set(date, { change, created, updated: place.mailbox.stamp() })
  const after = putEvent(place, { ...stored, exceptions })
  return { stored: after, date, data: occurrenceAt(after, date) }
}

/** Cancels one occurrence. Nothing of it is left but its date. */
export function cancelOccurrence(place: Place, stored: StoredEvent, date: string): StoredEvent {
  const exceptions = new Map(stored.exceptions)
  exceptions.delete(date)
  return putEvent(place, { ...stored, exceptions, cancelled: new Set(stored.cancelled).add(date) })
}

/**
 * An occurrence stays on days between those of its neighbours. Cancelled neighbours do not count, which is a guess.
 * @see {@link Refusal} `ErrorOccurrenceCrossingBoundary`
 */
function assertBetweenNeighbours(
  stored: StoredEvent,
  date: string,
  data: Pick<KeptEvent, 'start' | 'end' | 'isAllDay'>,
): void {
  const { recurrence } = stored.data
  if (!recurrence) return
  let previous: string | undefined
  let next: string | undefined
  for (const one of datesOf(recurrence)) {
    if (one === date || stored.cancelled.has(one)) continue
    if (one > date) {
      next = one
      break
    }
    previous = one
  }
  const zone = stored.data.start.zone
  const dayOf = (time: KeptEvent['start']) =>
    data.isAllDay ? time.local.slice(0, 10) : wallTime(instantOf(time), zone).slice(0, 10)
  const first = dayOf(data.start)
  // A whole day ends on the day before its end.
  const last = data.isAllDay ? addDays(dayOf(data.end), -1) : dayOf(data.end)
  const lastBefore = previous === undefined ? undefined : dayOf(occurrenceAt(stored, previous).start)
  const firstAfter = next === undefined ? undefined : dayOf(occurrenceAt(stored, next).start)
  const crosses = (lastBefore !== undefined && first <= lastBefore) || (firstAfter !== undefined && first >= firstAfter)
  // A series of nights already ends on the day of the next one; only a longer reach than before is refused.
  const reaches = firstAfter !== undefined && last > firstAfter
  if (crosses || reaches) throw new Refusal('ErrorOccurrenceCrossingBoundary')
}
