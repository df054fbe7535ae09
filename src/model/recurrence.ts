import { isSyncError, SyncError, throwIfAborted } from '../errors.js'
import {
  type EventContent,
  type EventSpan,
  type EventTime,
  type OccurrenceContent,
  occurrenceOf,
  type Slot,
} from './content.js'
import { frequencies, parseRule, type Rule } from './rule.js'
import { ruleDates } from './rule-dates.js'
import { normalizeSlot, slotTime } from './slots.js'
import { addDays, addToLocal, localAt, localSeconds, localText, offsetAt, sameZone, toInstant, wallMs } from './time.js'
import { isWithinUntil, untilWall } from './until.js'

export { parseRule } from './rule.js'
export { sameRule } from './rule-equality.js'
export { describeRule } from './rule-text.js'
export { slotOf, slotTime } from './slots.js'
export { normalizeUntil } from './until.js'

/** One instance of an event. */
export interface Occurrence {
  /** Its original start; for an event that does not repeat, its start. */
  readonly slot: Slot
  /** What it says, with its own time. A start that the clocks skip is given as the time it takes place. */
  readonly content: OccurrenceContent
  /** When it takes place, milliseconds since 1970; `end` is exclusive. */
  readonly start: number
  readonly end: number
  /** Whether it was changed, or does not come from the rule at all. */
  readonly overridden: boolean
}

/** A time range in milliseconds since 1970; `to` is exclusive. */
export interface ExpandWindow {
  readonly from: number
  readonly to: number
}

export interface ExpandOptions {
  /** Where floating times and whole days are placed. @default 'UTC' */
  readonly floatingZone?: string
  /** Gives the first so many and stops. Without it, more than 1,000 are refused, so that no list ends early unseen. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

/**
 * The occurrences of an event that take place within a window, by start.
 *
 * The start always counts as the first one. COUNT counts before cancellations. An override stands where it was moved
 * to, and one whose slot the rule does not give is there as well. Wall time is kept: an occurrence lasts from nine to
 * ten whatever the clocks do. A start that the clocks skip takes place later by what they skip; one that happens
 * twice takes place the first time. Whole days are dates throughout.
 *
 * @throws SyncError `limit_exceeded` (`LIMIT_RECURRENCE`) when the series is too dense, or its dates cannot be found in a
 * bounded number of steps; `invalid_event` and `unsupported` as `parseRule` does; `aborted`.
 */
export function expand(
  content: EventContent,
  window: ExpandWindow,
  options: ExpandOptions = {},
): readonly Occurrence[] {
  const limit = options.limit ?? defaultLimit
  const zone = options.floatingZone ?? 'UTC'
  const master = content.time.start
  const inWindow = (item: Occurrence) => item.start < window.to && (item.end > window.from || item.start >= window.from)

  const changed: Occurrence[] = []
  for (const [key, override] of Object.entries(content.overrides)) {
    if (override.kind === 'cancelled') continue
    const slot = normalizeSlot(key, master)
    const occurrence = { slot, content: override.content, ...instants(override.content.time, zone), overridden: true }
    if (inWindow(occurrence)) changed.push(occurrence)
  }
  const overridden = new Set(Object.keys(content.overrides).map((key) => normalizeSlot(key, master)))

  // One more than the limit tells "too many" from "just enough".
  for (let enough = limit + 1 + overridden.size; ; enough *= 2) {
    throwIfAborted(options.signal)
    const slots = slotsAround(content, window, { zone, enough, signal: options.signal })
    const found = slots
      .filter((slot) => !isOverridden(slot, overridden, master))
      .map((slot) => instance(content, slot, zone))
      .filter(inWindow)
    if (slots.length > enough && found.length <= limit) {
      if (enough > maxSlots) throw tooMany()
      continue
    }
    const all = distinct([...found, ...changed], content).sort(
      (a, b) => a.start - b.start || (a.slot < b.slot ? -1 : 1),
    )
    if (options.limit === undefined && all.length > limit) throw tooMany()
    return all.slice(0, limit)
  }
}

/**
 * Whether a series has this slot: by its rule, as an additional date or as its start. Cancellations and changes do not
 * matter. Bounded like {@link expand}, and throws like it.
 */
export function isSlotOf(content: EventContent, slot: Slot): boolean {
  const wanted = normalizeSlot(slot, content.time.start)
  const wall = wallMs(wanted)
  return slotsWithin(content, { from: wall, to: wall, enough: 1 }).includes(wanted)
}

/** {@link isSlotOf}, where a series whose dates cannot be found is believed to have them. */
export function isInSeries(content: EventContent, slot: Slot): boolean {
  try {
    return isSlotOf(content, slot)
  } catch (error) {
    if (isSyncError(error)) return true
    throw error
  }
}

const defaultLimit = 1_000
const maxSlots = 20_000
const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const firstInstant = Date.UTC(1899, 0, 1)
const lastInstant = Date.UTC(2202, 0, 1)

interface WallRange {
  readonly from: number
  readonly to: number
  readonly enough: number
  readonly signal?: AbortSignal | undefined
}

/** The slots that can touch a window, and a few around it. */
function slotsAround(
  content: EventContent,
  window: ExpandWindow,
  search: { readonly zone: string; readonly enough: number; readonly signal: AbortSignal | undefined },
): readonly Slot[] {
  const { start } = content.time
  const zone = start.kind === 'timed' ? start.zone : search.zone
  const [from, to] = [clamp(window.from), clamp(window.to)]
  return slotsWithin(content, {
    from: wallMs(localAt(from, zone)) - clockChange(from, zone) - longest(content.time),
    to: wallMs(localAt(to, zone)) + clockChange(to, zone),
    enough: search.enough,
    signal: search.signal,
  })
}

/** Slots by wall time, both ends included: from the rule, the additional dates and the start. */
function slotsWithin(content: EventContent, range: WallRange): readonly Slot[] {
  const { start } = content.time
  const { rule = null, rdates = [] } = content.recurrence ?? {}
  const first = start.kind === 'date' ? start.date : start.local
  const slots = new Set(rule === null ? [first] : ruleSlots(parseRule(rule), start, range))
  for (const rdate of rdates) slots.add(normalizeSlot(rdate, start))
  return [...slots].filter((slot) => wallMs(slot) >= range.from && wallMs(slot) <= range.to).sort()
}

function ruleSlots(rule: Rule, start: EventTime, range: WallRange): readonly Slot[] {
  const isDate = start.kind === 'date'
  // A whole day has no time of day that a rule could set.
  const fitting = isDate ? { ...rule, byHour: [], byMinute: [], bySecond: [] } : rule
  // Only the exact comparison below knows the instant of UNTIL; a day more is enough for any zone.
  const to = Math.min(range.to, (untilWall(rule, start) ?? range.to) + dayMs)
  return ruleDates(fitting, isDate ? `${start.date}T00:00:00` : start.local, { ...range, to })
    .map((wall) => localText(wall).slice(0, isDate ? 10 : 19))
    .filter((slot) => isWithinUntil(rule, slotTime(slot, start), start))
}

/** An unchanged occurrence at its slot. */
function instance(content: EventContent, slot: Slot, zone: string): Occurrence {
  const time = spanAt(content.time, slot)
  return { slot, content: { ...occurrenceOf(content), time }, ...instants(time, zone), overridden: false }
}

/** The series' span moved to a slot: as many days, or as much on the wall clock. */
function spanAt(span: EventSpan, slot: Slot): EventSpan {
  const [start, end] = [slotTime(slot, span.start), span.end]
  if (start.kind === 'date' || span.start.kind === 'date' || end.kind === 'date') {
    const days = localSeconds(textOf(span.start), textOf(end)) / 86_400
    return { start, end: { kind: 'date', date: addDays(slot.slice(0, 10), Math.max(1, days)) } }
  }
  // Where the clocks skip the start, the end moves along: the occurrence takes place later, not shorter.
  const local = start.kind === 'timed' ? localAt(toInstant(start), start.zone) : start.local
  return {
    start: { ...start, local },
    end: { ...end, local: addToLocal(local, localSeconds(span.start.local, end.local)) },
  }
}

function instants(span: EventSpan, zone: string): { readonly start: number; readonly end: number } {
  const start = toInstant(span.start, zone)
  return { start, end: Math.max(start, toInstant(span.end, zone)) }
}

/** Whether a slot is changed or cancelled. In a night that skips it, the key may name the time it takes place instead. */
function isOverridden(slot: Slot, overridden: ReadonlySet<Slot>, master: EventTime): boolean {
  if (overridden.size === 0) return false
  if (overridden.has(slot)) return true
  const time = slotTime(slot, master)
  return time.kind === 'timed' && overridden.has(localAt(toInstant(time), time.zone))
}

/** An hourly rule gives the hour that the clocks skip and the one after it, which are one and the same. */
function distinct(occurrences: readonly Occurrence[], content: EventContent): Occurrence[] {
  const rule = content.recurrence?.rule
  const daily = !rule || frequencies.indexOf(parseRule(rule).freq) >= frequencies.indexOf('DAILY')
  const seen = new Set<number>()
  return occurrences.filter((item) => daily || item.overridden || (!seen.has(item.start) && seen.add(item.start)))
}

/** How far before a window an occurrence can start and still reach into it, on a clock without zone. */
function longest(span: EventSpan): number {
  const sameClock = span.start.kind !== 'timed' || span.end.kind !== 'timed' || sameZone(span.start.zone, span.end.zone)
  const length = Math.max(0, localSeconds(textOf(span.start), textOf(span.end)) * 1_000)
  return sameClock ? length : length + 2 * dayMs
}

/** By how much a zone's clocks change around an instant: wall times and instants only disagree about order by this. */
function clockChange(ms: number, zone: string): number {
  return Math.abs(offsetAt(ms - dayMs, zone) - offsetAt(ms + dayMs, zone)) * minuteMs
}

function textOf(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, firstInstant), lastInstant)
}

function tooMany(): SyncError {
  return new SyncError('limit_exceeded', 'This series has too many occurrences in this time. Ask for a shorter time.', {
    reason: 'LIMIT_RECURRENCE',
  })
}
