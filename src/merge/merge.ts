import { mergeText } from '../mapping/text-merge.js'
import {
  type EventContent,
  type Field,
  type OccurrenceContent,
  type OccurrenceField,
  type Override,
  occurrenceFields,
  type Recurrence,
  type Slot,
} from '../model/content.js'
import { sameField, sameOccurrenceField, sameOverride } from '../model/equality.js'
import type { Json } from '../model/json.js'
import { regularOccurrence } from '../model/occurrence.js'

/** Two values that cannot both be had. */
export interface Disagreement {
  readonly field: Field
  readonly path: readonly string[]
  readonly base: Json | null
  readonly ours: Json
  readonly theirs: Json
}

/** A side of a disagreement, or a value made of both. */
export type Choice = 'ours' | 'theirs' | { readonly value: Json }

/** Settles a disagreement. */
export type Judge = (disagreement: Disagreement) => Choice

/**
 * Three-way merge, field by field: what one side changed since `base` is taken, what both changed alike is kept, and
 * only what both changed differently goes to the judge. Attendees, reminders, categories, links and overrides merge by
 * element, descriptions by line, so that two people who each add something lose nothing.
 *
 * Laws (tested): merging with an unchanged side gives the other side; a side merged with itself is itself.
 */
export function merge(base: EventContent, ours: EventContent, theirs: EventContent, judge: Judge): EventContent {
  if (seriesCollide(base, ours, theirs)) return mergeAroundSeries(base, ours, theirs, judge)
  return {
    ...mergeOccurrence(base, ours, theirs, (field, path, disagreement) => judge({ field, path, ...disagreement })),
    recurrence: mergeRecurrence(base, ours, theirs, judge),
    overrides: mergeOverrides(base, ours, theirs, judge),
  }
}

/** The three fields that name the occurrences of a series. */
export const seriesFields: readonly Field[] = ['time', 'recurrence', 'overrides']

/**
 * One side moved the whole series, the other changed single occurrences. The slots of the one no longer name the
 * occurrences of the other, so time, rule and overrides are taken from one side, together.
 */
function seriesCollide(base: EventContent, ours: EventContent, theirs: EventContent): boolean {
  if (!base.recurrence && !ours.recurrence && !theirs.recurrence) return false
  const moved = (side: EventContent) => !sameField('recurrence', base, side) || !sameStart(base, side)
  const touched = (side: EventContent) => !sameField('overrides', base, side)
  if (!(moved(ours) && touched(theirs)) && !(moved(theirs) && touched(ours))) return false
  return seriesFields.some((field) => !sameField(field, ours, theirs))
}

function sameStart(a: EventContent, b: EventContent): boolean {
  const only = (content: EventContent) => ({ ...content, time: { start: content.time.start, end: content.time.start } })
  return sameField('time', only(a), only(b))
}

function mergeAroundSeries(base: EventContent, ours: EventContent, theirs: EventContent, judge: Judge): EventContent {
  const series = ({ time, recurrence, overrides }: EventContent) => ({ time, recurrence, overrides })
  const winner = judge({
    field: 'overrides',
    path: ['series'],
    base: series(base) as unknown as Json,
    ours: series(ours) as unknown as Json,
    theirs: series(theirs) as unknown as Json,
  })
  // A series cannot be made of two.
  const taken = series(winner === 'theirs' ? theirs : ours)
  const rest = merge({ ...base, ...taken }, { ...ours, ...taken }, { ...theirs, ...taken }, judge)
  return { ...rest, ...taken }
}

type Values = Pick<Disagreement, 'base' | 'ours' | 'theirs'>
type ElementJudge = (field: OccurrenceField, path: readonly string[], values: Values) => Choice

function mergeOccurrence(
  base: OccurrenceContent,
  ours: OccurrenceContent,
  theirs: OccurrenceContent,
  judge: ElementJudge,
): OccurrenceContent {
  const merged = occurrenceFields.map((field) => [field, mergeOccurrenceField(field, base, ours, theirs, judge)])
  return Object.fromEntries(merged) as OccurrenceContent
}

function mergeOccurrenceField(
  field: OccurrenceField,
  base: OccurrenceContent,
  ours: OccurrenceContent,
  theirs: OccurrenceContent,
  judge: ElementJudge,
): OccurrenceContent[OccurrenceField] {
  if (sameOccurrenceField(field, ours, theirs) || sameOccurrenceField(field, base, theirs)) return ours[field]
  if (sameOccurrenceField(field, base, ours)) return theirs[field]
  const keyOf = elementKeys[field] as ((element: unknown) => string) | undefined
  const lists = [base[field], ours[field], theirs[field]] as readonly unknown[]
  if (keyOf && lists.every(Array.isArray)) {
    const [b = [], o = [], t = []] = lists as readonly (readonly unknown[])[]
    return mergeElements(keyOf, b, o, t, (key, values) => judge(field, [key], values)) as never
  }
  if (field === 'description') {
    const merged = mergeText(base.description, ours.description, theirs.description)
    if (merged !== undefined) return merged
  }
  const values = { base: base[field] as Json, ours: ours[field] as Json, theirs: theirs[field] as Json }
  return chosen(judge(field, [], values), ours[field], theirs[field])
}

/** What was chosen. Of an element that one side does not have, null stands for its absence. */
function chosen<Value>(choice: Choice, ours: Value, theirs: Value): Value {
  if (choice === 'ours') return ours
  return choice === 'theirs' ? theirs : (choice.value as Value)
}

/** What names an element of a list field. Fields that are not here are changed as a whole. */
export const elementKeys: { readonly [F in OccurrenceField]?: (element: never) => string } = {
  categories: (category: string) => category.normalize('NFC').trim(),
  attendees: ({ email }: { email: string }) => email.toLowerCase(),
  reminders: (reminder: object) => JSON.stringify(reminder),
  conferences: ({ url }: { url: string }) => url,
  attachments: ({ url }: { url: string }) => url,
}

/** Merges lists by element: added on either side is in, removed on either side is out, changed on both is judged. */
function mergeElements<Element>(
  keyOf: (element: Element) => string,
  base: readonly Element[],
  ours: readonly Element[],
  theirs: readonly Element[],
  judge: (key: string, values: Values) => Choice,
): readonly Element[] {
  const index = (list: readonly Element[]) => new Map(list.map((element) => [keyOf(element), element]))
  const [b, o, t] = [index(base), index(ours), index(theirs)]
  const merged: Element[] = []
  for (const key of new Set([...o.keys(), ...t.keys()])) {
    const kept = mergeElement(b.get(key), o.get(key), t.get(key), (values) => judge(key, values))
    if (kept !== undefined) merged.push(kept)
  }
  return merged
}

function mergeElement<Element>(
  base: Element | undefined,
  ours: Element | undefined,
  theirs: Element | undefined,
  judge: (values: Values) => Choice,
): Element | undefined {
  const [b, o, t] = [base, ours, theirs].map((element) => (element === undefined ? null : (element as Json)))
  const same = (x: Json | undefined, y: Json | undefined) => JSON.stringify(x) === JSON.stringify(y)
  if (same(o, t) || same(b, t)) return ours
  if (same(b, o)) return theirs
  return chosen(judge({ base: b ?? null, ours: o ?? null, theirs: t ?? null }), ours, theirs)
}

/** The rule is one unit, the additional dates are a set. */
function mergeRecurrence(
  base: EventContent,
  ours: EventContent,
  theirs: EventContent,
  judge: Judge,
): Recurrence | null {
  const field = 'recurrence'
  if (sameField(field, ours, theirs) || sameField(field, base, theirs)) return ours.recurrence
  if (sameField(field, base, ours)) return theirs.recurrence
  const withDates = (content: EventContent, rdates: readonly Slot[]): EventContent => ({
    ...content,
    recurrence: content.recurrence && { ...content.recurrence, rdates },
  })
  const sameRules = (a: EventContent, b: EventContent) => sameField(field, withDates(a, []), withDates(b, []))
  const winner = sameRules(ours, theirs) || sameRules(base, theirs) ? ours : sameRules(base, ours) ? theirs : undefined
  if (winner?.recurrence && base.recurrence && ours.recurrence && theirs.recurrence) {
    const dates = [base, ours, theirs].map((content) => content.recurrence?.rdates ?? [])
    const [b = [], o = [], t = []] = dates
    return {
      ...winner.recurrence,
      rdates: [
        ...mergeElements<string>(
          (slot) => slot,
          b,
          o,
          t,
          () => 'ours',
        ),
      ].sort(),
    }
  }
  const values = { base: base.recurrence as Json, ours: ours.recurrence as Json, theirs: theirs.recurrence as Json }
  return chosen(judge({ field, path: [], ...values }), ours.recurrence, theirs.recurrence)
}

export function mergeOverrides(
  base: EventContent,
  ours: EventContent,
  theirs: EventContent,
  judge: Judge,
): Readonly<Record<Slot, Override>> {
  if (sameField('overrides', base, theirs)) return ours.overrides
  if (sameField('overrides', base, ours)) return theirs.overrides
  const slots = new Set([base, ours, theirs].flatMap((content) => Object.keys(content.overrides)))
  const merged: [Slot, Override][] = []
  for (const slot of [...slots].sort()) {
    const override = mergeOverride(slot, base, ours, theirs, judge)
    if (override) merged.push([slot, override])
  }
  return Object.fromEntries(merged)
}

function mergeOverride(
  slot: Slot,
  base: EventContent,
  ours: EventContent,
  theirs: EventContent,
  judge: Judge,
): Override | undefined {
  const [b, o, t] = [base.overrides[slot], ours.overrides[slot], theirs.overrides[slot]]
  if (sameOverride(o, t) || sameOverride(b, t)) return o
  if (sameOverride(b, o)) return t
  if (o?.kind === 'changed' && t?.kind === 'changed') {
    const before = b?.kind === 'changed' ? b.content : regularOccurrence(base, slot)
    const content = mergeOccurrence(before, o.content, t.content, (field, path, values) =>
      judge({ field: 'overrides', path: [slot, field, ...path], ...values }),
    )
    return { kind: 'changed', content }
  }
  const values = { base: (b ?? null) as Json, ours: (o ?? null) as Json, theirs: (t ?? null) as Json }
  return chosen(judge({ field: 'overrides', path: [slot], ...values }), o, t)
}
