import type { EventContent, EventTime } from '../../model/content.js'

/** The fields that the simulated people type into. Every value is typed once, so that it can be followed. */
export type TypedField = 'title' | 'description' | 'location' | 'time' | 'override' | 'category'

/** The fields of which one value stands in an event at a time. */
export type SingleField = Exclude<TypedField, 'override' | 'category'>

export const singleFields: readonly SingleField[] = ['title', 'description', 'location', 'time']

/** The hidden name of an event, in its title: `e12`. Empty where the title does not tell. */
export function nameIn({ title }: Pick<EventContent, 'title'>): string {
  return /^e\d+\b/i.exec(title)?.[0].toLowerCase() ?? ''
}

/** What was typed into a text: `t12`, however a service rewrote what stands around it. */
export function wordIn(text: string): string | null {
  return /\bt\d+\b/i.exec(text)?.[0].toLowerCase() ?? null
}

/** What was typed into a field of this content. */
export function tokenOf(field: SingleField, content: EventContent): string | null {
  return field === 'time' ? startOf(content) : wordIn(content[field])
}

/** A start as people read it. No two typed starts are the same. */
export function startOf({ time }: Pick<EventContent, 'time'>): string {
  return momentOf(time.start)
}

/** Every token that a content shows. */
export function tokensIn(content: EventContent): readonly string[] {
  const own = singleFields.flatMap((field) => tokenOf(field, content) ?? [])
  return [...own, ...categoryTokens(content), ...overrideTokens(content)]
}

export function categoryTokens({ categories }: Pick<EventContent, 'categories'>): readonly string[] {
  return categories.flatMap((category) => wordIn(category) ?? [])
}

/** The tokens in changed occurrences: each carries one, in its location. */
export function overrideTokens({ overrides }: Pick<EventContent, 'overrides'>): readonly string[] {
  return Object.values(overrides).flatMap((override) =>
    override.kind === 'changed' ? (wordIn(override.content.location) ?? []) : [],
  )
}

/** Every token that stands anywhere in a JSON value. */
export function tokensWithin(value: unknown): ReadonlySet<string> {
  const found = JSON.stringify(value).match(/\bt\d+\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|"\d{4}-\d\d-\d\d"/gi) ?? []
  return new Set(found.map((token) => (/^t/i.test(token) ? token.toLowerCase() : token.replaceAll('"', ''))))
}

function momentOf(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local
}

/** A wall time so much later. */
export function localPlus(local: string, ms: number): string {
  return new Date(Date.parse(`${local}Z`) + ms).toISOString().slice(0, 19)
}

/** A date so many days later. */
export function datePlus(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
