import { isDate } from '../../model/time.js'
import { datesOf, indexNames, type KeptPattern, type KeptRecurrence, weekdayNames } from './patterns.js'
import { invalid } from './refusals.js'
import type { MicrosoftPattern, MicrosoftRange, MicrosoftRecurrence } from './resources.js'
import { instantOf, type KeptTime, knownZone, wallTime } from './times.js'

/** What of a pattern has to be there, by its type. */
const needed: Readonly<Record<string, readonly (keyof MicrosoftPattern)[]>> = {
  daily: [],
  weekly: ['daysOfWeek'],
  absoluteMonthly: ['dayOfMonth'],
  relativeMonthly: ['daysOfWeek'],
  absoluteYearly: ['dayOfMonth', 'month'],
  relativeYearly: ['daysOfWeek', 'month'],
}

/** Reads a recurrence of a request. Even what the type does not need is checked. */
export function keptRecurrence(given: MicrosoftRecurrence, start: KeptTime): KeptRecurrence {
  const pattern = keptPattern(given.pattern ?? {})
  const range = keptRange(given.range ?? {}, start)
  const recurrence = { pattern, range }
  if (datesOf(recurrence).next().done) throw invalid('The recurrence has no occurrence.')
  return recurrence
}

/** The first date of a recurrence: a series begins there, even where the event was said to begin before. A guess. */
export function firstDate(recurrence: KeptRecurrence): string {
  return datesOf(recurrence).next().value ?? recurrence.range.startDate
}

function keptPattern(given: MicrosoftPattern): KeptPattern {
  const { type = '', interval = 0, daysOfWeek = [], firstDayOfWeek = 'sunday', index = 'first' } = given
  const { month = 0, dayOfMonth = 0 } = given
  const names = Object.hasOwn(needed, type) ? needed[type] : undefined
  if (!names) throw invalid(`The type of the pattern is not valid: '${type}'.`)
  if (!Number.isInteger(interval) || interval < 1 || interval > 99)
    throw invalid('The interval of the pattern has to be between 1 and 99.')
  if (daysOfWeek.some((day) => !weekdayNames.includes(day))) throw invalid('daysOfWeek has a day that is none.')
  if (new Set(daysOfWeek).size < daysOfWeek.length) throw invalid('daysOfWeek names a day twice.')
  if (!weekdayNames.includes(firstDayOfWeek)) throw invalid('firstDayOfWeek is not a day.')
  if (!indexNames.includes(index)) throw invalid('The index of the pattern is not valid.')
  // Zero is what answers have where a property says nothing, so it may be sent back.
  if (!Number.isInteger(month) || month < 0 || month > 12) throw invalid('The month of the pattern is not valid.')
  if (!Number.isInteger(dayOfMonth) || dayOfMonth < 0 || dayOfMonth > 31)
    throw invalid('The dayOfMonth of the pattern is not valid.')
  const values = { type, interval, month, dayOfMonth, daysOfWeek, firstDayOfWeek, index }
  for (const name of names) {
    const value = values[name]
    if (value === 0 || (Array.isArray(value) && value.length === 0))
      throw invalid(`A pattern of type ${type} needs ${name}.`)
  }
  const sorted = [...daysOfWeek].sort((a, b) => weekdayNames.indexOf(a) - weekdayNames.indexOf(b))
  return { ...values, daysOfWeek: sorted }
}

function keptRange(given: MicrosoftRange, start: KeptTime): KeptRecurrence['range'] {
  const { type = '', startDate = '', endDate, numberOfOccurrences = 0 } = given
  if (!['noEnd', 'endDate', 'numbered'].includes(type)) throw invalid(`The type of the range is not valid: '${type}'.`)
  if (!isDate(startDate)) throw invalid('The startDate of the range is no date.')
  if (startDate !== start.local.slice(0, 10))
    throw invalid('The startDate of the range has to be the start of the event.')
  const recurrenceTimeZone = knownZone(given.recurrenceTimeZone || start.zone)
  // Answers name the zone of the series by another name than that of the start, and programs send both back.
  const local = start.local.endsWith('T00:00:00') ? start.local : wallTime(instantOf(start), recurrenceTimeZone)
  if (local.slice(0, 10) !== startDate) throw invalid('The startDate is another day in recurrenceTimeZone.')
  const frame = { type, startDate, recurrenceTimeZone, endDate: never, numberOfOccurrences: 0 }
  if (type === 'endDate') {
    if (typeof endDate !== 'string' || !isDate(endDate)) throw invalid('The endDate of the range is no date.')
    if (endDate < startDate) throw invalid('The endDate of the range is before its startDate.')
    return { ...frame, endDate }
  }
  if (type === 'numbered') {
    if (!Number.isInteger(numberOfOccurrences) || numberOfOccurrences < 1 || numberOfOccurrences > 999)
      throw invalid('numberOfOccurrences has to be between 1 and 999.')
    return { ...frame, numberOfOccurrences }
  }
  return frame
}

/** How answers say that there is no date. */
const never = '0001-01-01'
