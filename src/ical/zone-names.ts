import { sameZone } from '../model/time.js'
import { type Component, propertyOf } from './component.js'
import type { Series } from './series.js'
import { readTime, tzidOf } from './times.js'
import type { ZoneDefinitions, ZoneReader } from './zones.js'

/** What zones are called in this text. */
export interface ZoneNames {
  readonly name: (zone: string) => string
  /** Zones that the text does not define yet, as far as asked for. */
  readonly added: ReadonlySet<string>
}

export function zoneNames(definitions: ZoneDefinitions, { master, occurrences, zones }: Series): ZoneNames {
  const events = [...(master ? [master] : []), ...occurrences.values()]
  let used: readonly ZoneUse[] | undefined
  const added = new Set<string>()
  return {
    added,
    name(zone) {
      used ??= events.flatMap((event) => zoneUses(event, zones))
      const known = used.find((use) => sameZone(use.zone, zone))
      if (known) return known.tzid
      if (!definitions.byName.has(zone)) added.add(zone)
      return zone
    },
  }
}

interface ZoneUse {
  readonly tzid: string
  readonly zone: string
}

/** What the text calls a zone, in the lines that were read: of repeated ones that is the first. */
function zoneUses(event: Component, zones: ZoneReader): readonly ZoneUse[] {
  return ['DTSTART', 'DTEND'].flatMap((name) => {
    const property = propertyOf(event, name)
    const tzid = tzidOf(property)
    const time = property && tzid !== undefined ? readTime(property, zones) : undefined
    if (tzid === undefined || time?.kind !== 'timed') return []
    return [{ tzid, zone: time.zone }]
  })
}
