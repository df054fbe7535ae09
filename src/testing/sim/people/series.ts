import {
  type EventContent,
  type EventTime,
  type OccurrenceContent,
  type Override,
  occurrenceOf,
  type Slot,
} from '../../../model/content.js'
import { isInSeries } from '../../../model/recurrence.js'

import type { RemoteEvent } from '../../../providers/provider.js'
import { hidesPlaces, type Place } from '../kinds.js'
import { localPlus, nameIn, wordIn } from '../words.js'
import { change, dismissLost, isTypedInVain, newTime, noteField, saved } from './editing.js'
import type { Scene } from './scene.js'

const dayMs = 86_400_000

/** Gives one occurrence another place. */
export function editOccurrence(scene: Scene, place: Place, event: RemoteEvent): string | undefined {
  const { truth, random } = scene
  const slot = slotOf(event, 1 + random.below(3))
  if (slot === undefined) return undefined
  const { calendar } = place
  const { id, content } = event
  const before = content.overrides[slot]
  const token = truth.token()
  const own = before?.kind === 'changed' ? before.content : occurrence(content, slot)
  calendar.edit(id, {
    overrides: { ...content.overrides, [slot]: { kind: 'changed', content: { ...own, location: token } } },
  })
  saved(truth, place, event)
  const kept = calendar.get(id)?.content.overrides[slot]
  const over = before?.kind === 'changed' ? wordIn(before.content.location) : null
  if (kept?.kind === 'changed' && wordIn(kept.content.location) === token)
    truth.note(
      { event: truth.nameOf(event), field: 'override', token, over },
      place,
      isTypedInVain(truth, place, event),
    )
  return `${calendar.id}: change ${slot} of ${truth.nameOf(event)} to ${token}`
}

export function cancelOccurrence(
  { truth, random, isSettled }: Scene,
  place: Place,
  event: RemoteEvent,
): string | undefined {
  const slot = slotOf(event, 1 + random.below(3))
  if (slot === undefined) return undefined
  const { calendar } = place
  const { id, content } = event
  const overrides: EventContent['overrides'] = { ...content.overrides, [slot]: { kind: 'cancelled' } }
  dismissLost(content, { overrides }, truth.dismissed)
  if (hidesPlaces(place)) truth.thrownBlindly.add(truth.nameOf(event))
  // Cancelled once more, while the write that had brought it back is not settled.
  if (!isSettled(place, id)) truth.undoneBlindly.add(`${truth.nameOf(event)}/overrides`)
  calendar.edit(id, { overrides })
  saved(truth, place, event)
  return `${calendar.id}: cancel ${slot} of ${truth.nameOf(event)}`
}

/** Moves a whole series. Some calendars move the changed occurrences along, others drop them. */
export function moveSeries(scene: Scene, place: Place, event: RemoteEvent): string | undefined {
  const { truth, random } = scene
  const { content } = event
  const from = content.time.start
  if (!content.recurrence || from.kind !== 'timed' || nameIn(content) === '') return undefined
  const time = newTime(truth, random, true)
  const to = time.start.kind === 'timed' ? time.start.local : from.local
  const byMs = Date.parse(`${to}Z`) - Date.parse(`${from.local}Z`)
  const overrides = random.chance(0.5) ? {} : shifted(along(scene, content.overrides, byMs), byMs)
  return change(scene, place, event, { time, overrides }, ['time'])
}

/** "This and following": the series ends before a day, and a new one with a name of its own goes on from there. */
export function splitSeries(scene: Scene, place: Place, event: RemoteEvent): string | undefined {
  const { truth, random, isSettled } = scene
  const { id, content } = event
  const slot = slotOf(event, 2)
  const rule = content.recurrence?.rule
  if (slot === undefined || !rule || rule.includes('UNTIL') || place.role === 'busy') return undefined
  // A button stands at an occurrence, and there is none.
  if (place.calendar.split && content.overrides[slot]?.kind === 'cancelled') return undefined
  // Of a meeting in two calendars, both halves that begin at one place would be one meeting again.
  if (place.calendar.split && isCutElsewhere(scene, place, event)) return undefined
  const before = (one: string) => one < slot
  const earlier = Object.fromEntries(Object.entries(content.overrides).filter(([one]) => before(one)))
  const later = Object.fromEntries(Object.entries(content.overrides).filter(([one]) => !before(one)))
  const { calendar } = place
  const name = truth.name()
  const rest = rule.includes('COUNT') ? `FREQ=DAILY;COUNT=${daysOf(rule) - 2}` : rule
  // No two starts are the same, so that a copy that tells its time only can be told apart.
  const unused = newTime(truth, random, true)
  const from = unused.start.kind === 'timed' ? localPlus(unused.start.local, 2 * dayMs) : slot
  const byMs = Date.parse(`${from}Z`) - Date.parse(`${slot}Z`)
  const following: EventContent = {
    ...content,
    title: `${name} ${truth.token()}`,
    description: '',
    location: '',
    categories: [],
    time: occurrence(content, from).time,
    recurrence: { rule: rest, rdates: [] },
    overrides: shifted(
      mapped(along(scene, later, byMs), (own) => renamed(own, name)),
      byMs,
    ),
  }
  // Split at the same place once more, while the write that had joined it is not settled.
  const whole = truth.nameOf(event)
  if (truth.split.has(whole) && !isSettled(place, id))
    for (const field of ['recurrence', 'overrides']) truth.undoneBlindly.add(`${whole}/${field}`)
  truth.split.add(whole)
  const newId = calendar.split?.(id, slot, following) ?? splitByHand(place, event, earlier, following)
  saved(truth, place, event)
  const left = calendar.get(id)?.content.overrides ?? earlier
  const kept = calendar.get(newId)?.content ?? following
  dismissLost(content, { overrides: { ...left, ...kept.overrides } }, truth.dismissed)
  if (hidesPlaces(place)) truth.thrownBlindly.add(truth.nameOf(event))
  truth.put(name, place, newId)
  for (const field of ['title', 'time'] as const) noteField(truth, place, name, field, kept, null, false)
  return `${calendar.id}: split ${truth.nameOf(event)} at ${slot}: ${name} follows`
}

function isCutElsewhere({ places }: Scene, { calendar }: Place, { id, uid }: RemoteEvent): boolean {
  const others = places.filter((place) => place.calendar !== calendar).flatMap((place) => place.calendar.all())
  return others.some((other) => other.uid !== uid && other.id.startsWith(`${id}_R`))
}

/** Where the screen has no such button: a person makes the one series shorter, and copies it for the other one. */
function splitByHand(
  { calendar }: Place,
  { id, mark }: RemoteEvent,
  earlier: EventContent['overrides'],
  following: EventContent,
): string {
  calendar.edit(id, { recurrence: { rule: 'FREQ=DAILY;COUNT=2', rdates: [] }, overrides: earlier })
  return calendar.add(following, mark ? { mark } : {})
}

/** The occurrences keep their places when the series goes on under another name. */
function renamed(override: Override, name: string): Override {
  return override.kind === 'cancelled' ? override : { kind: 'changed', content: { ...override.content, title: name } }
}

/** The n-th day of a series that has such a day and can be told apart. */
function slotOf({ content }: RemoteEvent, day: number): string | undefined {
  const { start } = content.time
  const rule = content.recurrence?.rule
  if (!rule || start.kind !== 'timed' || nameIn(content) === '') return undefined
  const slot = localPlus(start.local, day * dayMs)
  return takesPlace(content, slot) ? slot : undefined
}

/** Whether a daily series has an occurrence there, cancelled or not. */
export function takesPlace(content: EventContent, slot: Slot): boolean {
  const { start } = content.time
  const rule = content.recurrence?.rule
  if (start.kind !== 'timed' || !rule) return false
  // As Google ends a series; a count is quicker told.
  if (rule.includes('UNTIL')) return isInSeries(content, slot)
  const days = (Date.parse(`${slot}Z`) - Date.parse(`${start.local}Z`)) / dayMs
  return Number.isInteger(days) && days >= 0 && days < daysOf(rule)
}

/** How many days a daily series goes on. */
export function daysOf(rule: string): number {
  return Number(/COUNT=(\d+)/.exec(rule)?.[1] ?? Number.MAX_SAFE_INTEGER)
}

function occurrence(content: EventContent, slot: string): OccurrenceContent {
  const zone = content.time.start.kind === 'timed' ? content.time.start.zone : 'UTC'
  const start = { kind: 'timed', local: slot, zone } as const
  return { ...occurrenceOf(content), time: { start, end: { ...start, local: localPlus(slot, 3_600_000) } } }
}

/** The changed occurrences, at times that are so much later where they go along with their series. */
function along({ movesAlong }: Scene, overrides: EventContent['overrides'], byMs: number): EventContent['overrides'] {
  if (!movesAlong) return overrides
  const later = (at: EventTime): EventTime => (at.kind === 'date' ? at : { ...at, local: localPlus(at.local, byMs) })
  return mapped(overrides, (own) => {
    if (own.kind === 'cancelled') return own
    const { start, end } = own.content.time
    return { kind: 'changed', content: { ...own.content, time: { start: later(start), end: later(end) } } }
  })
}

function shifted(overrides: EventContent['overrides'], byMs: number): EventContent['overrides'] {
  return Object.fromEntries(Object.entries(overrides).map(([slot, own]) => [localPlus(slot, byMs), own]))
}

function mapped(overrides: EventContent['overrides'], change: (own: Override) => Override): EventContent['overrides'] {
  return Object.fromEntries(Object.entries(overrides).map(([slot, own]) => [slot, change(own)]))
}
