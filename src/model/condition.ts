import * as z from 'zod'
import { bounded, type JsonBounds } from './bounded-json.js'
import type { Attendee, OccurrenceContent } from './content.js'
import { type CalendarId, idSchema } from './ids.js'
import { type Weekday, weekdays } from './rule.js'
import { isDate } from './time.js'

/** Conditions put together. `{ all: [] }` always holds, `{ any: [] }` never does. */
export type Condition<Leaf> =
  | { readonly all: readonly Condition<Leaf>[] }
  | { readonly any: readonly Condition<Leaf>[] }
  | { readonly not: Condition<Leaf> }
  | Leaf

/**
 * What a text has to be like. Upper and lower case are one, composed and decomposed characters too. No patterns: a
 * pattern of one person over the text of another can take for ever.
 */
export type TextMatch =
  | { readonly contains: string }
  | { readonly startsWith: string }
  /** The whole text; blanks around it do not count. The empty text asks for events that say nothing there. */
  | { readonly equals: string }

/** One of these addresses, or any address of one of these domains (not of their subdomains). Empty: any address. */
export interface AddressMatch {
  readonly email?: readonly string[]
  readonly domain?: readonly string[]
}

/** One question about an event. */
export type EventLeaf =
  | { readonly title: TextMatch }
  | { readonly description: TextMatch }
  | { readonly location: TextMatch }
  /** One of these stands in title or description, as whole words. */
  | { readonly keyword: readonly string[] }
  | { readonly category: readonly string[] }
  | { readonly allDay: boolean }
  | { readonly recurring: boolean }
  | { readonly availability: readonly OccurrenceContent['availability'][] }
  | { readonly visibility: readonly OccurrenceContent['visibility'][] }
  | { readonly status: readonly OccurrenceContent['status'][] }
  | { readonly organizer: AddressMatch }
  /** One attendee fits it all: with the own address and a status, "what I declined". */
  | { readonly attendee: AddressMatch & { readonly status?: readonly Attendee['status'][] } }
  | { readonly hasAttendees: boolean }
  /**
   * It starts between `from` and before `to` by its own wall clock; whole days never do. The range may go over
   * midnight: what starts after it belongs to the day before, on which the range began.
   */
  | { readonly timeOfDay: { readonly from: string; readonly to: string; readonly days?: readonly Weekday[] } }
  | { readonly durationMinutes: { readonly atLeast?: number; readonly atMost?: number } }
  /** It starts on an earlier date than this one; of a series, its first occurrence. */
  | { readonly startsBefore: string }
  /** It starts on a later date than this one; of a series, its first occurrence. */
  | { readonly startsAfter: string }
  /** It was born in one of these calendars. */
  | { readonly origin: readonly CalendarId[] }

/**
 * A question about an event, as plain JSON: what a filter or a rule asks.
 *
 * @example
 * ```ts
 * import type { EventCondition } from 'calweave'
 *
 * // Meetings by day, but not what I declined.
 * const meetings: EventCondition = {
 *   all: [
 *     { timeOfDay: { from: '08:00', to: '18:00', days: ['MO', 'TU', 'WE', 'TH', 'FR'] } },
 *     { not: { attendee: { email: ['me@example.com'], status: ['declined'] } } },
 *   ],
 * }
 * console.log(JSON.stringify(meetings))
 * ```
 */
export type EventCondition = Condition<EventLeaf>

/** Questions in one condition, `all`, `any` and `not` among them. */
export const mostNodes = 200
/** Levels of one condition. */
export const deepestNode = 10
/** Entries of one list. */
export const mostEntries = 200

const word = z.string().min(1).max(500)
const list = <T>(entry: z.ZodType<T>): z.ZodType<readonly T[]> => z.array(entry).min(1).max(mostEntries)

/**
 * An object of which exactly one key is given. Unlike a union it can say which value inside of it does not fit.
 */
export function oneOf<T>(shape: Readonly<Record<string, z.ZodType>>): z.ZodType<T> {
  const keys = Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, z.exactOptional(schema)]))
  return z
    .strictObject(keys)
    .refine(
      (given) => Object.keys(given).length === 1,
      `must have exactly one of the keys ${Object.keys(shape).join(', ')}`,
    ) as unknown as z.ZodType<T>
}

const text: z.ZodType<TextMatch> = oneOf({ contains: word, startsWith: word, equals: z.string().max(500) })
const addresses = { email: z.exactOptional(list(z.string().min(3).max(320))), domain: z.exactOptional(list(word)) }
const minutes = z.int().min(0).max(10_000_000)
const timeText = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 09:30')
const date = z.string().max(10).refine(isDate, 'must be a date like 2026-03-04')

/** The schemas of {@link EventLeaf}, for other conditions that ask about events as well. */
export const eventLeaves: Readonly<Record<string, z.ZodType>> = {
  title: text,
  description: text,
  location: text,
  keyword: list(word),
  category: list(word),
  allDay: z.boolean(),
  recurring: z.boolean(),
  availability: list(z.enum(['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere'])),
  visibility: list(z.enum(['default', 'public', 'private', 'confidential'])),
  status: list(z.enum(['confirmed', 'tentative', 'cancelled'])),
  organizer: z.strictObject(addresses),
  attendee: z.strictObject({
    ...addresses,
    status: z.exactOptional(list(z.enum(['needs_action', 'accepted', 'declined', 'tentative', 'delegated']))),
  }),
  hasAttendees: z.boolean(),
  timeOfDay: z
    .strictObject({
      from: timeText,
      to: z.union([timeText, z.literal('24:00')], 'must be a time like 17:30, or 24:00'),
      days: z.exactOptional(list(z.enum(weekdays))),
    })
    .refine(({ from, to }) => from !== to, 'from and to are the same: say 00:00 to 24:00 for all day long'),
  durationMinutes: z
    .strictObject({ atLeast: z.exactOptional(minutes), atMost: z.exactOptional(minutes) })
    .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined, 'needs atLeast or atMost')
    .refine(({ atLeast = 0, atMost = Number.POSITIVE_INFINITY }) => atLeast <= atMost, 'atLeast is more than atMost'),
  startsBefore: date,
  startsAfter: date,
  origin: list(idSchema<'Calendar'>()),
}

/** The schema of a condition with these leaves. Not bounded yet: see {@link conditionBounds}. */
export function conditionSchema<Leaf>(leaves: Readonly<Record<string, z.ZodType>>): z.ZodType<Condition<Leaf>> {
  const node: z.ZodType<Condition<Leaf>> = z.lazy(() => tree)
  const nodes = z.array(node).max(mostEntries)
  const tree = oneOf<Condition<Leaf>>({ all: nodes, any: nodes, not: node, ...leaves })
  return node.superRefine((condition, context) => {
    const beyond = beyondBounds(condition)
    if (beyond) context.addIssue({ code: 'custom', message: beyond.reason, path: [...beyond.path] })
  })
}

/** The bounds of the JSON of one condition: room for the deepest one, and for the largest with some long lists in it. */
export const conditionBounds: JsonBounds = { depth: 2 * deepestNode + 4, entries: mostEntries, values: 2_500 }

/** Validates a condition that a host or a person wrote. Refusals name the path. */
export const EventConditionSchema: z.ZodType<EventCondition> = bounded(
  conditionSchema<EventLeaf>(eventLeaves),
  conditionBounds,
)

/** The conditions right below one, each with the way to it; none for a leaf. */
export function partsOf<Leaf>(
  condition: Condition<Leaf>,
): readonly { readonly path: readonly (string | number)[]; readonly part: Condition<Leaf> }[] {
  const { all, any, not } = condition as { all?: Condition<Leaf>[]; any?: Condition<Leaf>[]; not?: Condition<Leaf> }
  if (not !== undefined) return [{ path: ['not'], part: not }]
  const name = all ? 'all' : 'any'
  return (all ?? any ?? []).map((part, index) => ({ path: [name, index], part }))
}

function beyondBounds(
  root: Condition<unknown>,
): { readonly path: readonly (string | number)[]; readonly reason: string } | undefined {
  const waiting = [{ path: [] as readonly (string | number)[], part: root, depth: 1 }]
  let count = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, part, depth } = next
    if (++count > mostNodes) return { path: [], reason: `more than ${mostNodes} conditions in all` }
    if (depth > deepestNode) return { path, reason: `nested deeper than ${deepestNode} conditions` }
    for (const below of partsOf(part))
      waiting.push({ path: [...path, ...below.path], part: below.part, depth: depth + 1 })
  }
  return undefined
}
