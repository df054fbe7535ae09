import { SyncError } from '../errors.js'
import {
  type EventContent,
  type EventSpan,
  type Field,
  type OccurrenceContent,
  type OccurrenceField,
  occurrenceFields,
  type Slot,
} from '../model/content.js'
import { sameField, sameOccurrenceField, sameOverride } from '../model/equality.js'
import type { Mark } from '../model/origin.js'
import { sameRule } from '../model/rule-equality.js'
import { slotOf } from '../model/slots.js'
import { sameTime } from '../model/time.js'
import { normalizeUntil } from '../model/until.js'
import { type Component, formatComponent, type Item, isComponent, propertyOf } from './component.js'
import { formatLine, parseLine } from './content-line.js'
import { codecs, readOccurrence } from './event-map.js'
import { line, type WriteContext } from './field-codec.js'
import { replace, sameItems, withLine } from './items.js'
import { defaultLimits, type IcalLimits } from './limits.js'
import { type IcalObject, openObject } from './read.js'
import { arrange, outranks, rdates, readSeries, recurrenceId, type Series, sequenceOf, valuesOf } from './series.js'
import { cancelledSlots, markLine, ruleLine, slotLine } from './series-lines.js'
import { compactInstant, readTime, settleSpan } from './times.js'
import { vtimezone } from './vtimezone.js'
import { yearsOf } from './write.js'
import { type ZoneNames, zoneNames } from './zone-names.js'

/** A change of a calendar object that is there. */
export interface ObjectPatch {
  /** The whole content that it should have afterwards. */
  readonly content: EventContent
  /** What of it is to be written. Nothing else is touched, whatever it says. */
  readonly fields: readonly Field[]
  /** Stamped into every component, where the copy is ours. */
  readonly mark?: Mark
  /** Milliseconds since 1970, for DTSTAMP and LAST-MODIFIED. */
  readonly now: number
}

/**
 * Changes a calendar object and leaves everything that we know nothing of as it is: properties and components of other
 * programs, parameters, alarms, zones. A text in which nothing has to change comes back as it was, letter by letter.
 *
 * When the start of a series moves, its occurrences get new names; then `recurrence` and `overrides` of the content are
 * written whatever `fields` says.
 * @throws SyncError as {@link readCalendar} does, and `unsupported` for an invitation to single occurrences.
 */
export function patchObject(text: string, patch: ObjectPatch, limits: Partial<IcalLimits> = {}): string {
  const all = { ...defaultLimits, ...limits }
  const object = openObject(text, all, true)
  const series = arrange(object.events, object.definitions, all)
  const { master } = series
  if (!master || object.uids.length !== 1) {
    throw new SyncError(
      'unsupported',
      'Only the organizer of this series can change it. Change it in its own calendar.',
      {
        reason: 'NO_MASTER',
      },
    )
  }
  const job = jobOf(patch, object, series, master, readSeries(series, all).content)
  const events = patchEvents(job)
  const unchanged =
    events.length === series.occurrences.size + 1 && events.every(({ before, after }) => before === after)
  if (unchanged) return text
  return formatComponent({ ...object.calendar, items: patchCalendar(object, events, job) })
}

interface Job extends ObjectPatch {
  readonly series: Series
  readonly master: Component
  readonly current: EventContent
  /** The fields that really change. */
  readonly touched: readonly Field[]
  /** Whether the start changes, and with it the name of every occurrence. */
  readonly moved: boolean
  /** Occurrences whose own span is said by nothing but an RDATE. */
  readonly periods: ReadonlyMap<Slot, EventSpan>
  readonly zoneNames: ZoneNames
}

function jobOf(patch: ObjectPatch, object: IcalObject, series: Series, master: Component, current: EventContent): Job {
  const { content, fields } = patch
  const moved = fields.includes('time') && !sameTime(current.time.start, content.time.start)
  const wanted = {
    ...content,
    recurrence: moved || fields.includes('recurrence') ? content.recurrence : current.recurrence,
    overrides: moved || fields.includes('overrides') ? content.overrides : current.overrides,
  }
  const periods = [...rdates(master, series)].flatMap(([slot, span]) =>
    span && !series.occurrences.has(slot) ? [[slot, span] as const] : [],
  )
  return {
    ...patch,
    content: wanted,
    series,
    master,
    current,
    touched: fields.filter((field) => !sameField(field, current, wanted)),
    moved,
    periods: new Map(periods),
    zoneNames: zoneNames(object.definitions, series),
  }
}

/** A VEVENT before and after; without `before` it is new. */
interface PatchedEvent {
  readonly before?: Component
  readonly after: Component
}

function patchEvents(job: Job): readonly PatchedEvent[] {
  const { content, current, master, moved, series, touched } = job
  const repeats = touched.includes('recurrence') || (moved && (current.recurrence ?? content.recurrence) !== null)
  // An occurrence that is said by a period has everything else from the master, so any change there may touch it.
  const overridden = repeats || touched.includes('overrides') || (touched.length > 0 && job.periods.size > 0)

  let next = patchFields(
    job,
    master,
    content,
    occurrenceFields.filter((field) => touched.includes(field)),
  )
  if (overridden) next = patchRepetition(job, next)
  const stamped = stamp(job, master, next, touched.includes('time') || repeats)
  if (!overridden) {
    const rest = [...series.occurrences.values()].map((event) => ({
      before: event,
      after: stamp(job, event, event, false),
    }))
    return [{ before: master, after: stamped }, ...rest]
  }
  return [{ before: master, after: stamped }, ...patchOccurrences(job, next)]
}

/** Writes the fields that differ into one VEVENT. */
function patchFields(
  job: Job,
  event: Component,
  wanted: OccurrenceContent,
  fields: readonly OccurrenceField[],
): Component {
  const { series } = job
  const there = readOccurrence(event, series.zones)
  const current = { ...there, time: settleSpan(there.time) }
  const context: WriteContext = { nameZone: job.zoneNames.name, zones: series.zones, title: wanted.title }
  let { items } = event
  for (const field of fields) {
    if (sameOccurrenceField(field, current, wanted)) continue
    const codec = codecs[field]
    const existing = items.filter((item) => codec.owns(item))
    items = replace(items, existing, codec.write(wanted[field] as never, existing, context))
  }
  return items === event.items ? event : { ...event, items }
}

/** RRULE, RDATE and EXDATE of the master. */
function patchRepetition(job: Job, master: Component): Component {
  const { content, moved } = job
  const { recurrence, time } = content
  const { name } = job.zoneNames
  let { items } = master
  const lines = (...names: readonly string[]) => items.filter((item) => !isComponent(item) && names.includes(item.name))

  const rules = lines('RRULE')
  const rule = recurrence?.rule ?? null
  const kept = rules[0] && !isComponent(rules[0]) ? (parseLine(rules[0].text)?.value ?? null) : null
  const fits = !moved || kept === null || normalizeUntil(kept, time.start) === kept
  const ruleStays = sameRule(kept, rule, time.start) && fits
  if (!ruleStays) items = replace(items, rules, rule === null ? [] : [ruleLine(rule, time.start)])

  const wantedDates = new Set(recurrence?.rdates ?? [])
  const mayStay = (slot: Slot) => !job.periods.has(slot) || saysPeriod(job, master, slot)
  const dates = patchSlots(
    job,
    lines('RDATE'),
    'RDATE',
    wantedDates,
    (slot) => !moved && mayStay(slot) && wantedDates.has(slot),
    name,
  )
  items = replace(items, lines('RDATE'), dates)

  const cancelled = new Set(recurrence ? cancelledSlots(content) : [])
  if (!moved) for (const slot of cancelled) if (isCancelledBefore(job, slot)) cancelled.delete(slot)
  const exceptions = patchSlots(
    job,
    lines('EXDATE'),
    'EXDATE',
    cancelled,
    (slot) => !moved && isAsBefore(job, slot),
    name,
  )
  items = replace(items, lines('EXDATE'), exceptions)
  return sameItems(items, master.items) ? master : { ...master, items }
}

/** Lines that name the wanted slots and no others but what may stay, which does so in the form it has. */
function patchSlots(
  job: Job,
  lines: readonly Item[],
  name: string,
  wanted: ReadonlySet<Slot>,
  mayStay: (slot: Slot) => boolean,
  nameZone: (zone: string) => string,
): readonly Item[] {
  const missing = new Set(wanted)
  const kept = lines.flatMap((item): readonly Item[] => {
    const property = isComponent(item) ? undefined : parseLine(item.text)
    if (!property) return []
    const values = valuesOf(property)
    const staying = values.filter((value) => {
      const slot = slotOf(readTime(property, job.series.zones, value.split('/')[0]), job.series.start)
      if (slot === undefined || !mayStay(slot)) return false
      missing.delete(slot)
      return true
    })
    if (staying.length === values.length) return [item]
    return staying.length === 0 ? [] : [{ name, text: formatLine({ ...property, value: staying.join(',') }) }]
  })
  return [...kept, ...[...missing].sort().map((slot) => slotLine(name, slot, job.content.time.start, nameZone))]
}

/** Whether an EXDATE goes on to say, or to say in vain, what it said. */
function isAsBefore({ content, current }: Job, slot: Slot): boolean {
  return current.overrides[slot]?.kind === content.overrides[slot]?.kind
}

/** True when a component with STATUS:CANCELLED already says so; then it stays the one that says it. */
function isCancelledBefore(job: Job, slot: Slot): boolean {
  return job.series.occurrences.has(slot) && job.current.overrides[slot]?.kind === 'cancelled'
}

/** Whether an RDATE with a period beside this master still says all that there is to say about its occurrence. */
function saysPeriod(job: Job, master: Component, slot: Slot): boolean {
  const [span, override] = [job.periods.get(slot), job.content.overrides[slot]]
  if (!span || override?.kind !== 'changed') return override?.kind === 'cancelled'
  return sameOverride(
    { kind: 'changed', content: { ...readOccurrence(master, job.series.zones), time: span } },
    override,
  )
}

function patchOccurrences(job: Job, master: Component): readonly PatchedEvent[] {
  const { content, moved, series } = job
  if (!content.recurrence) return []
  const free = new Map(series.occurrences)
  const events: PatchedEvent[] = []
  for (const slot of Object.keys(content.overrides).sort()) {
    const override = content.overrides[slot]
    const before = free.get(slot) ?? (moved ? onDate(free, slot, content) : undefined)
    if (override?.kind === 'cancelled') {
      const stays = before && !moved && isCancelledBefore(job, slot)
      if (stays) events.push({ before, after: stamp(job, before, before, false) })
      continue
    }
    if (!override || (!moved && !before && saysPeriod(job, master, slot))) continue
    for (const [key, event] of free) if (event === before) free.delete(key)
    events.push(patchOccurrence(job, slot, override.content, before, master))
  }
  return events
}

/** One changed occurrence. A new one begins as a copy of the master, for all that we know nothing of. */
function patchOccurrence(
  job: Job,
  slot: Slot,
  wanted: OccurrenceContent,
  before: Component | undefined,
  master: Component,
): PatchedEvent {
  const { moved } = job
  const id = slotLine('RECURRENCE-ID', slot, job.content.time.start, job.zoneNames.name)
  if (!before) {
    const copy = master.items.filter((item) => !['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'DTSTAMP'].includes(item.name))
    const draft: Component = { name: 'VEVENT', items: withLine(copy, id) }
    return { after: stamp(job, undefined, patchFields(job, draft, wanted, occurrenceFields), false) }
  }
  const there = readOccurrence(before, job.series.zones)
  let after = patchFields(job, before, wanted, occurrenceFields)
  const rescheduled = !sameOccurrenceField('time', { ...there, time: settleSpan(there.time) }, wanted)
  if (moved) after = { ...after, items: withLine(after.items, id) }
  return { before, after: stamp(job, before, after, rescheduled || moved) }
}

/** The occurrence that stood on this date before the series moved to another time of day. */
function onDate(occurrences: ReadonlyMap<Slot, Component>, slot: Slot, content: EventContent): Component | undefined {
  const found = [...occurrences].find(([key]) => key.slice(0, 10) === slot.slice(0, 10) && !(key in content.overrides))
  return found?.[1]
}

/** Mark and times of change. A component in which nothing changed comes back as it is. */
function stamp(job: Job, before: Component | undefined, after: Component, rescheduled: boolean): Component {
  let { items } = after
  if (job.mark) {
    const wanted = markLine(job.mark)
    if (!items.some((item) => !isComponent(item) && item.text === wanted.text)) items = withLine(items, wanted)
  }
  if (before && sameItems(items, before.items)) return before
  items = withLine(items, line('DTSTAMP', compactInstant(job.now)))
  items = withLine(items, line('LAST-MODIFIED', compactInstant(job.now)))
  if (rescheduled) items = withLine(items, line('SEQUENCE', String(sequenceOf(after) + 1)))
  return { ...after, items }
}

function patchCalendar(object: IcalObject, events: readonly PatchedEvent[], job: Job): readonly Item[] {
  const years = yearsOf(job.content, job.now)
  const zones = [...job.zoneNames.added].sort().map((zone) => vtimezone(zone, years.from, years.to))
  const after = new Map(events.flatMap((event) => (event.before ? [[event.before, event.after] as const] : [])))
  const added = events.filter((event) => !event.before).map((event) => event.after)
  const items: Item[] = []
  const lastEvent = object.calendar.items.findLastIndex((item) => item.name === 'VEVENT')
  const firstEvent = object.calendar.items.findIndex((item) => item.name === 'VEVENT')
  object.calendar.items.forEach((item, index) => {
    if (index === firstEvent) items.push(...zones)
    if (isComponent(item) && item.name === 'VEVENT') {
      const event = after.get(item) ?? (isOutranked(job, item, after) ? item : undefined)
      if (event) items.push(event)
    } else if (item.name !== 'METHOD') items.push(item) // a stored object has none (RFC 4791 section 4.1)
    if (index === lastEvent) items.push(...added)
  })
  return items
}

/**
 * A second version of a component, which says nothing as long as the one that outranks it is there. It stays as long, and
 * as long as it can be told from that one.
 */
function isOutranked(job: Job, event: Component, after: ReadonlyMap<Component, Component>): boolean {
  const { master, moved, series } = job
  const isOccurrence = propertyOf(event, 'RECURRENCE-ID') !== undefined
  if (moved && isOccurrence) return false // it would name an occurrence that there is none of any more
  const counted = isOccurrence ? series.occurrences.get(recurrenceId(event, series.start, series.zones)) : master
  const next = counted && after.get(counted)
  if (!counted || !next || counted === event) return false
  return next === counted || outranks(next, event)
}
