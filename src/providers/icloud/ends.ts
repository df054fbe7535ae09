import { formatComponent, type Item, isComponent, linesOf, parseCalendars, propertyOf } from '../../ical/component.js'
import { defaultLimits } from '../../ical/limits.js'

/**
 * Gives every event of no length an end, at its start. An event with DTSTART alone is whole by RFC 5545 section 3.6.1,
 * but Apple answers its PUT with 404; with DTEND at the same time it is stored, and means the same.
 */
export function withEnds(text: string): string {
  const calendars = parseCalendars(text, defaultLimits, true)
  const ended = calendars.map((calendar) => ({ ...calendar, items: calendar.items.map(withEnd) }))
  const isChanged = ended.some(({ items }, at) => items.some((item, index) => item !== calendars[at]?.items[index]))
  return isChanged ? ended.map(formatComponent).join('') : text
}

function withEnd(item: Item): Item {
  if (!isComponent(item) || item.name !== 'VEVENT' || linesOf(item, 'DTEND', 'DURATION').length > 0) return item
  const [start] = linesOf(item, 'DTSTART')
  if (!start || propertyOf(item, 'DTSTART')?.type === 'date') return item
  const end = { name: 'DTEND', text: start.text.replace(/^DTSTART/i, 'DTEND') }
  return { ...item, items: item.items.flatMap((each) => (each === start ? [each, end] : [each])) }
}
