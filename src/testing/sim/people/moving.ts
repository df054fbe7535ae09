import type { RemoteEvent } from '../../../providers/provider.js'
import type { Place } from '../kinds.js'
import type { GroundTruth } from '../truth.js'
import { nameIn, startOf, tokensIn } from '../words.js'
import { isCopy, isUnheard } from './editing.js'
import type { Scene } from './scene.js'

export function remove(scene: Scene, place: Place, event: RemoteEvent): string {
  const { truth } = scene
  gone(scene, place, event, scene.truth.dismissed)
  place.calendar.remove(event.id)
  return `${place.calendar.id}: remove ${truth.nameOf(event)}`
}

/** Removes everything from a calendar. Where that is a lot, nothing may follow before somebody says that it is meant. */
export function empty(scene: Scene, place: Place): string | undefined {
  const { truth, isSettled, calendarNames, groups } = scene
  const { calendar, role, traits, behaviour } = place
  const events = calendar.all()
  const known = calendarNames.get(calendar.id)
  if (events.length < 4 || events.some((event) => truth.nameOf(event) === '') || role === 'target') return undefined
  // A listing that lags tells of a few at a time, and a few are always believed; so does a guard per group.
  const isTold = !traits.includes('flaky lists') && !traits.includes('laggy lists') && behaviour.window === undefined
  const isAlone = groups.filter((group) => group.places.includes(place)).length === 1
  const isSure = isTold && isAlone && events.length > 5 && events.every(({ id }) => isSettled(place, id))
  const names = events.map((event) => truth.nameOf(event))
  const isFirst = names.every((name) => !truth.removed.has(name)) && new Set(names).size === names.length
  for (const event of events) remove(scene, place, event)
  if (isSure && isFirst && known) for (const name of names) truth.await(name, known)
  return `${calendar.id}: remove everything`
}

/** What it means that an event leaves a calendar by a person's hand, with all values that the person sees. */
function gone(scene: Scene, place: Place, event: RemoteEvent, seen: Set<string>): void {
  const { places, groups, truth, isSettled } = scene
  const { content } = event
  const name = truth.nameOf(event)
  // Whoever removes it in a second calendar leaves no doubt.
  truth.awaited.delete(name)
  for (const token of tokensIn(content)) seen.add(token)
  const sources = groups.flatMap((group) =>
    group.places.includes(place) ? untouchableSources(group.places, place, name, truth) : [],
  )
  const isSurvived = sources.length > 0
  // One that the sync never heard of is no reason for it to keep the others.
  const isKnownToSurvive = sources.some((source) =>
    source.calendar.all().some((copy) => truth.nameOf(copy) === name && isSettled(source, copy.id)),
  )
  if (place.role === 'target' || isSurvived) truth.detached.add(`${name}/${place.calendar.id}`)
  // Of two that stand there, one for another calendar's event, the other one stays.
  const isOnly = !truth.putAgain.has(`${name}/${place.calendar.id}`)
  if (place.role === 'target' && isOnly && isCopy(truth, place, event) && isSettled(place, event.id))
    truth.plainlyDetached.add(`${name}/${place.calendar.id}`)
  const isLast = places.every(({ calendar }) =>
    calendar
      .all()
      .every((copy) => truth.nameOf(copy) !== name || (calendar === place.calendar && copy.id === event.id)),
  )
  const isOneCopy =
    (isUnheard(truth, place, event) || isKnownToSurvive) && (place.role === 'target' || isCopy(truth, place, event))
  if (isOneCopy && !isLast) {
    if (event.mark) truth.takenOut.add(event.mark.eventId)
    return
  }
  // The second one of a name that stood there twice: the first may have said something else.
  const isSecond = truth.removed.has(name)
  truth.removed.add(name)
  detachElsewhere(scene, place, name)
  const copiesThatTell = ({ calendar }: Place) =>
    calendar.all().filter((copy) => truth.nameOf(copy) === name && nameIn(copy.content) !== '')
  const copies = places.flatMap((one) =>
    one.role === 'full' || copiesThatTell(one).length > 0 ? [copiesThatTell(one)] : [],
  )
  const said = ({
    content: { time, status, availability, priority, color, recurrence, overrides, ...rest },
  }: RemoteEvent) =>
    JSON.stringify([
      tokensIn({ ...rest, time, status, availability, priority, color, recurrence, overrides }),
      [time, status, availability, priority, color, recurrence],
      Object.entries(overrides).map(([slot, { kind }]) => [slot, kind]),
    ])
  const allEqual = copies.every(([found, ...more]) => found && more.length === 0 && said(found) === said(event))
  // Of a copy with a write that was never answered, nobody can tell what the person saw: the engine then keeps the
  // event, which is the safe side.
  const everywhere = places.flatMap((one) =>
    one.calendar.all().flatMap((copy) => (truth.nameOf(copy) === name ? [{ place: one, copy }] : [])),
  )
  const isKnown = everywhere.every((one) => isSettled(one.place, one.copy.id))
  const isOneStart = everywhere.every(({ copy }) => startOf(copy.content) === startOf(content))
  // One of two events of this name, after somebody moved a copy of it, may live on by what was typed into it.
  const isAlone = !places.some(({ calendar }) => truth.putAgain.has(`${name}/${calendar.id}`))
  // In another group it may live on by a calendar that may only be read.
  const isKept = untouchableSources(places, place, name, truth).length > 0
  if (allEqual && isKnown && isOneStart && isAlone && !isKept && !isSecond) truth.plainlyRemoved.add(name)
}

/** A removal travels to the calendars that two groups share, and in the other group the event may have to live on without. */
function detachElsewhere({ groups, truth }: Scene, place: Place, name: string): void {
  const reached = new Set(groups.flatMap((group) => (group.places.includes(place) ? group.places : [])))
  for (const group of groups)
    for (const shared of group.places)
      if (shared !== place && reached.has(shared) && untouchableSources(group.places, shared, name, truth).length > 0)
        truth.detached.add(`${name}/${shared.calendar.id}`)
}

/**
 * Where a person put an event that the sync may not write: it cannot be removed by removing a copy of it. Nor can one
 * whose removal over there the sync may not have heard of.
 */
function untouchableSources(places: readonly Place[], here: Place, name: string, truth: GroundTruth): readonly Place[] {
  return places.filter(
    ({ calendar, role }) =>
      calendar !== here.calendar && (role === 'readOnly' || role === 'source') && truth.wasPutInto(name, calendar.id),
  )
}

/** Takes a removed event out of the bin, under its old id. */
export function restore({ truth, random }: Scene, place: Place): string | undefined {
  const { calendar } = place
  const binned = calendar.binned.filter((id) => calendar.get(id) === undefined)
  if (binned.length === 0) return undefined
  const id = random.pick(binned)
  calendar.restoreFromBin(id)
  const event = calendar.get(id) as RemoteEvent
  const name = truth.nameOf(event)
  truth.touched(name)
  truth.putBack(name, calendar.id)
  // A copy that was given up for a newer one is left alone, and may be the only one.
  if (isCopy(truth, place, event)) truth.leftAlone.add(`${name}/${calendar.id}`)
  else truth.put(name, place, id)
  return `${calendar.id}: restore ${name} (${id})`
}

/** Moves an event to another calendar of the account that is woven in as well. */
export function moveWithin(scene: Scene, place: Place, event: RemoteEvent): string | undefined {
  const targets = scene.places.filter((other) => other !== place && other.account === place.account)
  return move(scene, place, event, targets)
}

/** Moves an event to a calendar that the sync does not know. */
export function moveAway(scene: Scene, place: Place, event: RemoteEvent): string | undefined {
  const targets = scene.outside.filter((other) => other.account === place.account)
  return move(scene, place, event, targets)
}

/** Moves an event from such a calendar into one that is woven in. */
export function moveBack(scene: Scene): string | undefined {
  const { outside, random } = scene
  const filled = outside.filter(({ calendar }) => calendar.size > 0)
  if (filled.length === 0) return undefined
  const from = random.pick(filled)
  const targets = scene.places.filter(({ account }) => account === from.account)
  const event = random.pick(from.calendar.all())
  if (targets.length === 0 || nameIn(event.content) === '') return undefined
  const to = random.pick(targets)
  return arrive(scene, from, event, to)
}

function move(scene: Scene, from: Place, event: RemoteEvent, targets: readonly Place[]): string | undefined {
  if (targets.length === 0 || nameIn(event.content) === '') return undefined
  gone(scene, from, event, scene.truth.carriedOff)
  return arrive(scene, from, event, scene.random.pick(targets))
}

function arrive(
  { truth, places, outside, groups, calendarNames, isSettled }: Scene,
  from: Place,
  event: RemoteEvent,
  to: Place,
): string {
  const name = truth.nameOf(event)
  // Into a calendar that nobody listens to it takes along what the sync has not heard of yet.
  const isTold = to.role !== 'target' || isSettled(from, event.id)
  const id = from.calendar.move(event.id, to.calendar.id)
  truth.touched(name)
  if (event.mark?.calendarId !== calendarNames.get(to.calendar.id)) truth.moved.add(`${to.calendar.id}/${id}`)
  // A calendar that the sync does not know is out of sight.
  if (places.includes(to)) {
    truth.put(name, to, id)
    // Back where it was written: a newer copy may have taken its place by now.
    if (event.mark?.calendarId === calendarNames.get(to.calendar.id)) truth.leftAlone.add(`${name}/${to.calendar.id}`)
    for (const { calendar } of places) truth.putBack(name, calendar.id)
    // Out of a group it counts as removed there, and from there perhaps everywhere.
    const stays = groups.every((group) => !group.places.includes(from) || group.places.includes(to))
    // Another copy that somebody took away is still out there, and its removal may be heard of last.
    const isOut = outside.some(({ calendar }) => calendar.all().some((copy) => truth.nameOf(copy) === name))
    if (stays && !isOut && isTold) for (const token of tokensIn(event.content)) truth.carriedOff.delete(token)
    // In a calendar that may not be written it outlives its removal from the other one, and nothing is put there.
    if (to.role === 'readOnly' || to.role === 'source')
      for (const { calendar } of places) truth.detached.add(`${name}/${calendar.id}`)
  }
  return `${from.calendar.id}: move ${name} to ${to.calendar.id} (${id})`
}
