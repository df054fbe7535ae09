import { SyncError } from '../errors.js'
import type { EventContent, EventSpan, EventTime, OccurrenceContent, Override, Slot, Stamps } from '../model/content.js'
import { spanFrom } from '../model/occurrence.js'
import { decodeMark, type Mark } from '../model/origin.js'
import { formatRule, parseRule } from '../model/rule.js'
import { slotOf, slotTime } from '../model/slots.js'
import { sameTime } from '../model/time.js'
import { normalizeUntil } from '../model/until.js'
import { type Component, isComponent, type Line, linesOf, propertiesOf, propertyOf } from './component.js'
import { type Property, paramOf, parseLine } from './content-line.js'
import { isInline, readOccurrence } from './event-map.js'
import { checkLimit, type IcalLimits, listLimit } from './limits.js'
import { addDuration, order, parseDuration, readSpan, readStamp, readTime, settleSpan } from './times.js'
import { type ZoneDefinitions, type ZoneReader, zoneReader } from './zones.js'

/** The property that carries our mark. Upper case, and its value without any character that servers escape. */
export const markProperty = 'X-CALWEAVE-MARK'

/** The VEVENTs of one UID, each in its role. */
export interface Series {
  /** Absent where only single occurrences of somebody else's series are given. */
  readonly master?: Component
  /** When the master starts; without a master, the first given occurrence. Slots are in its form. */
  readonly start: EventTime
  readonly recurring: boolean
  /** The component of every changed or cancelled slot. */
  readonly occurrences: ReadonlyMap<Slot, Component>
  readonly zones: ZoneReader
}

/** What a group of VEVENTs says. */
export interface SeriesReading {
  readonly content: EventContent
  readonly stamps: Stamps
  readonly mark?: Mark
  readonly readOnly: boolean
}

/**
 * Finds master and occurrences. Of two components for one slot, the one with the higher SEQUENCE counts, then the one
 * with the later DTSTAMP.
 */
export function arrange(events: readonly Component[], definitions: ZoneDefinitions, limits: IcalLimits): Series {
  checkComponents(events, limits)
  const masters = events.filter((event) => !propertyOf(event, 'RECURRENCE-ID'))
  const rest = events.filter((event) => propertyOf(event, 'RECURRENCE-ID'))
  const master = masters.reduce<Component | undefined>(newer, undefined)
  const repeats = master !== undefined && linesOf(master, 'RRULE', 'RDATE').length > 0
  const recurring = repeats || rest.length > 0
  const zones = zoneReader(definitions, recurring)
  const start = master ? readSpan(master, zones).start : firstSlot(rest, zones)
  const occurrences = new Map<Slot, Component>()
  for (const event of rest) {
    const slot = recurrenceId(event, start, zones)
    occurrences.set(slot, newer(occurrences.get(slot), event))
  }
  return { ...(master && { master }), start, recurring, occurrences, zones }
}

/** Reads a series into its canonical form. */
export function readSeries(series: Series, limits: IcalLimits): SeriesReading {
  const { master, occurrences } = series
  const components = [...(master ? [master] : []), ...occurrences.values()]
  const [first] = components
  if (!first) throw new SyncError('invalid_event', 'There is no event here.', { reason: 'NO_EVENT' })
  const stamped = propertyOf(first, markProperty)
  const mark = stamped && decodeMark(stamped.value)
  return {
    content: master ? readMaster(master, series, limits) : readOrphans(series),
    stamps: readStamps(components, first),
    ...(mark && { mark }),
    readOnly: !master,
  }
}

/** Cancelled slots, as the EXDATEs of a master say. */
export function exdates(master: Component, series: Series): readonly Slot[] {
  return propertiesOf(master, 'EXDATE').flatMap((property) =>
    valuesOf(property).map((value) => slotIn(readTime(property, series.zones, value), series.start)),
  )
}

/** Additional slots; with the span where an RDATE gives its own. */
export function rdates(master: Component, series: Series): ReadonlyMap<Slot, EventSpan | undefined> {
  const found = new Map<Slot, EventSpan | undefined>()
  for (const property of propertiesOf(master, 'RDATE')) {
    for (const value of valuesOf(property)) {
      const [from = '', to] = value.split('/')
      const time = readTime(property, series.zones, from)
      const slot = slotIn(time, series.start)
      found.set(
        slot,
        to === undefined ? undefined : periodSpan(slotTime(slot, series.start), time, to, property, series.zones),
      )
    }
  }
  return found
}

/**
 * The rule of a master as it is written, in upper case and with an UNTIL of the type that the start demands; null when
 * it has none. Its parts keep their order: rules are compared by meaning, and people compare them by eye.
 */
export function ruleOf(master: Component, start: EventTime): string | null {
  const property = propertyOf(master, 'RRULE')
  if (!property) return null
  const text = property.value.trim()
  const rule = parseRule(text)
  return normalizeUntil(tidyRule.test(text) ? text : formatRule(rule), start)
}

const tidyRule = /^[A-Z0-9=,;+-]*[A-Z0-9]$/

/** The slot that an occurrence replaces, in its series' form. */
export function recurrenceId(event: Component, start: EventTime, zones: ZoneReader): Slot {
  const property = propertyOf(event, 'RECURRENCE-ID')
  if (!property)
    throw new SyncError('invalid_event', 'This occurrence does not say which one it is.', { reason: 'SLOT' })
  return slotIn(readTime(property, zones), start)
}

/** The values of a list property. */
export function valuesOf(property: Property): readonly string[] {
  return property.value
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
}

function readMaster(master: Component, series: Series, limits: IcalLimits): EventContent {
  const occurrence = readOccurrence(master, series.zones)
  if (!series.recurring) return { ...occurrence, time: settleSpan(occurrence.time), recurrence: null, overrides: {} }
  const rule = ruleOf(master, series.start)
  checkDates(master, limits)
  const added = rdates(master, series)
  const excluded = exdates(master, series)
  const overrides: Record<Slot, Override> = {}
  for (const slot of excluded) overrides[slot] = { kind: 'cancelled' }
  for (const [slot, span] of added) {
    if (span && !(slot in overrides)) overrides[slot] = overrideOf({ ...occurrence, time: span })
  }
  // An occurrence that is both excluded and given is given: what somebody wrote is not to vanish.
  for (const [slot, event] of series.occurrences) overrides[slot] = readOverride(event, series.zones)
  const repeats = rule !== null || added.size > 0 || Object.values(overrides).some(({ kind }) => kind === 'changed')
  if (repeats) return { ...occurrence, recurrence: { rule, rdates: [...added.keys()].sort() }, overrides }
  // Cancelled occurrences of an event that has but one: it is cancelled, or they are none of its own.
  const { status } = slotIn(series.start, series.start) in overrides ? cancelled : occurrence
  return { ...occurrence, status, time: settleSpan(occurrence.time), recurrence: null, overrides: {} }
}

const cancelled = { status: 'cancelled' } as const

/** Counted before they are read: reading a million dates takes a minute. */
function checkDates(master: Component, limits: IcalLimits): void {
  for (const name of ['RDATE', 'EXDATE']) {
    const count = propertiesOf(master, name).reduce((sum, property) => sum + valuesOf(property).length, 0)
    checkLimit(count, limits.dates, 'LIMIT_DATES', 'The number of added or cancelled occurrences')
  }
}

function readOverride(event: Component, zones: ZoneReader): Override {
  return overrideOf(readOccurrence(event, zones))
}

function overrideOf(content: OccurrenceContent): Override {
  if (content.status === 'cancelled') return { kind: 'cancelled' }
  return { kind: 'changed', content: { ...content, time: settleSpan(content.time) } }
}

/** An invitation to one occurrence is an event; to several, a list of dates in which every one has its own content. */
function readOrphans(series: Series): EventContent {
  const slots = [...series.occurrences.keys()].sort()
  const events = slots.map((slot) => series.occurrences.get(slot)).filter((event) => event !== undefined)
  const contents = events.map((event) => readOccurrence(event, series.zones))
  // What takes place says what the others are like.
  const first = contents.find(({ status }) => status !== 'cancelled') ?? contents[0]
  if (!first) throw new SyncError('invalid_event', 'There is no event here.', { reason: 'NO_EVENT' })
  if (contents.length === 1) return { ...first, time: settleSpan(first.time), recurrence: null, overrides: {} }
  const overrides: Record<Slot, Override> = {}
  slots.forEach((slot, index) => {
    const content = contents[index]
    if (content) overrides[slot] = overrideOf(content)
  })
  return {
    ...first,
    time: orphanSpan(series.start, first.time),
    recurrence: { rule: null, rdates: slots.slice(1) },
    overrides,
  }
}

/** The names of occurrences are often in UTC beside times in a zone: then the length counts, and not the wall time. */
function orphanSpan(start: EventTime, like: EventSpan): EventSpan {
  const sameForm = start.kind === like.start.kind && (start.kind !== 'timed' || start.zone === zoneOf(like.start))
  if (sameForm || start.kind === 'date') return spanFrom(start, like)
  return { start, end: addDuration(start, { days: 0, seconds: (order(like.end) - order(like.start)) / 1_000 }) }
}

function zoneOf(time: EventTime): string | undefined {
  return time.kind === 'timed' ? time.zone : undefined
}

function periodSpan(start: EventTime, from: EventTime, to: string, property: Property, zones: ZoneReader): EventSpan {
  const duration = parseDuration(to)
  const end = duration ? addDuration(from, duration) : readTime(property, zones, to)
  if (from.kind !== start.kind || end.kind !== start.kind || order(from) > order(end)) {
    throw new SyncError(
      'invalid_event',
      'A period of this series does not fit its start. Correct it in its calendar.',
      {
        reason: 'PERIOD',
      },
    )
  }
  return { start: sameTime(start, from) ? start : from, end }
}

function firstSlot(orphans: readonly Component[], zones: ZoneReader): EventTime {
  const times = orphans.flatMap((event) => {
    const property = propertyOf(event, 'RECURRENCE-ID')
    return property ? [readTime(property, zones)] : []
  })
  const key = (time: EventTime) => (time.kind === 'date' ? time.date : time.local)
  const [first] = times.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
  if (!first) throw new SyncError('invalid_event', 'There is no event here.', { reason: 'NO_EVENT' })
  return first
}

function slotIn(time: EventTime, start: EventTime): Slot {
  const slot = slotOf(time, start)
  if (slot === undefined) {
    throw new SyncError(
      'invalid_event',
      'An occurrence of this series is named in a form that does not fit its start.',
      {
        reason: 'SLOT',
      },
    )
  }
  return slot
}

function newer(a: Component | undefined, b: Component): Component {
  return a && outranks(a, b) ? a : b
}

/** Whether of two versions of one component the first is the newer one. */
export function outranks(a: Component, b: Component): boolean {
  const [left, right] = [sequenceOf(a), sequenceOf(b)]
  if (left !== right) return left > right
  return (readStamp(a, 'DTSTAMP') ?? '') > (readStamp(b, 'DTSTAMP') ?? '')
}

/** SEQUENCE, 0 where there is none that can be read. */
export function sequenceOf(event: Component): number {
  const sequence = Number(propertyOf(event, 'SEQUENCE')?.value ?? 0)
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0
}

function readStamps(components: readonly Component[], first: Component): Stamps {
  const updates = components.map((event) => readStamp(event, 'LAST-MODIFIED')).filter((stamp) => stamp !== null)
  return { created: readStamp(first, 'CREATED'), updated: updates.sort().at(-1) ?? null, sequence: sequenceOf(first) }
}

/** Refuses what is too much, and what we would misread, before anything is mapped. */
function checkComponents(events: readonly Component[], limits: IcalLimits): void {
  let length = 0
  let occurrences = 0
  for (const event of events) {
    for (const line of allLines(event)) {
      const size = isPassedBy(line) ? 0 : sizeOf(line)
      checkLimit(size, limits.valueLength, 'LIMIT_VALUE', `The length of ${line.name || 'a line'}`)
      length += size
      if (line.name === '' || !isReadable(line)) {
        throw new SyncError(
          'invalid_event',
          'A line of this event is broken. Export it again, or correct it in its calendar.',
          {
            reason: 'BAD_LINE',
          },
        )
      }
    }
    checkLimit(length, limits.objectLength, 'LIMIT_BYTES', 'The size of this event')
    checkLimit(linesOf(event, 'ATTENDEE').length, limits.attendees, 'LIMIT_ATTENDEES', 'The number of attendees')
    checkLists(event)
    const recurrenceId = propertyOf(event, 'RECURRENCE-ID')
    if (recurrenceId) occurrences++
    if (recurrenceId && paramOf(recurrenceId, 'range') !== undefined)
      throw unsupported('THISANDFUTURE', '"this and all following" changes')
    if (linesOf(event, 'EXRULE').length > 0) throw unsupported('EXRULE', 'an exclusion rule (EXRULE)')
    if (!recurrenceId && linesOf(event, 'RRULE').length > 1) {
      throw new SyncError('invalid_event', 'This event has two recurrence rules. Split it into two events.', {
        reason: 'TWO_RRULES',
      })
    }
  }
  checkLimit(occurrences, limits.overrides, 'LIMIT_OVERRIDES', 'The number of changed occurrences')
}

function checkLists(event: Component): void {
  const counts = [
    ['conferences', linesOf(event, 'CONFERENCE', 'X-GOOGLE-CONFERENCE', 'X-MICROSOFT-SKYPETEAMSMEETINGURL').length],
    ['attachments', linesOf(event, 'ATTACH').length],
    ['reminders', event.items.filter((item) => item.name === 'VALARM').length],
  ] as const
  for (const [name, count] of counts) checkLimit(count, listLimit[name], 'LIMIT_LIST', `The number of ${name}`)
}

function unsupported(reason: string, what: string): SyncError {
  return new SyncError(
    'unsupported',
    `This series has ${what}, which calweave does not read. Change its occurrences one by one.`,
    {
      reason,
    },
  )
}

function* allLines(component: Component): Generator<Line> {
  for (const item of component.items) {
    if (isComponent(item)) yield* allLines(item)
    else yield item
  }
}

const plainLine = /^[\w.-]+:/
const inlineHint = /^[^:]{0,400}?;(ENCODING="?BASE64|VALUE="?BINARY)/i

function isReadable(line: Line): boolean {
  return plainLine.test(line.text) || parseLine(line.text) !== undefined
}

/** Without what escapes add: a text that was taken in without them is still within the limit when we write it. */
function sizeOf({ text }: Line): number {
  return text.includes('\\') ? text.length - (text.match(/\\[\\;,n]/gi)?.length ?? 0) : text.length
}

/** Not read but kept: the HTML twin of a description, which quotes whole mails, and bytes inside the text. */
function isPassedBy(line: Line): boolean {
  return line.name === 'X-ALT-DESC' || isInlineLine(line)
}

function isInlineLine(line: Line): boolean {
  if (!inlineHint.test(line.text.slice(0, 500))) return false
  const property = parseLine(line.text)
  return property !== undefined && isInline(property)
}
