import type { EventContent, Field } from '../model/content.js'
import type { StrategySpec, SyncGroup } from '../model/group.js'
import type { CalendarId, EventId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Origin } from '../model/origin.js'
import { rulesStrategy, toleranceMs } from './rules.js'

/** One of the two values that a field was changed to. */
export interface Side {
  readonly calendarId: CalendarId
  readonly value: Json
  /** When its provider says that it changed, milliseconds since 1970; null where it does not tell. */
  readonly changedAt: number | null
  /** The member's priority; lower comes first. */
  readonly priority: number
  /** Whether the event was born in this calendar. */
  readonly isOrigin: boolean
}

/** A field (or an element of it) that two sides changed to different values. */
export interface FieldConflict {
  readonly field: Field | 'removal'
  /** Where inside the field: a slot, an address ... Empty for the whole field. */
  readonly path: readonly string[]
  /** The last value that both sides agreed on; null where none is known. */
  readonly base: Json | null
  readonly sides: readonly [Side, Side]
  /** The event that is disagreed on, as far as it is decided: what a rule may ask about beside the two values. */
  readonly event: { readonly id: EventId; readonly origin: Origin; readonly content: EventContent }
}

/**
 * What a strategy says: the calendar whose side wins, or
 *
 * - `both`: the side that was there first stays, and the other one lives on as an event of its own
 * - `merge`: the lines of both texts are kept; undecided where the field is no text
 * - `park`: a person has to decide
 * - undefined: the next strategy is asked
 */
export type Verdict = CalendarId | 'both' | 'merge' | 'park' | undefined

/**
 * Picks what becomes of a conflict, see {@link Verdict}. Must be pure and quick: it is called inside the merge. One that
 * throws leaves the conflict to a person.
 *
 * @example
 * ```ts
 * import type { Strategy } from 'calweave'
 *
 * // Titles are the origin's business; everything else goes to the next strategy.
 * const originNames: Strategy = ({ field, sides }) =>
 *   field === 'title' ? sides.find(({ isOrigin }) => isOrigin)?.calendarId : undefined
 * console.log(originNames.length)
 * ```
 */
export type Strategy = (conflict: FieldConflict) => Verdict

/** A strategy with the name that the conflict log shows. */
export interface NamedStrategy {
  readonly name: string
  readonly decide: Strategy
}

/**
 * The side that its provider says was changed last. Stamps that are missing or closer than two seconds say nothing;
 * then the member's priority decides, then the calendar id, so that every worker decides alike.
 */
export const lastModifiedWins: Strategy = ({ sides: [a, b] }) => {
  if (a.changedAt !== null && b.changedAt !== null && Math.abs(a.changedAt - b.changedAt) >= toleranceMs)
    return a.changedAt > b.changedAt ? a.calendarId : b.calendarId
  if (a.priority !== b.priority) return a.priority < b.priority ? a.calendarId : b.calendarId
  return a.calendarId < b.calendarId ? a.calendarId : b.calendarId
}

/** The calendar that stands first in `order`; undecided when neither side is in it. */
export const preferCalendar =
  (order: readonly CalendarId[]): Strategy =>
  ({ sides }) =>
    order.find((calendarId) => sides.some((side) => side.calendarId === calendarId))

/** The calendar that the event was born in; undecided when it is on neither side. */
export const preferOrigin: Strategy = ({ sides }) => sides.find(({ isOrigin }) => isOrigin)?.calendarId

/** Leaves every conflict to a person. */
export const askAPerson: Strategy = () => 'park'

/** Who is asked about a conflict: the rules first, then the sides' own strategies, the field's, and the group's. */
export interface Strategies {
  readonly rules: readonly NamedStrategy[]
  /** In the order of the members' priority. */
  readonly members: ReadonlyMap<CalendarId, readonly NamedStrategy[]>
  readonly fields: { readonly [F in FieldConflict['field']]?: readonly NamedStrategy[] }
  readonly group: readonly NamedStrategy[]
}

/** What a group says about its conflicts, ready to be asked. A host strategy that is not registered parks. */
export function strategiesOf(
  group: Pick<SyncGroup, 'members' | 'strategies' | 'fieldStrategies' | 'rules'>,
  hosted: Readonly<Record<string, Strategy>> = {},
): Strategies {
  const named = (specs: readonly StrategySpec[] = []) => specs.map((spec) => namedStrategy(spec, hosted))
  const members = [...group.members].sort((a, b) => a.priority - b.priority)
  const fields = Object.entries(group.fieldStrategies).map(([field, specs]) => [field, named(specs)])
  return {
    rules: group.rules.map((rule) => ({ name: `rule:${rule.id}`, decide: rulesStrategy([rule]) })),
    members: new Map(members.map(({ calendarId, strategies }) => [calendarId, named(strategies)])),
    fields: Object.fromEntries(fields) as Strategies['fields'],
    group: named(group.strategies),
  }
}

function namedStrategy(spec: StrategySpec, hosted: Readonly<Record<string, Strategy>>): NamedStrategy {
  return { name: spec.use === 'host' ? spec.name : spec.use, decide: strategyOf(spec, hosted) }
}

function strategyOf(spec: StrategySpec, hosted: Readonly<Record<string, Strategy>>): Strategy {
  switch (spec.use) {
    case 'lastModifiedWins':
      return lastModifiedWins
    case 'preferCalendar':
      return preferCalendar(spec.order)
    case 'preferOrigin':
      return preferOrigin
    case 'mergeText':
      return () => 'merge'
    case 'keepBoth':
      return () => 'both'
    case 'askAPerson':
      return askAPerson
    case 'host':
      return Object.hasOwn(hosted, spec.name) ? (hosted[spec.name] as Strategy) : askAPerson
    default:
      return spec satisfies never
  }
}

/** A verdict that somebody gave, and who it was. Nothing: a person has to decide. */
export interface Ruling {
  readonly verdict: Exclude<Verdict, 'park' | undefined>
  readonly strategy: string
}

/**
 * Asks in turn until somebody decides. An edit that meets a removal is asked of those only who speak of removals by name:
 * the rules and the strategies of that field.
 */
export function ask(strategies: Strategies, conflict: FieldConflict): Ruling | 'park' | undefined {
  const ownOfSides = [...strategies.members]
    .filter(([calendarId]) => conflict.sides.some((side) => side.calendarId === calendarId))
    .flatMap(([, own]) => own)
  const ofField = strategies.fields[conflict.field] ?? []
  const chain = conflict.field === 'removal' ? ofField : [...ownOfSides, ...ofField, ...strategies.group]
  for (const { name, decide } of [...strategies.rules, ...chain]) {
    const verdict = answerOf(decide, conflict)
    if (verdict === 'park') return 'park'
    if (verdict !== undefined && isPossible(verdict, conflict)) return { verdict, strategy: name }
  }
  return undefined
}

/** Lines can be kept of two texts only, both sides where there are two events to make, and a side has to be one of the two. */
function isPossible(verdict: Ruling['verdict'], conflict: FieldConflict): boolean {
  if (verdict === 'both') return conflict.field !== 'removal'
  if (verdict === 'merge') return isText(conflict)
  return conflict.sides.some((side) => side.calendarId === verdict)
}

/** Whether a conflict is about a description, of the event or of one of its occurrences: of those the lines can be merged. */
export function isText({ field, path }: Pick<FieldConflict, 'field' | 'path'>): boolean {
  if (field === 'overrides') return path.length === 2 && path[1] === 'description'
  return field === 'description' && path.length === 0
}

/** A strategy of the host that throws has not decided: a person has to, and the other events go on. */
function answerOf(decide: Strategy, conflict: FieldConflict): Verdict {
  try {
    return decide(conflict)
  } catch {
    return 'park'
  }
}
