import { isSyncError } from '../../errors.js'
import { completeContent, type EventContent, type EventTime, type Override, type Slot } from '../../model/content.js'
import { parseRule, slotOf } from '../../model/recurrence.js'
import { parseCompact } from '../../model/time.js'
import { invalid } from './refusals.js'
import type { GoogleEvent } from './resources.js'
import { isIanaZone, modelTime } from './times.js'

/**
 * Refuses `recurrence` lines that Google does not take: starts and ends, exclusion rules, more than one rule, rules finer
 * than a day, and an UNTIL of the wrong type.
 */
export function assertLines(lines: readonly string[], start: EventTime): void {
  let rules = 0
  for (const line of lines) {
    const { name, parameters, value } = parts(line)
    if (name === 'RRULE') {
      if (++rules > 1) throw wrongRule()
      assertRule(value, start)
    } else if (name === 'EXDATE' || name === 'RDATE') {
      for (const one of value.split(',')) if (slotIn(one, parameters, start) === undefined) throw wrongRule()
    } else throw wrongRule()
  }
}

/** A series as the model has it, so that its dates can be found. Exceptions are not in it. */
export function seriesContent(master: GoogleEvent): EventContent {
  const start = modelTime(master.start ?? {})
  let rule: string | null = null
  const rdates: Slot[] = []
  const overrides: Record<Slot, Override> = {}
  for (const line of master.recurrence ?? []) {
    const { name, parameters, value } = parts(line)
    if (name === 'RRULE') {
      rule = value
      continue
    }
    for (const one of value.split(',')) {
      const slot = slotIn(one, parameters, start)
      if (slot === undefined) continue
      if (name === 'RDATE') rdates.push(slot)
      else overrides[slot] = { kind: 'cancelled' }
    }
  }
  const time = { start, end: modelTime(master.end ?? {}) }
  return completeContent({ time, recurrence: { rule, rdates: rdates.sort() }, overrides })
}

function assertRule(value: string, start: EventTime): void {
  try {
    const { freq, until } = parseRule(value)
    if (['SECONDLY', 'MINUTELY', 'HOURLY'].includes(freq)) throw wrongRule()
    // Whole days end on a date; times end at an instant in UTC.
    const isOfType = until === undefined || (start.kind === 'date' ? until.kind === 'date' : until.kind === 'timed')
    if (!isOfType) throw wrongRule()
  } catch (error) {
    throw isSyncError(error) ? wrongRule() : error
  }
}

interface Line {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
  readonly value: string
}

function parts(line: string): Line {
  const [, name = '', parameters = '', value = ''] = /^([A-Za-z-]+)((?:;[^:;]*)*):(.+)$/.exec(line) ?? []
  const pairs = parameters
    .split(';')
    .filter((pair) => pair !== '')
    .map((pair) => [pair.slice(0, pair.indexOf('=')).toUpperCase(), pair.slice(pair.indexOf('=') + 1)] as const)
  return { name: name.toUpperCase(), parameters: new Map(pairs), value }
}

function slotIn(text: string, parameters: Line['parameters'], start: EventTime): Slot | undefined {
  const time = parseCompact(text)
  const zone = parameters.get('TZID')
  if (time === undefined || (zone !== undefined && !isIanaZone(zone))) return undefined
  return slotOf(time.kind === 'floating' && zone !== undefined ? { ...time, kind: 'timed', zone } : time, start)
}

function wrongRule(): Error {
  return invalid('Invalid recurrence rule.')
}
