import * as z from 'zod'
import { type EventContent, neutralContent, type Slot } from '../../model/content.js'
import { parseSeriesNote, type SeriesNote, seriesNote } from '../../model/series-note.js'
import { writable } from './event-map.js'
import { propertyOf } from './properties.js'
import type { GraphEvent } from './wire.js'

/** What of a series is still to be written. It stands in one of our properties of the series. */
export interface Pending extends SeriesNote {
  /** The series was cut short, so that it forgets which occurrences were cancelled, and has to get its dates back. */
  readonly cut?: Cut
}

/** A series that was cut short for a moment. */
export interface Cut {
  /** So many occurrences are left of it: by this its state is known. */
  readonly count: number
  /** How it repeats once it is whole. */
  readonly recurrence: NonNullable<GraphEvent['recurrence']>
}

/** How much a property holds is not documented; this is far less than any limit that was heard of. A guess. */
const longest = 30_000

export interface NoteInput {
  readonly content: EventContent
  /** The occurrences that may have to be written. */
  readonly slots: Iterable<Slot>
  readonly at: number
  /** The ways in which the request with the note may leave the series; none where that is not known. */
  readonly begun: readonly EventContent[]
  readonly cut?: Cut | undefined
}

/** The value of the property; undefined where it has no room. */
export function writePending({ cut, ...input }: NoteInput, room: number = longest): string | undefined {
  const text = JSON.stringify({ ...seriesNote({ ...input, writable }), ...(cut && { cut }) })
  return text.length > room ? undefined : text
}

/** Whether a series can be written in parts: what is still to be written of it has to be noted meanwhile. */
export function hasRoomToNote(series: Pick<EventContent, 'time' | 'recurrence' | 'overrides'>): boolean {
  const slots = Object.keys(series.overrides)
  // Not compared with what the series says, which is not known here: a little more than will be noted.
  const content = { ...neutralContent, ...series }
  return slots.length === 0 || writePending({ content, slots, at: 0, begun: [] }, longest / 2) !== undefined
}

/** Undefined for a series that is whole. */
export function pendingOf(event: GraphEvent): Pending | undefined {
  const text = propertyOf(event, 'Pending')
  if (text === undefined) return undefined
  const cut = cutIn(text)
  return { ...parseSeriesNote(text), ...(cut && { cut }) }
}

function cutIn(text: string): Cut | undefined {
  try {
    return schema.parse(JSON.parse(text)).cut as Cut
  } catch {
    return undefined // there is none, or nothing of the note can be read
  }
}

const schema = z.object({ cut: z.object({ count: z.int(), recurrence: z.record(z.string(), z.json()) }) })
