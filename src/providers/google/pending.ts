import { type EventContent, type OccurrenceField, occurrenceFields, type Slot } from '../../model/content.js'
import {
  meantBy as meant,
  parseSeriesNote,
  type SeriesNote,
  seriesNote,
  wasTouched as touched,
} from '../../model/series-note.js'
import { codecs } from './event-map.js'
import { longestValue } from './kept.js'
import { isNote, notePrefix } from './note-names.js'

/** What of a series is still to be written. It stands in private properties of the series, in parts. */
export type Pending = SeriesNote

type Properties = Readonly<Record<string, string>> | undefined

/** All private properties of an event have 32 kB together, those of guests' copies included. */
const mostParts = 20

const writable: readonly OccurrenceField[] = occurrenceFields.filter((field) => codecs[field].write)

/**
 * The properties that hold the note; undefined where it has no room.
 * @param begun - the ways in which the request with the note may leave the series; none where that is not known
 */
export function writePending(
  content: EventContent,
  slots: Iterable<Slot>,
  at: number,
  begun: readonly EventContent[],
): Readonly<Record<string, string>> | undefined {
  const text = JSON.stringify(seriesNote({ content, slots, at, begun, writable }))
  const room = longestValue - 3
  const count = Math.ceil(text.length / room)
  if (count > mostParts) return undefined
  const parts = Array.from({ length: count }, (_, part) => [
    `${notePrefix}${part}`,
    `${part === 0 ? `${count}.` : ''}${text.slice(part * room, (part + 1) * room)}`,
  ])
  return Object.fromEntries(parts) as Readonly<Record<string, string>>
}

/** Undefined where nothing is pending; a note that cannot be read is pending as well, with nothing to be done. */
export function readPending(properties: Properties): Pending | undefined {
  const first = properties?.[`${notePrefix}0`]
  if (first === undefined) return undefined
  const [, count = '', begin = ''] = /^(\d{1,2})\.(.*)$/s.exec(first) ?? []
  const rest = Array.from(
    { length: Math.max(0, Number(count) - 1) },
    (_, part) => properties?.[`${notePrefix}${part + 1}`],
  )
  return parseSeriesNote([begin, ...rest].join(''))
}

/** Takes the note away. */
export function withoutPending(properties: Properties): Readonly<Record<string, null>> {
  const names = Object.keys(properties ?? {}).filter(isNote)
  return Object.fromEntries(names.map((name) => [name, null]))
}

/** The series as it was meant; what somebody did since stays. */
export function meantBy(pending: Pending, series: EventContent): EventContent {
  return meant(pending, series, writable)
}

/** Whether somebody was at any of these occurrences since the write began. */
export function wasTouched(pending: Pending, series: EventContent): boolean {
  return touched(pending, series, writable)
}
