import { type EventContent, type OccurrenceContent, occurrenceFields } from '../model/content.js'
import type { Mark } from '../model/origin.js'
import { type Component, formatComponent, type Item } from './component.js'
import { escapeText, oneLine } from './content-line.js'
import { codecs } from './event-map.js'
import { line, type WriteContext } from './field-codec.js'
import { cancelledSlots, markLine, ruleLine, slotLine } from './series-lines.js'
import { compactInstant } from './times.js'
import { vtimezone } from './vtimezone.js'
import { nothingLookedUp, zoneReader } from './zones.js'

/** A new calendar object. */
export interface NewObject {
  readonly uid: string
  readonly content: EventContent
  /** Stamped into every component, where the copy is ours. */
  readonly mark?: Mark
  /** Milliseconds since 1970, for DTSTAMP. */
  readonly now: number
}

/**
 * Writes an event with its overrides as one calendar object, the way a CalDAV server takes it: no METHOD, one UID,
 * every zone defined. Attendees, organizer and reminders are written if they are in the content; whether they should
 * be is not decided here.
 * @throws SyncError `invalid_event` for a zone that nobody knows or a time that does not exist.
 */
export function writeObject(object: NewObject): string {
  const zones = new Set<string>()
  const events = componentsFor(object, zones)
  const years = yearsOf(object.content, object.now)
  return formatComponent({
    name: 'VCALENDAR',
    items: [
      line('VERSION', '2.0'),
      line('PRODID', '-//calweave//EN'),
      ...[...zones].sort().map((zone) => vtimezone(zone, years.from, years.to)),
      ...events,
    ],
  })
}

/** The VEVENTs of an object, the master first. Adds the zones that they name to `zones`. */
export function componentsFor(object: NewObject, zones: Set<string>): readonly Component[] {
  const { content } = object
  const nameZone = (zone: string) => {
    zones.add(zone)
    return zone
  }
  const events: Component[] = [masterOf(object, nameZone)]
  if (!content.recurrence) return events
  for (const slot of Object.keys(content.overrides).sort()) {
    const override = content.overrides[slot]
    if (override?.kind !== 'changed') continue
    const id = slotLine('RECURRENCE-ID', slot, content.time.start, nameZone)
    events.push(eventOf(object, override.content, [id], nameZone))
  }
  return events
}

/** The years that a zone has to be described for: from the earliest time in the content to well after the latest. */
export function yearsOf(content: EventContent, now: number): { readonly from: number; readonly to: number } {
  const years = [content, ...changedContents(content)]
    .flatMap(({ time }) => [time.start, time.end])
    .map((time) => Number((time.kind === 'date' ? time.date : time.local).slice(0, 4)))
  const slots = [...Object.keys(content.overrides), ...(content.recurrence?.rdates ?? [])].map((slot) =>
    Number(slot.slice(0, 4)),
  )
  const known = [...years, ...slots]
  return {
    from: known.reduce((least, year) => Math.min(least, year)),
    to: known.reduce((most, year) => Math.max(most, year), new Date(now).getUTCFullYear()) + yearsAhead,
  }
}

/** Rules of a zone are recognised from what they do in so many years. */
const yearsAhead = 20

function changedContents(content: EventContent): readonly OccurrenceContent[] {
  return Object.values(content.overrides).flatMap((override) => (override.kind === 'changed' ? [override.content] : []))
}

function masterOf(object: NewObject, nameZone: WriteContext['nameZone']): Component {
  const { recurrence, time } = object.content
  if (!recurrence) return eventOf(object, object.content, [], nameZone)
  const slots = (name: string, list: readonly string[]) =>
    list.map((slot) => slotLine(name, slot, time.start, nameZone))
  return eventOf(
    object,
    object.content,
    [
      ...(recurrence.rule === null ? [] : [ruleLine(recurrence.rule, time.start)]),
      ...slots('RDATE', recurrence.rdates),
      ...slots('EXDATE', cancelledSlots(object.content)),
    ],
    nameZone,
  )
}

function eventOf(
  { uid, mark, now }: NewObject,
  content: OccurrenceContent,
  repetition: readonly Item[],
  nameZone: WriteContext['nameZone'],
): Component {
  const context: WriteContext = {
    nameZone,
    zones: zoneReader({ byName: new Map(), ...nothingLookedUp() }, false),
    title: content.title,
  }
  const fields = occurrenceFields.map((field) => codecs[field].write(content[field] as never, [], context))
  const items = [
    line('UID', escapeText(oneLine(uid))),
    line('DTSTAMP', compactInstant(now)),
    ...repetition,
    ...fields.flat(),
    ...(mark ? [markLine(mark)] : []),
  ]
  // lines come before components
  return {
    name: 'VEVENT',
    items: [...items.filter((item) => !('items' in item)), ...items.filter((item) => 'items' in item)],
  }
}
