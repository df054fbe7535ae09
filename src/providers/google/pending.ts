import * as z from 'zod'
import {
  type EventContent,
  type OccurrenceContent,
  OccurrenceContentSchema,
  type Override,
  occurrenceFields,
  type Slot,
} from '../../model/content.js'
import { sameOccurrenceField } from '../../model/equality.js'
import { codecs } from './event-map.js'
import { longestValue } from './kept.js'
import { isNote, notePrefix } from './note-names.js'
import { plainOccurrence } from './series.js'

/**
 * What of a series is still to be written.
 *
 * Google takes the parts of a series one by one, but to whoever asked for it a write is whole or not at all: half of one
 * would look as if somebody had undone the other half, and be taken over everywhere. So the first request of several
 * carries in private properties what the occurrences shall be in the end, and the last one takes that away. Whoever finds
 * a series with such a note finishes the write.
 */
export interface Pending {
  /** When the write began, milliseconds since 1970. */
  readonly at: number
  /** For every occurrence that may have to be written: null cancels it, an empty object makes it as its series is. */
  readonly overrides: Readonly<Record<Slot, Readonly<Record<string, unknown>> | null>>
}

type Properties = Readonly<Record<string, string>> | undefined

/** All private properties of an event have 32 kB together, those of guests' copies included. */
const mostParts = 20

/** The properties that hold the note; undefined where it has no room. */
export function writePending(
  content: EventContent,
  slots: Iterable<Slot>,
  at: number,
): Readonly<Record<string, string>> | undefined {
  const overrides = Object.fromEntries([...slots].map((slot) => [slot, noteOf(content, slot)]))
  const text = JSON.stringify({ at, overrides } satisfies Pending)
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
  try {
    return schema.parse(JSON.parse([begin, ...rest].join('')))
  } catch {
    return { at: 0, overrides: {} }
  }
}

/** Takes the note away. */
export function withoutPending(properties: Properties): Readonly<Record<string, null>> {
  const names = Object.keys(properties ?? {}).filter(isNote)
  return Object.fromEntries(names.map((name) => [name, null]))
}

/** The series as it was meant. What somebody did to other occurrences since stays. */
export function meantBy({ overrides }: Pending, series: EventContent): EventContent {
  const meant: Record<Slot, Override> = { ...series.overrides }
  for (const [slot, note] of Object.entries(overrides)) {
    const content = note && { ...plainOccurrence(series, slot), ...note }
    if (content === null) meant[slot] = { kind: 'cancelled' }
    else if (Object.keys(note ?? {}).length === 0) delete meant[slot]
    else if (OccurrenceContentSchema.safeParse(content).success) meant[slot] = { kind: 'changed', content }
  }
  return { ...series, overrides: meant }
}

function noteOf(content: EventContent, slot: Slot): Partial<OccurrenceContent> | null {
  const override = content.overrides[slot]
  if (!override) return {}
  if (override.kind === 'cancelled') return null
  const plain = plainOccurrence(content, slot)
  const changed = occurrenceFields.filter(
    (field) => codecs[field].write && !sameOccurrenceField(field, override.content, plain),
  )
  return Object.fromEntries(changed.map((field) => [field, override.content[field]]))
}

const schema: z.ZodType<Pending> = z.object({
  at: z.number(),
  overrides: z.record(z.string().max(32), z.record(z.string(), z.unknown()).nullable()),
})
