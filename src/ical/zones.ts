import { isSyncError, SyncError } from '../errors.js'
import type { EventTime } from '../model/content.js'
import { digest } from '../model/hash.js'
import { fromInstant, isZoneName, resolveZone } from '../model/time.js'
import { type Component, componentsOf, formatComponent, isComponent, linesOf, propertyOf } from './component.js'
import { unescapeText } from './content-line.js'
import { checkLimit } from './limits.js'
import { fixedZone, instantBy, matchingZone, type Onset, onsets } from './zone-definition.js'

/** The zones that one calendar text defines. */
export interface ZoneDefinitions {
  readonly byName: ReadonlyMap<string, Component>
  /** What was found for names that nobody knows, since looking takes milliseconds. */
  readonly choices: Map<string, Choice>
  /** Names that have to be searched for, since they are no names of zones as they stand. */
  readonly odd: Set<string>
}

/** What a TZID stands for. */
export type Choice =
  | { readonly kind: 'zone'; readonly zone: string }
  | { readonly kind: 'definition'; readonly observances: readonly Onset[] }
  | { readonly kind: 'unreadable'; readonly error: SyncError }

/** Gives wall times their zone, the same one for the same name throughout one event. */
export interface ZoneReader {
  /** A wall time under a TZID. */
  read(local: string, tzid: string): EventTime
}

/**
 * Collects the VTIMEZONEs of a calendar.
 * @throws SyncError `limit_exceeded` for a definition that repeats within a day; no clock does.
 */
export function zoneDefinitions(calendar: Component): ZoneDefinitions {
  const byName = new Map<string, Component>()
  for (const component of componentsOf(calendar, 'VTIMEZONE')) {
    for (const observance of component.items.filter(isComponent)) {
      if (linesOf(observance, 'RRULE').some((line) => /FREQ=(SECOND|MINUTE|HOUR)LY/i.test(line.text))) {
        throw new SyncError(
          'limit_exceeded',
          'A time zone of this calendar changes its clocks without end. Export it again.',
          {
            reason: 'LIMIT_RECURRENCE',
          },
        )
      }
    }
    checkLimit(lengthOf(component), maxDefinition, 'LIMIT_ZONES', 'The size of a time zone of this calendar')
    const tzid = propertyOf(component, 'TZID')
    if (tzid) byName.set(unescapeText(tzid.value).trim(), component)
  }
  return { byName, ...nothingLookedUp() }
}

/**
 * Reads zones by name wherever the name is known, since definitions in files are often older than the zone's law.
 * Only a name that nobody knows is taken as its VTIMEZONE defines it: as an IANA zone whose clocks do the same in the
 * years of the event, as a fixed offset, or, for an event that happens once, as the instant.
 */
export function zoneReader(definitions: ZoneDefinitions, recurring: boolean): ZoneReader {
  const chosen = new Map<string, Choice>()
  return {
    read(local, tzid) {
      let choice = chosen.get(tzid)
      if (!choice) {
        choice = choose(tzid, definitions, Number(local.slice(0, 4)), recurring)
        chosen.set(tzid, choice)
      }
      if (choice.kind === 'unreadable') throw choice.error
      if (choice.kind === 'definition') return fromInstant(instantBy(choice.observances, local), 'UTC')
      return {
        kind: 'timed',
        local,
        zone: choice.zone,
        ...(choice.zone !== tzid && { originalZone: tzid.slice(0, 255) }),
      }
    },
  }
}

/** No names looked up yet. */
export function nothingLookedUp(): Pick<ZoneDefinitions, 'choices' | 'odd'> {
  return { choices: new Map(), odd: new Set() }
}

/** The whole history of a zone is a fifth of this. */
const maxDefinition = 65_536
/** Odd names and definitions looked into per text: many events in a few zones, but not a file made of zones. */
const maxChoices = 200
const yearsAhead = 6

function choose(tzid: string, definitions: ZoneDefinitions, year: number, recurring: boolean): Choice {
  const definition = definitions.byName.get(tzid)
  if (!isZoneName(tzid)) {
    checkLimit(definitions.odd.add(tzid).size, maxChoices, 'LIMIT_ZONES', 'The number of odd names of time zones')
  }
  const named = resolveZone(tzid) ?? (definition && namedInside(definition))
  if (named !== undefined) return { kind: 'zone', zone: named }
  if (!definition) {
    throw new SyncError(
      'invalid_event',
      'The time zone of this event is not known, and the calendar does not define it. Give the event an IANA zone.',
      { reason: 'ZONE_UNKNOWN' },
    )
  }
  const key = JSON.stringify([tzid, year, recurring])
  const known = definitions.choices.get(key)
  if (known) return known
  checkLimit(
    definitions.choices.size + 1,
    maxChoices,
    'LIMIT_ZONES',
    'The number of unknown time zones in this calendar',
  )
  const choice = remembered(digest(key, formatComponent(definition)), () =>
    byDefinition(definition, tzid, year, recurring),
  )
  definitions.choices.set(key, choice)
  return choice
}

const memory = new Map<string, Choice>()

/** The resources of one calendar repeat the same definition, each in a text of its own. */
function remembered(key: string, find: () => Choice): Choice {
  const known = memory.get(key)
  if (known) return known
  const choice = find()
  if (memory.size >= maxChoices) memory.clear()
  memory.set(key, choice)
  return choice
}

function lengthOf(component: Component): number {
  return component.items.reduce((sum, item) => sum + (isComponent(item) ? lengthOf(item) : item.text.length), 0)
}

function byDefinition(definition: Component, tzid: string, year: number, recurring: boolean): Choice {
  try {
    const observances = onsets(definition, year - 1, year + yearsAhead)
    const until = recurring ? year + yearsAhead : year + 1
    const zone = fixedZone(observances) ?? matchingZone(observances, tzid, year, until)
    if (zone !== undefined) return { kind: 'zone', zone }
    if (!recurring) return { kind: 'definition', observances }
    throw new SyncError(
      'invalid_event',
      'This series is in a time zone of its own that fits no known zone. Give it an IANA zone.',
      { reason: 'ZONE_CUSTOM' },
    )
  } catch (error) {
    if (isSyncError(error)) return { kind: 'unreadable', error } // remembered as well: finding out is what takes time
    throw error
  }
}

function namedInside(definition: Component): string | undefined {
  const location = propertyOf(definition, 'X-LIC-LOCATION')
  return location && resolveZone(location.value.trim())
}
