import { SyncError } from '../errors.js'
import { type EventFacts, holdsWith, leafHolds } from '../mapping/condition.js'
import type { EventLeaf } from '../model/condition.js'
import type { Choice, ConflictItem, ConflictSide } from '../model/conflict.js'
import { type ConflictLeaf, type ConflictRule, ConflictRulesSchema, type RuleAction } from '../model/conflict-rule.js'
import { type EventContent, occurrenceFields } from '../model/content.js'
import { digest } from '../model/hash.js'
import type { CalendarId } from '../model/ids.js'
import type { Origin } from '../model/origin.js'
import { seriesFields } from './merge.js'

/** What rules look at of a conflict. */
export interface RuledConflict extends Pick<ConflictItem, 'field' | 'path'> {
  readonly sides: readonly [RuledSide, RuledSide]
  readonly event: { readonly origin: Pick<Origin, 'calendarId'>; readonly content: EventContent }
}

interface RuledSide extends Pick<ConflictSide, 'calendarId' | 'changedAt'> {
  readonly isOrigin: boolean
}

/** What a rule says: the calendar whose side wins, or what else becomes of the conflict. */
export type RuleVerdict = CalendarId | 'both' | 'merge' | 'park'

/** Two stamps closer than this are one moment: clocks of providers differ by that much. */
export const toleranceMs = 2_000

/** Rules as a strategy: what the first of them decides that holds and can decide; see {@link ruleVerdict}. */
export const rulesStrategy =
  (rules: readonly ConflictRule[]): ((conflict: RuledConflict) => RuleVerdict | undefined) =>
  (conflict) =>
    ruleVerdict(rules, conflict)?.verdict

/**
 * What the first rule says that holds and can decide, and which one it is. A rule that takes a side that there is none
 * of, or the later of two moments that nobody can tell apart, has not decided: the next one is asked.
 */
export function ruleVerdict(
  rules: readonly ConflictRule[],
  conflict: RuledConflict,
): { readonly rule: ConflictRule; readonly verdict: RuleVerdict } | undefined {
  for (const rule of rules) {
    if (!ruleHolds(rule, conflict)) continue
    const verdict = verdictOf(rule.then, conflict)
    if (verdict !== undefined) return { rule, verdict }
  }
  return undefined
}

/**
 * "Always do this": the rule that settles every conflict of this field between these calendars as a person settled one.
 * Its id tells field and calendars, so that a later choice for the same takes the place of the earlier one.
 *
 * @param name - what people will find it under
 * @throws SyncError `invalid_input` when `choice` is none of the sides.
 */
export function ruleFrom(
  item: Pick<ConflictItem, 'field' | 'path' | 'sides'>,
  choice: Choice,
  name: string,
): ConflictRule {
  const calendars = [...new Set(item.sides.map(({ calendarId }) => calendarId))].sort()
  if (choice !== 'both' && choice !== 'merge' && !calendars.includes(choice))
    throw new SyncError(
      'invalid_input',
      'A rule can be made of one of the calendars on the sides of this conflict only.',
    )
  const field = slotField(item) ?? item.field
  return {
    id: `always-${field}-${digest('rule', field, ...calendars).slice(0, 16)}`,
    name,
    when: { all: [{ field: [field] }, { both: calendars }] },
    // biome-ignore lint/suspicious/noThenProperty: see ConflictRule
    then: actionOf(choice),
  }
}

function actionOf(choice: Choice): RuleAction {
  if (choice === 'both') return { keep: 'both' }
  return choice === 'merge' ? { merge: 'text' } : { take: { calendar: choice } }
}

/**
 * The list with this rule in front, where no older rule can be in its way; one of the same id is replaced.
 * @throws SyncError `invalid_input` when a group cannot have so many rules.
 */
export function withRule(rules: readonly ConflictRule[], rule: ConflictRule): readonly ConflictRule[] {
  const grown = [rule, ...rules.filter(({ id }) => id !== rule.id)]
  if (!ConflictRulesSchema.safeParse(grown).success)
    throw new SyncError('invalid_input', 'This group has as many rules as it can have. Remove one of them first.')
  return grown
}

function ruleHolds({ when }: ConflictRule, conflict: RuledConflict): boolean {
  const { content, origin } = conflict.event
  const facts: EventFacts = { content, origin: origin.calendarId }
  return holdsWith(when, (leaf) => conflictAnswer(leaf, conflict) ?? leafHolds(leaf as EventLeaf, facts))
}

/** The answer to a question about the conflict itself; none when the question is about the event. */
function conflictAnswer(leaf: ConflictLeaf | EventLeaf, conflict: RuledConflict): boolean | undefined {
  const { sides } = conflict
  if ('field' in leaf) return fieldsAtStake(conflict).some((field) => leaf.field.includes(field))
  if ('changedBy' in leaf) return sides.some(({ calendarId }) => leaf.changedBy.includes(calendarId))
  if ('both' in leaf) return sides.every(({ calendarId }) => leaf.both.includes(calendarId))
  if ('sideIsOrigin' in leaf) return leaf.sideIsOrigin === sides.some(({ isOrigin }) => isOrigin)
  if ('newerByMinutes' in leaf) return (apartMs(conflict) ?? -1) >= leaf.newerByMinutes * 60_000
  return undefined
}

type ConflictField = RuledConflict['field']

/** The fields that a conflict is about: of a changed occurrence its own field too, of a whole series all that name its times. */
function fieldsAtStake(conflict: Pick<RuledConflict, 'field' | 'path'>): readonly ConflictField[] {
  if (conflict.field === 'overrides' && conflict.path[0] === 'series') return seriesFields
  const own = slotField(conflict)
  return own === undefined ? [conflict.field] : [conflict.field, own]
}

/** The field of one occurrence that a conflict is about. */
function slotField({ field, path }: Pick<RuledConflict, 'field' | 'path'>): ConflictField | undefined {
  return field === 'overrides' ? occurrenceFields.find((own) => own === path[1]) : undefined
}

function verdictOf(action: RuleAction, conflict: RuledConflict): RuleVerdict | undefined {
  if ('keep' in action) return 'both'
  if ('merge' in action) return 'merge'
  if ('hold' in action) return 'park'
  const { take } = action
  if (take === 'origin') return conflict.sides.find(({ isOrigin }) => isOrigin)?.calendarId
  if (take === 'latest' || take === 'earliest') return changedFirst(conflict)[take]
  const wanted = 'calendar' in take ? [take.calendar] : take.firstOf
  return wanted.find((calendarId) => conflict.sides.some((side) => side.calendarId === calendarId))
}

/** Which side was changed first and which last; neither where nobody can tell. */
function changedFirst(conflict: RuledConflict): { readonly earliest?: CalendarId; readonly latest?: CalendarId } {
  const [a, b] = conflict.sides
  if ((apartMs(conflict) ?? 0) < toleranceMs) return {}
  const [first, last] = Number(a.changedAt) < Number(b.changedAt) ? [a, b] : [b, a]
  return { earliest: first.calendarId, latest: last.calendarId }
}

/** How far apart the sides were changed; undefined where a provider does not tell. */
function apartMs({ sides: [a, b] }: RuledConflict): number | undefined {
  return a.changedAt === null || b.changedAt === null ? undefined : Math.abs(a.changedAt - b.changedAt)
}
