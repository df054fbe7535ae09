import type { EventTime } from './content.js'
import { frequencies, parseRule, type Rule } from './rule.js'
import { addDays, formatCompact, fromInstant, localAt, toInstant, wallMs } from './time.js'

/**
 * A rule's text with the UNTIL that RFC 5545 demands beside this start: a date for whole days, a wall time for a
 * floating series, UTC for all others. What is right already stays as it is, letter by letter.
 *
 * A date on a timed series means the whole of that day in the series' zone, since its writers show "until 3 January"
 * and mean that the third takes place.
 * @throws SyncError as `parseRule` does.
 */
export function normalizeUntil(text: string, start: EventTime): string {
  const rule = parseRule(text)
  if (rule.until === undefined) return text
  const until = typedUntil(rule.until, start)
  return until.kind === rule.until.kind ? text : text.replace(/(^|;)(\s*UNTIL=)[^;]*/i, `$1$2${formatCompact(until)}`)
}

/** Whether an occurrence of the series still lies before the end that its rule names. Exactly at UNTIL counts. */
export function isWithinUntil(rule: Rule, time: EventTime, start: EventTime): boolean {
  if (rule.until === undefined) return true
  const until = typedUntil(rule.until, start)
  if (until.kind === 'date' && time.kind === 'date') return time.date <= until.date
  return toInstant(time) <= toInstant(until)
}

/** UNTIL on the series' own clock, in wall milliseconds; only good to a day, since two instants can share a wall time. */
export function untilWall(rule: Rule, start: EventTime): number | undefined {
  if (rule.until === undefined) return undefined
  const until = typedUntil(rule.until, start)
  if (until.kind === 'date') return wallMs(until.date)
  return wallMs(start.kind === 'timed' ? localAt(toInstant(until), start.zone) : until.local)
}

/**
 * UNTIL in the one form that two rules with the same occurrences share: the last local date that can hold one where the
 * rule keeps the start's time of day, and the local date-time otherwise.
 */
export function comparableUntil(rule: Rule, start: EventTime): string | undefined {
  if (rule.until === undefined) return undefined
  const until = typedUntil(rule.until, start)
  if (until.kind === 'date' || start.kind === 'date') return formatCompact(until)
  const local = start.kind === 'timed' ? fromInstant(toInstant(until), start.zone).local : until.local
  const keepsTime =
    frequencies.indexOf(rule.freq) >= frequencies.indexOf('DAILY') &&
    [rule.byHour, rule.byMinute, rule.bySecond].every((list) => list.length === 0)
  if (!keepsTime) return local
  const date = local.slice(0, 10)
  return local.slice(11) >= start.local.slice(11) ? date : addDays(date, -1)
}

/** UNTIL in the type that the start demands. */
function typedUntil(written: EventTime, start: EventTime): EventTime {
  const until = beforeLastYear(written)
  const endOfDay = (date: string) => `${date}T23:59:59`
  switch (start.kind) {
    case 'date':
      return until.kind === 'date' ? until : { kind: 'date', date: until.local.slice(0, 10) }
    case 'floating':
      return { kind: 'floating', local: until.kind === 'date' ? endOfDay(until.date) : until.local }
    case 'timed': {
      if (until.kind === 'timed') return until
      const local = until.kind === 'date' ? endOfDay(until.date) : until.local
      return fromInstant(toInstant({ kind: 'timed', local, zone: start.zone }), 'UTC')
    }
    default:
      return start satisfies never
  }
}

/** "Never" is often written as the last second of the year 9999, which in another zone lies in no year of four digits. */
function beforeLastYear(until: EventTime): EventTime {
  const early = (text: string) => text.replace(/^9999/, '9998')
  return until.kind === 'date' ? { ...until, date: early(until.date) } : { ...until, local: early(until.local) }
}
