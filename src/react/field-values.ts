import type {
  Attendee,
  ConflictItem,
  EventSpan,
  Field,
  Json,
  OccurrenceContent,
  Override,
  Recurrence,
} from '../index.js'
import type { Formats } from './formats.js'
import type { valueWords } from './words/value.js'

/** The words that values need. */
export type ValueWords = typeof valueWords

/** The value of a field in words; always text, never markup. */
export function fieldText(
  field: Field | 'removal',
  value: Json | undefined,
  formats: Formats,
  strings: ValueWords,
): string {
  if (field === 'removal') return value === null ? strings.removedHere : strings.keptHere
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
    return strings.nothing
  const write = writers[field] as ((value: unknown, formats: Formats, strings: ValueWords) => string) | undefined
  return write ? write(value, formats, strings) : plain(value)
}

/** The text of one side of an item, which may be about one occurrence of a series, or one field of it. */
export function itemText(
  { field, path }: Pick<ConflictItem, 'field' | 'path'>,
  value: Json,
  formats: Formats,
  strings: ValueWords,
): string {
  const inner = field === 'overrides' ? path[1] : undefined
  if (inner !== undefined) return fieldText(inner as Field, value, formats, strings)
  if (field === 'overrides' && path.length === 1) return overrideText(value, formats, strings)
  return fieldText(field, value, formats, strings)
}

/** Which occurrence an item is about. */
export function itemWhere({ field, path }: Pick<ConflictItem, 'field' | 'path'>, formats: Formats): string | undefined {
  const slot = field === 'overrides' ? path[0] : undefined
  if (slot === undefined) return undefined
  const time =
    slot.length === 10 ? ({ kind: 'date', date: slot } as const) : ({ kind: 'floating', local: slot } as const)
  return formats.span({ start: time, end: time })
}

type Writers = {
  readonly [F in Field]?: (value: never, formats: Formats, strings: ValueWords) => string
}

const word = (value: string, _formats: Formats, { values }: ValueWords): string => values[value] ?? value

const writers: Writers = {
  time: (span: EventSpan, { span: write }) => write(span),
  status: word,
  availability: word,
  visibility: word,
  categories: (all: readonly string[], { list }) => list(all),
  geo: ({ latitude, longitude }: NonNullable<OccurrenceContent['geo']>) => `${latitude}, ${longitude}`,
  conferences: (all: OccurrenceContent['conferences'], { list }) => list(all.map(({ label, url }) => label ?? url)),
  attachments: (all: OccurrenceContent['attachments'], { list }) => list(all.map(({ name, url }) => name ?? url)),
  attendees: (all: readonly Attendee[], { list }) => list(all.map(({ name, email }) => name || email)),
  organizer: ({ name, email }: NonNullable<OccurrenceContent['organizer']>) => name || email,
  reminders: (all: OccurrenceContent['reminders'], { list, dateTime, duration }, strings) =>
    all === 'default'
      ? strings.asCalendarDoes
      : list(
          all.map(({ trigger }) =>
            trigger.kind === 'at'
              ? dateTime(Date.parse(trigger.at))
              : strings.beforeStart(duration(-trigger.seconds * 1_000)),
          ),
        ),
  recurrence: ({ rule, rdates }: Recurrence, { list }) => list([...(rule === null ? [] : [rule]), ...rdates]),
  overrides: (all: Readonly<Record<string, Override>>, { list }) => list(Object.keys(all)),
}

function overrideText(value: Json, formats: Formats, strings: ValueWords): string {
  const override = value as unknown as Override | null
  if (override === null) return strings.unchanged
  if (override.kind !== 'changed') return strings.cancelledOccurrence
  const { title, time } = override.content
  return formats.list([title || strings.untitled, formats.span(time)])
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}
