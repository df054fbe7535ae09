import type { GroundTruth, TypedValue } from '../truth.js'
import { tokensIn } from '../words.js'
import type { ShownPlace } from './shown.js'
import type { Violation } from './violation.js'

/**
 * Every value that a person typed is there, or was seen by the person who typed over it, or was seen by the person who
 * deleted the event, or stands in the conflict log.
 */
export function lostValues(
  shown: readonly ShownPlace[],
  truth: GroundTruth,
  logged: ReadonlySet<string>,
): readonly Violation[] {
  const visible = visibleIn(shown)
  const successors = new Map<string, string[]>()
  for (const { token, over } of truth.typed)
    if (over !== null) successors.set(over, [...(successors.get(over) ?? []), token])
  const isKept = (token: string): boolean =>
    visible.has(token) || isThrownAway(token, truth) || logged.has(token) || (successors.get(token) ?? []).some(isKept)
  return truth.typed
    .filter((value) => !isExcused(value, truth) && !isKept(value.token))
    .map(({ event, field, token }) => ({
      invariant: 'I2 no lost update',
      what: `${field} ${token} of ${event} is lost`,
    }))
}

/** What was typed where only times are listened to stands nowhere else. */
export function overheard(shown: readonly ShownPlace[], truth: GroundTruth): readonly Violation[] {
  return shown.flatMap((place) =>
    [...visibleIn([place])]
      .filter((token) => truth.unheard.has(token) && truth.unheard.get(token) !== place.id)
      .map((token) => ({
        invariant: 'I15 privacy',
        what: `${token} was typed into a busy copy, and stands in ${place.id}`,
      })),
  )
}

/** Every token that stands in a calendar. */
export function visibleIn(shown: readonly Pick<ShownPlace, 'events'>[]): ReadonlySet<string> {
  return new Set(
    shown.flatMap(({ events }) => [...events.values()].flat().flatMap(({ event }) => tokensIn(event.content))),
  )
}

function isThrownAway(token: string, { dismissed, carriedOff }: GroundTruth): boolean {
  return dismissed.has(token) || carriedOff.has(token)
}

function isExcused({ excuse, field, event }: TypedValue, truth: GroundTruth): boolean {
  return excuse !== undefined || (field === 'override' && truth.thrownBlindly.has(event))
}
