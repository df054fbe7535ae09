import type { RemoteEvent } from '../../../providers/provider.js'
import type { Place } from '../kinds.js'
import type { GroundTruth } from '../truth.js'

/** One event as it stands in one calendar. */
export interface ShownEvent {
  readonly event: RemoteEvent
  /** The group whose sync wrote it; undefined for what a person made. */
  readonly writtenFor: string | undefined
}

/** What one calendar shows, by the hidden names of the events. */
export interface ShownPlace extends Place {
  readonly id: string
  readonly events: ReadonlyMap<string, readonly ShownEvent[]>
}

export function shownIn(
  places: readonly Place[],
  truth: GroundTruth,
  calendarNames: ReadonlyMap<string, string>,
): readonly ShownPlace[] {
  return places.map((place) => {
    const named = new Map<string, ShownEvent[]>()
    for (const event of place.calendar.all()) {
      const name = truth.nameOf(event)
      const isOurs = event.mark?.key === event.key && event.mark?.calendarId === calendarNames.get(place.calendar.id)
      const shown = { event, writtenFor: isOurs ? event.mark?.groupId : undefined }
      named.set(name, [...(named.get(name) ?? []), shown])
    }
    return { ...place, id: place.calendar.id, events: named }
  })
}

/** The copies of an event in one calendar. */
export function copiesOf(name: string, place: ShownPlace): readonly ShownEvent[] {
  return place.events.get(name) ?? []
}
