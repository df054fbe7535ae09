import { copyView } from '../../mapping/projection.js'
import type { Conflict } from '../../model/conflict.js'
import type { EventContent } from '../../model/content.js'
import { differingFields } from '../../model/equality.js'
import { defaultProjection } from '../../model/group.js'
import { asHeld } from '../../providers/memory/behaviour.js'
import type { MemoryBehaviour } from '../../providers/memory/index.js'
import type { RemoteEvent } from '../../providers/provider.js'
import { type GroundTruth, nameOf, type Place, tokensIn } from './people.js'

/** A promise that was broken, by the number of the invariant in docs/SYNC.md. */
export interface Violation {
  readonly invariant: string
  readonly what: string
}

/**
 * Judges what stands in the calendars once everything is quiet, against what people did. It knows nothing of how the
 * engine works, only what a person can see.
 */
export function judge(
  calendars: readonly Place[],
  truth: GroundTruth,
  conflicts: readonly Conflict[],
): readonly Violation[] {
  const shown = calendars.map(({ calendar, behaviour }) => ({
    behaviour,
    events: byName(calendar.all()),
    id: calendar.id,
  }))
  const violations: Violation[] = []
  for (const name of truth.events) {
    const copies = shown.map(({ events }) => events.get(name) ?? [])
    violations.push(
      ...duplicates(name, copies, shown),
      ...incomplete(name, copies, shown),
      ...unequal(name, copies, shown),
    )
    if (truth.plainlyRemoved.has(name) && copies.some((found) => found.length > 0))
      violations.push({
        invariant: 'I5 deletion safety',
        what: `${name} was removed, nobody touched it, and it is there`,
      })
    if (!truth.removed.has(name) && copies.every((found) => found.length === 0))
      violations.push({ invariant: 'I5 deletion safety', what: `${name} is gone, and nobody removed it` })
  }
  return [
    ...violations,
    ...lostValues(
      shown.map(({ events }) => events),
      truth,
      conflicts,
    ),
  ]
}

interface Shown {
  readonly id: string
  readonly behaviour: MemoryBehaviour
  readonly events: ReadonlyMap<string, readonly RemoteEvent[]>
}

function duplicates(
  name: string,
  copies: readonly (readonly RemoteEvent[])[],
  shown: readonly Shown[],
): readonly Violation[] {
  return copies.flatMap((found, index) =>
    found.length > 1
      ? [{ invariant: 'I3 no duplicate', what: `${name} stands ${found.length} times in ${shown[index]?.id}` }]
      : [],
  )
}

function incomplete(
  name: string,
  copies: readonly (readonly RemoteEvent[])[],
  shown: readonly Shown[],
): readonly Violation[] {
  if (copies.every((found) => found.length === 0)) return []
  return copies.flatMap((found, index) =>
    found.length === 0 ? [{ invariant: 'I1 convergence', what: `${name} is missing in ${shown[index]?.id}` }] : [],
  )
}

/** Every calendar shows the same, but for what it cannot hold or writes its own way. */
function unequal(
  name: string,
  copies: readonly (readonly RemoteEvent[])[],
  shown: readonly Shown[],
): readonly Violation[] {
  const seen = copies.flatMap((found, index) =>
    found.map((event) => ({ content: event.content, behaviour: shown[index]?.behaviour ?? {} })),
  )
  const [first, ...others] = seen
  if (!first) return []
  const violations: Violation[] = []
  for (const other of others) {
    const differs = differingFields(common(first.content, other.behaviour), common(other.content, first.behaviour))
    if (differs.length > 0)
      violations.push({ invariant: 'I1 convergence', what: `${name} differs in ${differs.join(', ')}` })
  }
  return violations
}

/** What is left of a content in both calendars: a copy's fields, as the other one keeps them. */
function common(content: EventContent, other: MemoryBehaviour): EventContent {
  return asHeld(copyView(defaultProjection, content).render(content), other)
}

function byName(events: readonly RemoteEvent[]): ReadonlyMap<string, readonly RemoteEvent[]> {
  const named = new Map<string, RemoteEvent[]>()
  for (const event of events) named.set(nameOf(event.content), [...(named.get(nameOf(event.content)) ?? []), event])
  return named
}

/**
 * Every value that a person typed is there, or was seen by the person who typed over it, or was seen by the person who
 * deleted the event, or stands in the conflict log.
 */
function lostValues(
  shown: readonly ReadonlyMap<string, readonly RemoteEvent[]>[],
  truth: GroundTruth,
  conflicts: readonly Conflict[],
): readonly Violation[] {
  const visible = new Set(
    shown.flatMap((events) => [...events.values()].flat().flatMap(({ content }) => tokensIn(content))),
  )
  const logged = JSON.stringify(conflicts.map(({ items }) => items))
  const successors = new Map<string, string[]>()
  for (const { token, over } of truth.typed)
    if (over !== null) successors.set(over, [...(successors.get(over) ?? []), token])
  const isKept = (token: string): boolean =>
    visible.has(token) ||
    truth.seenWhenRemoved.has(token) ||
    logged.includes(JSON.stringify(token)) ||
    (successors.get(token) ?? []).some(isKept)
  return truth.typed
    .filter(({ token, unguarded }) => !unguarded && !isKept(token))
    .filter(({ field, event }) => field !== 'override' || !truth.removedUnseen.has(event))
    .map(({ event, field, token }) => ({
      invariant: 'I2 no lost update',
      what: `${field} ${token} of ${event} is lost`,
    }))
}
