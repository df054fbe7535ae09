import type { Field } from '../model/content.js'
import type { StrategySpec } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'

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
}

/**
 * Picks the side that wins, or `park` to leave it to a person, or nothing to leave it to the next strategy.
 * Must be pure and quick: it is called inside the merge. One that throws leaves the conflict to a person.
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
export type Strategy = (conflict: FieldConflict) => CalendarId | 'park' | undefined

/** A strategy with the name that the conflict log shows. */
export interface NamedStrategy {
  readonly name: string
  readonly decide: Strategy
}

/** Two stamps closer than this are one moment: clocks of providers differ by that much. */
const toleranceMs = 2_000

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

/** Leaves every conflict to a person. */
export const askAPerson: Strategy = () => 'park'

/** The strategies of a group, ready to be asked in turn. A host strategy that is not registered parks. */
export function strategyChain(
  specs: readonly StrategySpec[],
  hosted: Readonly<Record<string, Strategy>> = {},
): readonly NamedStrategy[] {
  return specs.map((spec) => ({ name: spec.use === 'host' ? spec.name : spec.use, decide: strategyOf(spec, hosted) }))
}

function strategyOf(spec: StrategySpec, hosted: Readonly<Record<string, Strategy>>): Strategy {
  switch (spec.use) {
    case 'lastModifiedWins':
      return lastModifiedWins
    case 'preferCalendar':
      return preferCalendar(spec.order)
    case 'askAPerson':
      return askAPerson
    case 'host':
      return Object.hasOwn(hosted, spec.name) ? (hosted[spec.name] as Strategy) : askAPerson
    default:
      return spec satisfies never
  }
}

/** What a chain of strategies says: the winner and who picked it, or nothing when a person has to. */
export function ask(
  chain: readonly NamedStrategy[],
  conflict: FieldConflict,
): { readonly winner: CalendarId; readonly strategy: string } | undefined {
  for (const { name, decide } of chain) {
    const winner = answerOf(decide, conflict)
    if (winner === 'park') return undefined
    if (winner !== undefined && conflict.sides.some((side) => side.calendarId === winner))
      return { winner, strategy: name }
  }
  return undefined
}

/** A strategy of the host that throws has not decided: a person has to, and the other events go on. */
function answerOf(decide: Strategy, conflict: FieldConflict): ReturnType<Strategy> {
  try {
    return decide(conflict)
  } catch {
    return 'park'
  }
}
