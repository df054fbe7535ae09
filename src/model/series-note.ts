import * as z from 'zod'
import {
  type EventContent,
  type OccurrenceContent,
  OccurrenceContentSchema,
  type OccurrenceField,
  type Override,
  occurrenceFields,
  type Slot,
} from './content.js'
import { fieldDigest, sameOccurrenceField } from './equality.js'
import { digest } from './hash.js'
import { plainOccurrence, samePlain } from './plain-occurrence.js'
import { isInSeries } from './recurrence.js'

/**
 * What of a series is still to be written.
 *
 * Some services take the parts of a series one by one, but to whoever asked for it a write is whole or not at all: half of
 * one would look as if somebody had undone the other half, and be taken over everywhere. So the first request of several
 * leaves a note in the series of what the occurrences shall be in the end, and the last one takes that away. Whoever
 * finds a series with such a note finishes the write.
 */
export interface SeriesNote {
  /** When the write began, milliseconds since 1970. */
  readonly at: number
  /** For every occurrence that may have to be written: null cancels it, an empty object makes it as its series is. */
  readonly overrides: Readonly<Record<Slot, Readonly<Record<string, unknown>> | null>>
  /** How each of them was when the write had begun, as far as that is known. */
  readonly was?: Readonly<Record<Slot, Standing>>
}

/** How an occurrence stood. */
interface Standing {
  /** One for each way in which the service may have left it. */
  readonly digests: readonly string[]
  /** The fields that the digests are about. @default whatever the occurrence had of its own */
  readonly fields?: readonly OccurrenceField[]
}

/** What a note is made from. */
export interface NoteInput {
  /** The series as it shall be. */
  readonly content: EventContent
  /** The occurrences that may have to be written. */
  readonly slots: Iterable<Slot>
  readonly at: number
  /** The ways in which the request with the note may leave the series; none where that is not known. */
  readonly begun: readonly EventContent[]
  /** What an occurrence can have of its own at this service. */
  readonly writable: readonly OccurrenceField[]
}

export function seriesNote({ content, slots, at, begun, writable }: NoteInput): SeriesNote {
  const named = [...slots]
  const overrides = Object.fromEntries(named.map((slot) => [slot, noteOf(content, slot, writable)]))
  const was = Object.fromEntries(named.map((slot) => [slot, standingOf(begun, content, slot, writable)]))
  return { at, overrides, ...(begun.length > 0 && { was }) }
}

/** A note that cannot be read is pending as well, with nothing to be done. */
export function parseSeriesNote(text: string): SeriesNote {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return { at: 0, overrides: {} }
  }
}

/**
 * The series as it was meant. What somebody did since stays: to other occurrences, to these ones, and to the whole series,
 * which may not have them any more.
 */
export function meantBy(
  { overrides, was }: SeriesNote,
  series: EventContent,
  writable: readonly OccurrenceField[],
): EventContent {
  const meant: Record<Slot, Override> = { ...series.overrides }
  for (const [slot, note] of Object.entries(overrides)) {
    const before = was?.[slot]
    if (isOther(before, series, slot, writable) || !isInSeries(series, slot)) continue
    const content = note && { ...basisOf(series, slot, before?.fields), ...note }
    if (content === null) meant[slot] = { kind: 'cancelled' }
    else if (Object.keys(note ?? {}).length === 0 && samePlain(content as OccurrenceContent, series, slot))
      delete meant[slot]
    else if (OccurrenceContentSchema.safeParse(content).success)
      meant[slot] = { kind: 'changed', content: content as OccurrenceContent }
  }
  return { ...series, overrides: meant }
}

/** Whether somebody was at any of these occurrences since the write began. */
export function wasTouched(
  { was = {} }: SeriesNote,
  series: EventContent,
  writable: readonly OccurrenceField[],
): boolean {
  return Object.entries(was).some(([slot, before]) => isOther(before, series, slot, writable))
}

function isOther(
  before: Standing | undefined,
  series: EventContent,
  slot: Slot,
  writable: readonly OccurrenceField[],
): boolean {
  return before !== undefined && !before.digests.includes(digestOf(series, slot, before.fields, writable))
}

function noteOf(
  content: EventContent,
  slot: Slot,
  writable: readonly OccurrenceField[],
): Partial<OccurrenceContent> | null {
  const override = content.overrides[slot]
  if (!override) return {}
  if (override.kind === 'cancelled') return null
  const plain = plainOccurrence(content, slot)
  const changed = writable.filter((field) => !sameOccurrenceField(field, override.content, plain))
  return Object.fromEntries(changed.map((field) => [field, override.content[field]]))
}

/** What the note is written over: the occurrence as it stands, but for the fields that the note is about. */
function basisOf(series: EventContent, slot: Slot, fields: Standing['fields'] | undefined): OccurrenceContent {
  const plain = plainOccurrence(series, slot)
  const there = series.overrides[slot]
  if (!fields || there?.kind !== 'changed') return plain
  return { ...there.content, ...Object.fromEntries(fields.map((field) => [field, plain[field]])) }
}

function standingOf(
  begun: readonly EventContent[],
  content: EventContent,
  slot: Slot,
  writable: readonly OccurrenceField[],
): Standing {
  const fields = touched(begun, content, slot, writable)
  const digests = begun.map((series) => digestOf(series, slot, fields, writable))
  return { digests: [...new Set(digests)], ...(fields && { fields }) }
}

/** The fields that a write is about: those that the occurrence has, or shall have, of its own. Of a cancellation, none. */
function touched(
  begun: readonly EventContent[],
  after: EventContent,
  slot: Slot,
  writable: readonly OccurrenceField[],
): Standing['fields'] | undefined {
  const note = noteOf(after, slot, writable)
  if (note === null) return undefined
  const own = begun.flatMap((series) => Object.keys(noteOf(series, slot, writable) ?? {}))
  return [...new Set([...Object.keys(note), ...own])] as OccurrenceField[]
}

/**
 * How an occurrence stands. What it has from its series counts for nothing, or a change of the series would look like one
 * of the occurrence.
 */
function digestOf(
  series: EventContent,
  slot: Slot,
  fields: Standing['fields'] | undefined,
  writable: readonly OccurrenceField[],
): string {
  const own = series.overrides[slot]
  const occurrence = { ...plainOccurrence(series, slot), ...(own?.kind === 'changed' && own.content) } as EventContent
  const told = fields?.map((field) => fieldDigest(field, occurrence)) ?? noteOf(series, slot, writable)
  const text = own?.kind === 'cancelled' ? 'cancelled' : JSON.stringify(told)
  return digest('standing', text).slice(0, 8)
}

const schema: z.ZodType<SeriesNote> = z.object({
  at: z.number(),
  overrides: z.record(z.string().max(32), z.record(z.string(), z.unknown()).nullable()),
  was: z
    .record(
      z.string().max(32),
      z.object({
        digests: z.array(z.string()).readonly(),
        fields: z.array(z.enum(occurrenceFields)).readonly().exactOptional(),
      }),
    )
    .exactOptional(),
})
