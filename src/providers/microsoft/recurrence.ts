import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { EventContent, EventTime, Recurrence } from '../../model/content.js'
import { recall } from '../../model/kept.js'
import { parseRule, sameRule } from '../../model/recurrence.js'
import { formatRule, type Rule } from '../../model/rule.js'
import { addDays, isDate, localAt, toInstant } from '../../model/time.js'
import { comparableUntil } from '../../model/until.js'
import type { WriteScene, WrittenField } from './field-codec.js'
import { keptOf } from './kept.js'
import { daysOf, fits, neighbour, patternOf } from './patterns.js'
import { broken, homeOf, zoneName } from './times.js'
import type { GraphEvent, GraphPattern, GraphRange, GraphRecurrence } from './wire.js'

/** Graph takes no more. That it is so many is a guess. */
const mostOccurrences = 999

/** Ends that lie further ahead are none: the calendar of the model ends there. */
const never = '2200-12-31'

/**
 * How an event repeats that starts at `start`; null when it does not.
 * @throws SyncError `invalid_event`.
 */
export function readRecurrence(event: GraphEvent, start: EventTime): Recurrence | null {
  if (!event.recurrence) return null
  const plain = plainRule(event.recurrence, start)
  const meant = recall(keptOf(event), 'rule', plain, z.string().max(2_000))
  return { rule: (meant !== undefined && parsed(meant) && meant) || plain, rdates: [] }
}

/** How a series repeats, and what Graph cannot say of it. */
export function writeRepetition(content: Pick<EventContent, 'time' | 'recurrence'>, scene: WriteScene): WrittenField {
  const { recurrence, time } = content
  if (recurrence === null) return { body: { recurrence: null }, keep: { rule: null } }
  const written = writeRecurrence(content, homeOf(scene))
  const plain = plainRule(written, time.start)
  const isSame = sameRule(plain, recurrence.rule, time.start)
  return { body: { recurrence: written }, keep: { rule: isSame ? null : [plain, recurrence.rule] } }
}

/** How a series repeats. @throws SyncError `unsupported` where Graph cannot say it; `holdsSeries` tells before. */
function writeRecurrence(content: Pick<EventContent, 'time' | 'recurrence'>, home: string): GraphRecurrence {
  const found = recurrenceOf(content, home)
  if (found) return found
  throw new SyncError('unsupported', 'Microsoft calendars cannot repeat an event in the way that this series does.', {
    reason: 'RECURRENCE_NOT_HELD',
  })
}

/** Undefined where Graph cannot say it. @throws SyncError as `parseRule` does. */
export function recurrenceOf(
  { time, recurrence }: Pick<EventContent, 'time' | 'recurrence'>,
  home = 'UTC',
): GraphRecurrence | undefined {
  if (!recurrence || recurrence.rule === null || recurrence.rdates.length > 0) return undefined
  const { start } = time
  const rule = withoutTimes(parseRule(recurrence.rule), start)
  const startDate = dateOf(start)
  const pattern = patternOf(rule, startDate)
  // What does not fit its own rule counts all the same by iCalendar, and not by Graph.
  if (!pattern || !fits(pattern, startDate)) return undefined
  const end = endOf(rule, pattern, start)
  return end && { pattern, range: { ...end, startDate, recurrenceTimeZone: zoneName(start, home) } }
}

export function dateOf(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local.slice(0, 10)
}

function endOf(rule: Rule, pattern: GraphPattern, start: EventTime): GraphRange | undefined {
  if (rule.count !== undefined)
    return rule.count > mostOccurrences ? undefined : { type: 'numbered', numberOfOccurrences: rule.count }
  const until = comparableUntil(rule, start)
  if (until === undefined) return { type: 'noEnd' }
  const last = until.includes('-') ? until : `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`
  if (last > never) return { type: 'noEnd' }
  // The last day on which it takes place, not one on which it only might.
  const endDate = neighbour(pattern, dateOf(start), addDays(last, 1), -1)
  return endDate === undefined ? undefined : { type: 'endDate', endDate }
}

/** The rule that says as much as a pattern and its range. */
function plainRule({ pattern = {}, range = {} }: GraphRecurrence, start: EventTime): string {
  const { type = 'noEnd', numberOfOccurrences = 0, endDate = '' } = range
  const rule: Rule = { ...noLists, ...daysOf(pattern) }
  if (!fits(pattern, dateOf(start))) throw broken('PATTERN_START', 'repeats on other days than the one it starts on')
  if (type === 'noEnd') return formatRule(rule)
  if (type === 'numbered') {
    if (!Number.isInteger(numberOfOccurrences) || numberOfOccurrences < 1)
      throw broken('RANGE', 'takes place less than once')
    return formatRule({ ...rule, count: numberOfOccurrences })
  }
  if (type !== 'endDate') throw broken('RANGE', 'ends in a way that is not known')
  if (/^\d{4}-/.test(endDate) && endDate > never) return formatRule(rule)
  if (!isDate(endDate) || endDate < dateOf(start)) throw broken('RANGE', 'ends before it starts')
  return formatRule({ ...rule, until: untilOn(endDate, start) })
}

/**
 * The end of a series that takes place on this day for the last time: when that day ends, since a series that is moved to a
 * later hour still takes place on it.
 */
function untilOn(date: string, start: EventTime): EventTime {
  if (start.kind === 'date') return { kind: 'date', date }
  const local = `${date}T23:59:59`
  if (start.kind === 'floating') return { kind: 'floating', local }
  return { kind: 'timed', local: localAt(toInstant({ kind: 'timed', local, zone: start.zone }), 'UTC'), zone: 'UTC' }
}

const noLists = {
  ...{ bySecond: [], byMinute: [], byHour: [], byYearDay: [], byWeekNo: [], extra: [] },
} as const

/** A time of day that only repeats that of the start says nothing, and whole days have none. */
function withoutTimes(rule: Rule, start: EventTime): Rule {
  if (start.kind === 'date') return { ...rule, byHour: [], byMinute: [], bySecond: [] }
  const left = (list: readonly number[], at: number): readonly number[] =>
    list.length === 1 && list[0] === Number(start.local.slice(at, at + 2)) ? [] : list
  return {
    ...rule,
    byHour: left(rule.byHour, 11),
    byMinute: left(rule.byMinute, 14),
    bySecond: left(rule.bySecond, 17),
  }
}

function parsed(text: string): Rule | undefined {
  try {
    return parseRule(text)
  } catch {
    return undefined
  }
}
