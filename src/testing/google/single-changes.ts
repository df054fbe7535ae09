import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { isSeries, occurrencesOf, plainOccurrences } from './series.js'

/**
 * What changed, as whoever asks for occurrences rather than series is told: all occurrences of a series that changed, and
 * of those that are not there any more that they are gone. What Google lists here exactly is not known; that nothing is
 * missing is what it promises.
 */
export function singleChanges(
  calendar: CalendarStore,
  changed: readonly StoredEvent[],
  since: number,
): readonly string[] {
  const ids = new Set<string>()
  for (const event of changed) {
    for (const former of calendar.formerOf(event.id, since))
      for (const id of idsOf(calendar, { ...event, data: former })) ids.add(id)
    if (isSeries(event)) for (const { id } of occurrencesOf(calendar, event, {}, mostOccurrences)) ids.add(id)
    else if (event.data.recurrence === undefined) ids.add(event.id)
  }
  return [...ids]
}

/** A program that asks for more of an endless series gets so many. How many Google gives is not known. */
export const mostOccurrences: number = 1_000

/** The names under which an event was listed when it was like this. */
function idsOf(calendar: CalendarStore, former: StoredEvent): readonly string[] {
  if (!isSeries(former)) return former.data.recurrence === undefined ? [former.id] : []
  return plainOccurrences(calendar, former, {}, mostOccurrences).map(({ id }) => id)
}
