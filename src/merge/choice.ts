import { unionText } from '../mapping/text-merge.js'
import type { Choice, Conflict, ConflictItem } from '../model/conflict.js'
import type { EventContent, Field, OccurrenceContent, OccurrenceField, Override, Slot } from '../model/content.js'
import type { CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import { regularOccurrence } from '../model/occurrence.js'
import { isInSeries } from '../model/recurrence.js'
import { elementKeys } from './merge.js'
import { isText } from './strategy.js'

/** What a person may choose for one field of a conflict: one of its sides, and what else can be had there. */
export function choicesOf({ items }: Pick<Conflict, 'items'>): ReadonlyMap<ConflictItem['field'], ReadonlySet<Choice>> {
  const byField = new Map<ConflictItem['field'], Set<Choice>>()
  // Three calendars that disagree make several items of one field; any of them may win.
  for (const item of items) {
    const known = byField.get(item.field) ?? new Set<Choice>()
    for (const { calendarId } of item.sides) known.add(calendarId)
    if (item.field !== 'removal') known.add('both')
    if (isText(item)) known.add('merge')
    byField.set(item.field, known)
  }
  return byField
}

/**
 * A content with a conflict's fields as a person chose them, long after the conflict was decided: the values are those
 * that stood on its sides then.
 */
export function withChoices(
  content: EventContent,
  items: readonly ConflictItem[],
  take: Readonly<Record<string, Choice>>,
): EventContent {
  // The series comes first: an occurrence that it does not have, as it is then, is none that could be chosen.
  const seriesFirst = [...items].sort((a, b) => Number(isOfOccurrence(a)) - Number(isOfOccurrence(b)))
  return seriesFirst.reduce((made, item) => {
    const value = choiceValue(item, items, take[item.field])
    if (value === undefined || item.field === 'removal') return made
    if (isOfOccurrence(item) && !isInSeries(made, item.path[0] as Slot)) return made
    return withValue(made, item.field, item.path, value.value)
  }, content)
}

function isOfOccurrence({ field, path }: ConflictItem): boolean {
  return field === 'overrides' && path.length > 0 && path[0] !== 'series'
}

/** The sides that were not taken, each as a content of its own, where all of them are wanted. */
export function otherSides(
  content: EventContent,
  items: readonly ConflictItem[],
  take: Readonly<Record<string, Choice>>,
): readonly { readonly calendarId: CalendarId; readonly content: EventContent }[] {
  const made = new Map<CalendarId, EventContent>()
  for (const { field, path, sides, winner, outcome } of items) {
    const other = sides.find(({ calendarId }) => calendarId !== winner)
    // Once both were kept, the other side is an event of its own already.
    if (take[field] !== 'both' || field === 'removal' || outcome === 'both' || !other) continue
    made.set(other.calendarId, withValue(made.get(other.calendarId) ?? content, field, path, other.value))
  }
  return [...made].map(([calendarId, own]) => ({ calendarId, content: own }))
}

/** The chosen value; undefined where the choice leaves this item as it is. */
function choiceValue(
  item: ConflictItem,
  items: readonly ConflictItem[],
  choice: Choice | undefined,
): { readonly value: Json } | undefined {
  if (choice === undefined || choice === 'both') return undefined
  if (choice === 'merge') return isText(item) ? { value: allLines(item, items) } : undefined
  return item.sides.find(({ calendarId }) => calendarId === choice)
}

/** The lines of everybody who disagreed about this text: of three calendars, two items tell. */
function allLines({ field, path, base }: ConflictItem, items: readonly ConflictItem[]): string {
  const alike = items.filter((one) => one.field === field && one.path.join() === path.join())
  const texts = alike.flatMap(({ sides }) => sides.map(({ value }) => String(value ?? '')))
  return texts.reduce((whole, text) => unionText(String(base ?? ''), whole, text))
}

/** Puts a value where a conflict was, as its path tells: a field, an element of a list, an occurrence, or a part of it. */
function withValue(content: EventContent, field: Field, path: readonly string[], value: Json): EventContent {
  // A series is one value with all of its fields where two were moved, and where nobody knew what was agreed.
  if (isSeries(value) && (path.length === 0 || path[0] === 'series')) return { ...content, ...value }
  if (field === 'overrides') return withOverride(content, path, value)
  return { ...content, ...withOccurrenceValue(content, field as OccurrenceField, path, value) }
}

function isSeries(
  value: Json,
): value is { readonly time: never; readonly recurrence: never; readonly overrides: never } {
  return typeof value === 'object' && value !== null && 'overrides' in value && 'time' in value
}

function withOverride(content: EventContent, path: readonly string[], value: Json): EventContent {
  const [slot, field, ...rest] = path
  if (slot === undefined) return { ...content, overrides: value as unknown as EventContent['overrides'] }
  const { [slot]: before, ...others } = content.overrides
  if (field === undefined) {
    const override = value as unknown as Override | null
    return { ...content, overrides: override === null ? others : { ...others, [slot]: override } }
  }
  const own = before?.kind === 'changed' ? before.content : regularOccurrence(content, slot)
  const changed = { ...own, ...withOccurrenceValue(own, field as OccurrenceField, rest, value) }
  return { ...content, overrides: { ...others, [slot]: { kind: 'changed', content: changed } } }
}

function withOccurrenceValue(
  own: OccurrenceContent,
  field: OccurrenceField,
  [key]: readonly string[],
  value: Json,
): Partial<OccurrenceContent> {
  if (key === undefined) return { [field]: value }
  // What was a list then may be none by now: reminders that are left to the calendar have no elements.
  const list: readonly unknown[] = Array.isArray(own[field]) ? own[field] : []
  const keyOf = elementKeys[field] as ((element: unknown) => string) | undefined
  const others = list.filter((element) => keyOf?.(element) !== key)
  return { [field]: value === null ? others : [...others, value] }
}
