import type { Scenery } from '../kinds.js'
import type { GroundTruth } from '../truth.js'
import { copiesOf, type ShownPlace } from './shown.js'
import type { Violation } from './violation.js'

/** Whether an event stands where it should: once in every calendar of its groups, or nowhere. */
export function presence(
  name: string,
  shown: readonly ShownPlace[],
  scenery: Scenery,
  truth: GroundTruth,
): readonly Violation[] {
  return [
    ...doubled(name, shown, truth),
    ...returned(name, shown, truth),
    ...scenery.groups.flatMap((group) => inGroup(name, group, shown, truth)),
    ...gone(name, shown, scenery, truth),
  ]
}

/** A copy that a person took out of a mere target stays away, unless the whole event was removed and kept. */
function returned(name: string, shown: readonly ShownPlace[], truth: GroundTruth): readonly Violation[] {
  // What a person put there themselves has nothing to do with it.
  const isBack = (place: ShownPlace) => copiesOf(name, place).some(({ writtenFor }) => writtenFor !== undefined)
  return shown.flatMap((place) =>
    truth.plainlyDetached.has(`${name}/${place.id}`) && !truth.removed.has(name) && isBack(place)
      ? [{ invariant: 'I7 no resurrection', what: `${name} was taken out of ${place.id}, and is back` }]
      : [],
  )
}

/** What another installation wrote is never a source. */
export function copiedForeigners(shown: readonly ShownPlace[], truth: GroundTruth): readonly Violation[] {
  return [...truth.foreign].flatMap((name) =>
    shown
      .filter((place) => copiesOf(name, place).some(({ writtenFor }) => writtenFor !== undefined))
      .map(({ id }) => ({
        invariant: 'I4 no loop',
        what: `${name} is another installation's, and was copied to ${id}`,
      })),
  )
}

function doubled(name: string, shown: readonly ShownPlace[], truth: GroundTruth): readonly Violation[] {
  return shown.flatMap((place) => {
    const copies = copiesOf(name, place)
    const natives = copies.filter(({ writtenFor }) => writtenFor === undefined).length
    // Two groups that share a calendar may each make anew there what a person removed: a copy belongs to one group.
    const groups = new Set(copies.flatMap(({ writtenFor }) => writtenFor ?? []))
    const written = [...groups].map((group) => copies.filter(({ writtenFor }) => writtenFor === group).length)
    const count = natives + Math.max(0, ...written)
    // A person who puts an event back beside a copy that took its place sees both.
    // A copy that tells nothing but times, or that no listing names, cannot be found again by an engine that forgot it.
    const isUnlisted = copies.some(({ event }) => place.behaviour.window?.(event.content) === false)
    const isLost = (place.role === 'busy' || isUnlisted) && truth.forgotten.has(name)
    const allowed = isLost ? copies.length : 1 + (truth.putAgain.get(`${name}/${place.id}`) ?? 0)
    return count > allowed
      ? [{ invariant: 'I3 no duplicate', what: `${name} stands ${count} times in ${place.id}` }]
      : []
  })
}

/** All members of a group that has to do with an event show it, but for those where a person took a copy away. */
function inGroup(
  name: string,
  group: Scenery['groups'][number],
  shown: readonly ShownPlace[],
  truth: GroundTruth,
): readonly Violation[] {
  const members = shown.filter(({ id }) => group.places.some(({ calendar }) => calendar.id === id))
  const own = (place: ShownPlace) =>
    copiesOf(name, place).filter(({ writtenFor }) => writtenFor === undefined || writtenFor === group.id)
  const isListened = ({ role }: ShownPlace) => role !== 'target'
  const writable = members.filter(({ role }) => role === 'full' || role === 'busy' || role === 'target')
  const born = [...(truth.birthplaces.get(name) ?? [])].map((place) => place.split('/')[0])
  const chained = members.filter(
    (place) =>
      copiesOf(name, place).some(({ writtenFor }) => writtenFor === group.id) &&
      !members.some(({ id }) => born.includes(id)),
  )
  const violations = chained.map((place) => ({
    invariant: 'I4 no loop',
    what: `${name} was never put into a calendar of ${group.id}, and stands in ${place.id} for it`,
  }))
  const sources = members.filter((place) => isListened(place) && own(place).length > 0)
  // Of two that a person put back beside each other, one stands for the event, and goes with it; the other one stays.
  const isSecond = (key: string) => truth.removed.has(name) && (truth.putAgain.get(key) ?? 0) > 1
  const isThere = sources.some(
    ({ role, id }) =>
      (role === 'full' || role === 'busy') && !truth.leftAlone.has(`${name}/${id}`) && !isSecond(`${name}/${id}`),
  )
  const isDue = isThere || (sources.length > 0 && !truth.removed.has(name))
  if (!isDue || isUnknown(sources, own, truth.forgotten.has(name)) || truth.mayComeBack(name)) return violations
  const missing = writable.filter((place) => own(place).length === 0 && !truth.detached.has(`${name}/${place.id}`))
  return [
    ...violations,
    ...missing.map((place) => ({ invariant: 'I1 convergence', what: `${name} is missing in ${place.id}` })),
  ]
}

/**
 * An event outside of what the listings of its only calendar are about was never told to anybody. Nor does a copy that
 * tells nothing but times tell of it to an engine that forgot it.
 */
function isUnknown(
  sources: readonly ShownPlace[],
  own: (place: ShownPlace) => ReturnType<typeof copiesOf>,
  isForgotten: boolean,
): boolean {
  return sources.every((place) =>
    own(place).every(({ event, writtenFor }) =>
      writtenFor === undefined
        ? place.behaviour.window?.(event.content) === false
        : isForgotten && place.role === 'busy',
    ),
  )
}

function gone(
  name: string,
  shown: readonly ShownPlace[],
  { outside }: Scenery,
  truth: GroundTruth,
): readonly Violation[] {
  const isThere = shown.some((place) => copiesOf(name, place).length > 0)
  if (
    truth.plainlyRemoved.has(name) &&
    shown.some((place) => place.role !== 'target' && copiesOf(name, place).length > 0)
  )
    return [{ invariant: 'I5 deletion safety', what: `${name} was removed, nobody touched it, and it is there` }]
  if (isThere || truth.removed.has(name)) return []
  const isOutside = outside.some(({ calendar }) => calendar.all().some((event) => truth.nameOf(event) === name))
  return isOutside ? [] : [{ invariant: 'I5 deletion safety', what: `${name} is gone, and nobody removed it` }]
}
