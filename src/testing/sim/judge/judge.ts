import type { Conflict } from '../../../model/conflict.js'
import type { Scenery } from '../kinds.js'
import type { GroundTruth } from '../truth.js'
import { tokensWithin } from '../words.js'
import { attribution } from './attribution.js'
import { convergence, orphans, respelled } from './convergence.js'
import { lostValues, overheard } from './loss.js'
import { copiedForeigners, presence } from './presence.js'
import { shownIn } from './shown.js'
import type { Violation } from './violation.js'

/**
 * Judges what stands in the calendars once everything is quiet, against what people did. It knows nothing of how the
 * engine works, only what a person can see.
 *
 * @param calendarNames - the engine's ids of calendars, by the ids that their services use
 */
export function judge(
  scenery: Scenery,
  truth: GroundTruth,
  conflicts: readonly Conflict[],
  calendarNames: ReadonlyMap<string, string>,
): readonly Violation[] {
  const shown = shownIn(scenery.places, truth, calendarNames)
  const logged = tokensWithin(conflicts.map(({ items }) => items))
  return [
    ...truth.events.flatMap((name) => [
      ...presence(name, shown, scenery, truth),
      ...convergence(name, shown, scenery, truth, logged),
      ...orphans(name, shown),
      ...attribution(name, shown, truth, calendarNames),
    ]),
    ...copiedForeigners(shown, truth),
    ...respelled(shown, truth),
    ...overheard(shown, truth),
    ...lostValues(shown, truth, logged),
  ]
}
