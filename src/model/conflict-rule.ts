import * as z from 'zod'
import { bounded } from './bounded-json.js'
import {
  type Condition,
  conditionBounds,
  conditionSchema,
  type EventLeaf,
  eventLeaves,
  mostEntries,
  oneOf,
} from './condition.js'
import { type Field, FieldSchema } from './content.js'
import { type CalendarId, idSchema } from './ids.js'

/** One question about a conflict itself. */
export type ConflictLeaf =
  /** It is about one of these fields, of the event or of one of its occurrences; `overrides`: about any occurrence. */
  | { readonly field: readonly (Field | 'removal')[] }
  /** One of the sides is one of these calendars. */
  | { readonly changedBy: readonly CalendarId[] }
  /** All sides are among these calendars. */
  | { readonly both: readonly CalendarId[] }
  /** Whether one of the sides is the calendar that the event was born in. */
  | { readonly sideIsOrigin: boolean }
  /** One side was changed at least so long after the other, as their providers tell; never where one does not tell. */
  | { readonly newerByMinutes: number }

/** What a rule asks: about the conflict, and about the event as far as it is decided. */
export type RuleCondition = Condition<EventLeaf | ConflictLeaf>

/**
 * What becomes of a conflict.
 *
 * - `take`: one side wins. Where it is none of the sides, or nobody can tell which one was later, the rule has not decided
 *   and the next rule is asked.
 * - `keep: 'both'`: the other side lives on as an event of its own
 * - `merge: 'text'`: the lines of both texts are kept; undecided where the field is no text
 * - `hold`: a person has to decide
 */
export type RuleAction =
  | {
      readonly take:
        | 'origin'
        | 'latest'
        | 'earliest'
        | { readonly calendar: CalendarId }
        /** The first of these calendars that is a side. */
        | { readonly firstOf: readonly CalendarId[] }
    }
  | { readonly keep: 'both' }
  | { readonly merge: 'text' }
  | { readonly hold: true }

/**
 * How conflicts of a kind are settled, as plain JSON. Of a list of rules the first one decides that holds and can decide.
 *
 * @example
 * ```ts
 * import type { ConflictRule } from 'calweave'
 *
 * const rule: ConflictRule = {
 *   id: 'titles',
 *   name: 'Titles of invitations are the business of whoever invites',
 *   when: { all: [{ field: ['title'] }, { hasAttendees: true }] },
 *   then: { take: 'origin' },
 * }
 * console.log(rule.name)
 * ```
 */
export interface ConflictRule {
  /** Shown in the conflict log as `rule:<id>`; unique in its list. */
  readonly id: string
  /** What a person calls it. */
  readonly name: string
  readonly when: RuleCondition
  readonly then: RuleAction
}

/** Rules in one group. */
export const mostRules = 200

const calendars = z.array(idSchema<'Calendar'>()).min(1).max(mostEntries)

const conflictLeaves: Readonly<Record<string, z.ZodType>> = {
  field: z
    .array(z.union([FieldSchema, z.literal('removal')], 'must be the name of a field, or removal'))
    .min(1)
    .max(mostEntries),
  changedBy: calendars,
  both: calendars,
  sideIsOrigin: z.boolean(),
  newerByMinutes: z.int().min(1).max(10_000_000),
}

const action: z.ZodType<RuleAction> = oneOf({
  take: z.union(
    [z.enum(['origin', 'latest', 'earliest']), oneOf({ calendar: idSchema<'Calendar'>(), firstOf: calendars })],
    'must be origin, latest, earliest, { calendar } or { firstOf }',
  ),
  keep: z.literal('both'),
  merge: z.literal('text'),
  hold: z.literal(true),
})

const rule: z.ZodType<ConflictRule> = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._:@-]{1,128}$/, 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ : @ -'),
  name: z.string().min(1).max(200),
  when: conditionSchema<EventLeaf | ConflictLeaf>({ ...eventLeaves, ...conflictLeaves }),
  // biome-ignore lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
  then: action,
})

/** Validates one rule that a host or a person wrote. Refusals name the path. */
export const ConflictRuleSchema: z.ZodType<ConflictRule> = bounded(rule, {
  ...conditionBounds,
  depth: conditionBounds.depth + 1,
})

/**
 * Validates the rules of a group. Refuses what contradicts itself as well: two rules of one id, a rule that can never
 * hold, and a rule behind one that decides every conflict.
 */
export const ConflictRulesSchema: z.ZodType<readonly ConflictRule[]> = bounded(
  z.array(rule).max(mostRules).superRefine(refuseContradictions),
  { entries: mostRules, depth: conditionBounds.depth + 2, values: 20_000 },
)

function refuseContradictions(rules: readonly ConflictRule[], context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', message, path })
  const ids = new Set<string>()
  let last: number | undefined
  for (const [index, { id, when, then }] of rules.entries()) {
    if (ids.has(id)) refuse([index, 'id'], 'another rule has this id')
    ids.add(id)
    const known = constant(when)
    if (known === false) refuse([index, 'when'], 'can never hold')
    if (last !== undefined) refuse([index], `is never reached: the rule at ${last} decides every conflict`)
    // Taking a side and merging texts may leave a conflict undecided; the other two never do.
    else if (known === true && ('hold' in then || 'keep' in then)) last = index
  }
}

/** Whether a condition holds whatever it is asked about: true, false, or undefined where it depends. */
function constant(condition: RuleCondition): boolean | undefined {
  if ('not' in condition) {
    const known = constant(condition.not)
    return known === undefined ? undefined : !known
  }
  if ('all' in condition) return constantOf(condition.all, false)
  if ('any' in condition) return constantOf(condition.any, true)
  return undefined
}

/** One part that is `settling` settles a list; without parts that depend on anything, the list is the contrary. */
function constantOf(parts: readonly RuleCondition[], settling: boolean): boolean | undefined {
  const known = parts.map(constant)
  if (known.includes(settling)) return settling
  return known.includes(undefined) ? undefined : !settling
}
