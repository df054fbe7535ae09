import { isSyncError, SyncError } from '../errors.js'
import type { EventContent, Stamps } from '../model/content.js'
import type { Uid } from '../model/ids.js'
import type { Mark } from '../model/origin.js'
import { resolveZone } from '../model/time.js'
import {
  type Component,
  componentsOf,
  formatComponent,
  type Item,
  isComponent,
  parseCalendars,
  propertyOf,
} from './component.js'
import { oneLine, parseLine, unescapeText } from './content-line.js'
import { defaultLimits, type IcalLimits } from './limits.js'
import { arrange, readSeries } from './series.js'
import { tzidOf } from './times.js'
import { type ZoneDefinitions, zoneDefinitions } from './zones.js'

/** One event of a calendar text, with its overrides: what can be read of it, or why it cannot. */
export type IcalUnit =
  | {
      readonly ok: true
      readonly uid: Uid
      readonly content: EventContent
      readonly stamps: Stamps
      /** The mark as it stands there; nobody has checked it. */
      readonly mark?: Mark
      /** An invitation to single occurrences of a series that is not here. */
      readonly readOnly: boolean
      /** The event alone as a VCALENDAR, with all its properties and the zones that it names. */
      readonly text: string
    }
  | { readonly ok: false; readonly uid: Uid | null; readonly error: SyncError; readonly text: string }

/** What a file with many events holds. */
export interface IcalCalendar {
  readonly name: string | null
  /** IANA zone that floating times fall into; null when the file does not tell. */
  readonly zone: string | null
  readonly units: readonly IcalUnit[]
}

/**
 * Reads a calendar file. One event that cannot be read is set aside and does not spoil its neighbours; a file that is
 * no calendar, or not a whole one, is refused as a whole.
 * @throws SyncError `not_icalendar`, `limit_exceeded`, `unsupported` (vCalendar 1.0). Nothing is believed then.
 */
export function readCalendar(text: string, limits: Partial<IcalLimits> = {}): IcalCalendar {
  const all = { ...defaultLimits, ...limits }
  const calendars = parseCalendars(text, all)
  for (const calendar of calendars) checkVersion(calendar)
  const units: IcalUnit[] = []
  const seen = new Set<Uid>()
  for (const calendar of calendars) {
    const definitions = zoneDefinitions(calendar)
    const head = calendar.items.filter((item) => ['VERSION', 'PRODID', 'CALSCALE'].includes(item.name))
    for (const group of groups(calendar)) {
      const unit = readUnit(group, definitions, all)
      const reading = unit.uid !== null && seen.has(unit.uid) ? failure(unit.uid, duplicate()) : unit
      units.push(withText(reading, () => textOf(group, head, definitions)))
      if (unit.uid !== null) seen.add(unit.uid)
    }
  }
  const [first] = calendars
  return { name: first ? nameOf(first) : null, zone: first ? zoneOf(first) : null, units }
}

/**
 * Reads one CalDAV resource. Never throws: what cannot be read is a unit with an error, so that one broken resource
 * does not hold up a pull. `text` of what is returned is the text as given.
 */
export function readObject(text: string, limits: Partial<IcalLimits> = {}): IcalUnit {
  const all = { ...defaultLimits, ...limits }
  try {
    const { events, definitions, uids } = openObject(text, all)
    const [uid] = uids
    if (events.length === 0) return { ...failure(uid ?? null, noEvent()), text }
    if (uids.length > 1) return { ...failure(null, mixed()), text }
    return { ...readUnit({ uid: uid ?? null, events }, definitions, all), text }
  } catch (error) {
    return { ...failure(null, toSyncError(error)), text }
  }
}

/** The parts of one CalDAV resource. */
export interface IcalObject {
  readonly calendar: Component
  readonly events: readonly Component[]
  readonly definitions: ZoneDefinitions
  /** All UIDs in it; one, if it is in order. */
  readonly uids: readonly Uid[]
}

/** @throws SyncError as {@link readCalendar}, and for a text that is two calendars. */
export function openObject(text: string, limits: IcalLimits, keepSource = false): IcalObject {
  const [calendar, second] = parseCalendars(text, limits, keepSource)
  if (!calendar || second) {
    throw new SyncError('invalid_event', 'There are two calendars in one resource. Store them apart.', {
      reason: 'TWO_CALENDARS',
    })
  }
  checkVersion(calendar)
  const events = componentsOf(calendar, 'VEVENT')
  const named = calendar.items.filter(isComponent).filter((component) => component.name !== 'VTIMEZONE')
  const uids = new Set(named.flatMap((component) => uidOf(component) ?? []))
  return { calendar, events, definitions: zoneDefinitions(calendar), uids: [...uids] }
}

/** A unit without its text. */
type UnitReading =
  | (Omit<Extract<IcalUnit, { ok: true }>, 'text'> & { readonly ok: true })
  | Omit<Extract<IcalUnit, { ok: false }>, 'text'>

interface Group {
  readonly uid: Uid | null
  readonly events: readonly Component[]
}

const maxUidLength = 2_048 // what ids of this package hold

/** Events by UID, in the order of the file. Those without a UID stand alone. */
function groups(calendar: Component): readonly Group[] {
  const named = new Map<Uid, Component[]>()
  const all: Group[] = []
  for (const event of componentsOf(calendar, 'VEVENT')) {
    const uid = uidOf(event)
    const group = uid === undefined ? undefined : named.get(uid)
    if (group) group.push(event)
    else {
      const events = [event]
      if (uid !== undefined) named.set(uid, events)
      all.push({ uid: uid ?? null, events })
    }
  }
  return all
}

function readUnit(group: Group, definitions: ZoneDefinitions, limits: IcalLimits): UnitReading {
  const { uid } = group
  try {
    if (uid === null) {
      throw new SyncError(
        'invalid_event',
        'This event has no UID, so it cannot be told from others. Export it with one.',
        {
          reason: 'NO_UID',
        },
      )
    }
    if (uid.length > maxUidLength) {
      throw new SyncError(
        'limit_exceeded',
        `The UID of this event is longer than ${maxUidLength} characters. Export it with a shorter one.`,
        {
          reason: 'LIMIT_UID',
        },
      )
    }
    return { ok: true, uid, ...readSeries(arrange(group.events, definitions, limits), limits) }
  } catch (error) {
    return failure(uid !== null && uid.length > maxUidLength ? null : uid, toSyncError(error))
  }
}

function failure(uid: Uid | null, error: SyncError): UnitReading {
  return { ok: false, uid, error }
}

/** Written when somebody asks: a calendar with its zones repeated in every event can be many times its own size. */
function withText(reading: UnitReading, write: () => string): IcalUnit {
  return Object.defineProperty({ ...reading } as IcalUnit, 'text', { get: write, enumerable: true })
}

/** An error that is not ours is a form of text that nobody thought of: it costs this event, not the calendar. */
function toSyncError(error: unknown): SyncError {
  if (isSyncError(error)) return error
  return new SyncError('invalid_event', 'This event cannot be read. Please report its form, without its content.', {
    cause: error,
    reason: 'UNREADABLE',
  })
}

/** The events of one UID as a calendar of their own. */
function textOf(group: Group, head: readonly Item[], definitions: ZoneDefinitions): string {
  const zones = [...zonesNamed(group.events)].flatMap((tzid) => definitions.byName.get(tzid) ?? [])
  return formatComponent({ name: 'VCALENDAR', items: [...head, ...zones, ...group.events] })
}

function zonesNamed(events: readonly Component[]): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (item: Item): void => {
    if (isComponent(item)) item.items.forEach(look)
    else if (/;TZID=/i.test(item.text)) {
      const tzid = tzidOf(parseLine(item.text))
      if (tzid !== undefined) found.add(tzid)
    }
  }
  events.forEach(look)
  return found
}

function uidOf(component: Component): Uid | undefined {
  const property = propertyOf(component, 'UID')
  const uid = property ? oneLine(unescapeText(property.value)) : ''
  return uid === '' ? undefined : (uid as Uid)
}

/** vCalendar 1.0 has the same frame, but other rules and encodings. */
function checkVersion(calendar: Component): void {
  if (propertyOf(calendar, 'VERSION')?.value.trim() === '1.0') {
    throw new SyncError('unsupported', 'This is a vCalendar 1.0 file. Export it as iCalendar 2.0.', {
      reason: 'ICAL_VERSION',
    })
  }
}

function nameOf(calendar: Component): string | null {
  const property = propertyOf(calendar, 'X-WR-CALNAME') ?? propertyOf(calendar, 'NAME')
  return (property && oneLine(unescapeText(property.value))) || null
}

function zoneOf(calendar: Component): string | null {
  const property = propertyOf(calendar, 'X-WR-TIMEZONE') ?? propertyOf(calendar, 'TIMEZONE-ID')
  return (property && resolveZone(unescapeText(property.value))) ?? null
}

function duplicate(): SyncError {
  return new SyncError('invalid_event', 'Another event of this calendar has the same UID. Give one of them its own.', {
    reason: 'DUPLICATE_UID',
  })
}

function mixed(): SyncError {
  return new SyncError('invalid_event', 'Events with different UIDs share one resource. Store them apart.', {
    reason: 'MIXED_UIDS',
  })
}

function noEvent(): SyncError {
  return new SyncError('unsupported', 'There is no event in this resource (a task or a journal entry, perhaps).', {
    reason: 'NO_EVENT',
  })
}
