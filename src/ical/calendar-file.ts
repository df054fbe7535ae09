import { SyncError } from '../errors.js'
import { formatComponent } from './component.js'
import { escapeText, oneLine } from './content-line.js'
import { line, toLine } from './field-codec.js'
import { formatDuration } from './times.js'
import { vtimezone } from './vtimezone.js'
import { componentsFor, type NewObject, yearsOf } from './write.js'

/** What a calendar file says of itself. */
export interface CalendarHead {
  readonly name: string
  /** How often readers should come back, in seconds. */
  readonly refreshSeconds: number
}

/** A calendar file in the making. */
export interface CalendarFile {
  /**
   * Adds an event with its overrides, and forgets everything of it but its text.
   * @throws SyncError `limit_exceeded` when the file grows too long; `invalid_event` as {@link writeObject}.
   */
  add(object: NewObject): void
  /** The whole file, with every zone that its events name described once. */
  text(head: CalendarHead): string
}

/**
 * Writes many events into one calendar file, as others subscribe to it: no METHOD, so that nobody takes it for
 * invitations.
 * @param maxLength - how many characters the events may take
 * @see RFC 5545, RFC 7986 for NAME and REFRESH-INTERVAL; the X- properties say the same to older programs
 */
export function calendarFile(maxLength: number): CalendarFile {
  const zones = new Set<string>()
  const parts: string[] = []
  let [length, from, to] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return {
    add(object) {
      const text = componentsFor(object, zones).map(formatComponent).join('')
      length += text.length
      if (length > maxLength) {
        throw new SyncError(
          'limit_exceeded',
          `This feed is longer than ${maxLength} characters. Narrow it with \`from\` and \`to\`, or publish less of each event.`,
          { reason: 'LIMIT_BYTES' },
        )
      }
      const years = yearsOf(object.content, object.now)
      from = Math.min(from, years.from)
      to = Math.max(to, years.to)
      parts.push(text)
    },
    text({ name, refreshSeconds }) {
      const title = escapeText(oneLine(name))
      const interval = formatDuration(refreshSeconds)
      const empty = formatComponent({
        name: 'VCALENDAR',
        items: [
          line('VERSION', '2.0'),
          line('PRODID', '-//calweave//EN'),
          line('NAME', title),
          line('X-WR-CALNAME', title),
          toLine({ name: 'REFRESH-INTERVAL', params: {}, type: 'duration', value: interval }),
          line('X-PUBLISHED-TTL', interval),
          ...[...zones].sort().map((zone) => vtimezone(zone, from, to)),
        ],
      })
      return empty.slice(0, -end.length) + parts.join('') + end
    },
  }
}

const end = 'END:VCALENDAR\r\n'
