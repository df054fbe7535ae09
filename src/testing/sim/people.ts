import type { EventContent, Field, OccurrenceContent, Override } from '../../model/content.js'
import { completeContent } from '../../model/content.js'
import type { MemoryBehaviour, MemoryCalendar } from '../../providers/memory/index.js'
import type { RemoteEvent } from '../../providers/provider.js'
import type { Random } from './random.js'

/** A value that a person typed, and what became of it as far as people can see. */
export interface TypedValue {
  /** Typed where the service guards no write: whoever writes last wins there, and nobody can tell. */
  readonly unguarded: boolean
  readonly event: string
  readonly field: TypedField
  readonly token: string
  /** The value that stood there, and was seen, when this one was typed over it. */
  readonly over: string | null
}

/** The fields that the simulated people type into. Every value is typed once, so that it can be followed. */
export type TypedField = 'title' | 'description' | 'location' | 'time' | 'override'

/** What people did, kept outside of the engine: the truth that it is judged by. */
export class GroundTruth {
  readonly typed: TypedValue[] = []
  /** Values that a person saw when deleting the event: those may be gone. */
  readonly seenWhenRemoved: Set<string> = new Set()
  /** Events of which a person threw changed occurrences away where the calendar could not show all of them. */
  readonly removedUnseen: Set<string> = new Set()
  /** Events that a person removed somewhere. */
  readonly removed: Set<string> = new Set()
  /** Events that a person removed when all copies were equal, and that nobody touched since. */
  readonly plainlyRemoved: Set<string> = new Set()
  /** The event that was removed last. */
  lastRemoved: string | undefined
  /** Every event that was ever made. */
  readonly events: Set<string> = new Set()
  actions = 0
  #count = 0

  token(): string {
    return `t${++this.#count}`
  }

  get count(): number {
    return this.#count
  }
}

/** A calendar and how it behaves. */
export interface Place {
  readonly calendar: MemoryCalendar
  readonly behaviour: MemoryBehaviour
}

const firstDay = Date.UTC(2026, 0, 5)

/** The hidden name of an event: the first word of its title. */
export function nameOf(content: Pick<EventContent, 'title'>): string {
  return content.title.split(' ')[0] ?? ''
}

/** What of a field is typed: its token. */
export function tokenOf(field: TypedField, content: EventContent): string | null {
  switch (field) {
    case 'title':
      return content.title.trim()
    case 'description':
      return content.description.trim() || null
    case 'location':
      return content.location.trim() || null
    case 'time':
      return content.time.start.kind === 'timed' ? content.time.start.local : null
    case 'override':
      return null
    default:
      return field satisfies never
  }
}

/** One thing that a person does in one calendar. Returns what it was, for the story. */
export function act(places: readonly Place[], truth: GroundTruth, random: Random): string {
  truth.actions++
  const place = random.pick(places)
  const { calendar } = place
  const events = calendar.all()
  const roll = random.next()
  if (events.length === 0 || roll < 0.25) return add(place, truth, random)
  const event = random.pick(events)
  if (roll < 0.7) return edit(place, event, truth, random)
  if (roll < 0.8) return editOverride(place, event, truth, random)
  if (roll < 0.86) return copy(place, event, truth)
  return remove(places, place, event, truth)
}

function add(place: Place, truth: GroundTruth, random: Random): string {
  const { calendar } = place
  const name = `e${truth.events.size + 1}`
  truth.events.add(name)
  const token = truth.token()
  const isSeries = random.chance(0.3)
  const content = completeContent({
    title: `${name} ${token}`,
    time: timeOf(truth),
    description: random.chance(0.5) ? truth.token() : '',
    recurrence: isSeries ? { rule: 'FREQ=DAILY;COUNT=5', rdates: [] } : null,
  })
  calendar.add(content)
  for (const field of ['title', 'description', 'time'] as const) note(place, truth, name, field, content, null)
  return `${calendar.id}: add ${name}${isSeries ? ' (series)' : ''}`
}

function edit(place: Place, { id, content }: RemoteEvent, truth: GroundTruth, random: Random): string {
  const { calendar } = place
  const name = nameOf(content)
  const field = random.pick(['title', 'title', 'description', 'location', 'time'] as const)
  const value: Partial<EventContent> =
    field === 'title'
      ? { title: `${name} ${truth.token()}` }
      : field === 'time'
        ? movedTo(content, truth)
        : { [field]: truth.token() }
  // A person who moves a whole series sees what becomes of its changed occurrences.
  if (value.overrides) for (const token of overrideTokens(content)) truth.seenWhenRemoved.add(token)
  if (value.overrides && place.behaviour.cannotHold) truth.removedUnseen.add(name)
  calendar.edit(id, value)
  touched(truth, name)
  // What the calendar itself does not keep was never there.
  const kept = calendar.get(id)?.content ?? content
  if (tokenOf(field, kept) !== tokenOf(field, content)) note(place, truth, name, field, kept, tokenOf(field, content))
  return `${calendar.id}: edit ${field} of ${name} to ${tokenOf(field, { ...content, ...value })}`
}

/** Moving a series moves the slots along; its overrides go with them. */
function movedTo(content: EventContent, truth: GroundTruth): Partial<EventContent> {
  return { time: timeOf(truth), ...(content.recurrence ? { overrides: {} } : {}) }
}

function editOverride(place: Place, event: RemoteEvent, truth: GroundTruth, random: Random): string {
  const { calendar } = place
  const { id, content } = event
  const name = nameOf(content)
  if (!content.recurrence || content.time.start.kind !== 'timed') return edit(place, event, truth, random)
  const slot = localPlus(content.time.start.local, (1 + random.below(3)) * 86_400_000)
  const before = content.overrides[slot]
  const token = truth.token()
  const isCancelled = random.chance(0.3)
  const override: Override = isCancelled
    ? { kind: 'cancelled' }
    : { kind: 'changed', content: { ...occurrence(content, before, slot), location: token } }
  calendar.edit(id, { overrides: { ...content.overrides, [slot]: override } })
  touched(truth, name)
  const over = before?.kind === 'changed' ? before.content.location : null
  const kept = calendar.get(id)?.content.overrides[slot]
  if (!isCancelled && kept?.kind === 'changed' && kept.content.location === token)
    truth.typed.push({ event: name, field: 'override', token, over, unguarded: isUnguarded(place) })
  else if (isCancelled && over) truth.seenWhenRemoved.add(over)
  if (isCancelled && place.behaviour.cannotHold) truth.removedUnseen.add(name)
  return `${calendar.id}: ${isCancelled ? 'cancel' : 'change'} ${slot} of ${name} ${isCancelled ? '' : token}`
}

function occurrence(content: EventContent, before: Override | undefined, slot: string): OccurrenceContent {
  if (before?.kind === 'changed') return before.content
  const { recurrence: _r, overrides: _o, ...series } = content
  const zone = content.time.start.kind === 'timed' ? content.time.start.zone : 'UTC'
  return {
    ...series,
    time: {
      start: { kind: 'timed', local: slot, zone },
      end: { kind: 'timed', local: localPlus(slot, 3_600_000), zone },
    },
  }
}

/** Copies an event, mark and all, as calendar programs do, and gives the copy a name of its own. */
function copy(place: Place, { content, mark }: RemoteEvent, truth: GroundTruth): string {
  const { calendar } = place
  const name = `e${truth.events.size + 1}`
  truth.events.add(name)
  const title = `${name} ${truth.token()}`
  const own: Partial<EventContent> = { title, description: '', location: '', overrides: {}, time: timeOf(truth) }
  calendar.add({ ...content, ...own }, mark ? { mark } : {})
  for (const field of ['title', 'time'] as const) note(place, truth, name, field, { ...content, ...own }, null)
  return `${calendar.id}: copy ${nameOf(content)} as ${name}`
}

function remove(
  places: readonly Place[],
  { calendar, behaviour }: Place,
  { id, content }: RemoteEvent,
  truth: GroundTruth,
): string {
  const name = nameOf(content)
  truth.removed.add(name)
  for (const token of tokensIn(content)) truth.seenWhenRemoved.add(token)
  // Removing an event removes what this calendar has no room to show of it.
  const calendars = places.map((place) => place.calendar)
  if (behaviour.cannotHold?.includes('location'))
    for (const one of calendars)
      for (const event of one.all())
        if (nameOf(event.content) === name)
          for (const token of tokensIn(event.content)) truth.seenWhenRemoved.add(token)
  const copies = calendars.map((one) => one.all().filter((event) => nameOf(event.content) === name))
  const said = (one: EventContent) =>
    JSON.stringify([tokensIn(one), Object.entries(one.overrides).map(([slot, { kind }]) => [slot, kind])])
  const allEqual = copies.every(
    ([found, ...more]) => found && more.length === 0 && said(found.content) === said(content),
  )
  if (allEqual) truth.plainlyRemoved.add(name)
  truth.lastRemoved = name
  calendar.remove(id)
  return `${calendar.id}: remove ${name}`
}

/** Every token that a content shows. */
export function tokensIn(content: EventContent): readonly string[] {
  const fields: readonly TypedField[] = ['title', 'description', 'location', 'time']
  const own = fields.flatMap((field) => tokenOf(field, content) ?? [])
  return [...own, ...overrideTokens(content)]
}

function overrideTokens(content: EventContent): readonly string[] {
  return Object.values(content.overrides).flatMap((override) =>
    override.kind === 'changed' ? override.content.location || [] : [],
  )
}

function note(
  place: Place,
  truth: GroundTruth,
  event: string,
  field: TypedField & Field,
  content: EventContent,
  over: string | null,
): void {
  const token = tokenOf(field, content)
  if (token !== null) truth.typed.push({ event, field, token, over, unguarded: isUnguarded(place) })
}

function isUnguarded({ behaviour }: Place): boolean {
  return behaviour.revisions === 'none'
}

function touched(truth: GroundTruth, name: string): void {
  truth.plainlyRemoved.delete(name)
}

/** A start that nobody ever used: one minute for each token. */
function timeOf(truth: GroundTruth): EventContent['time'] {
  truth.token()
  const start = new Date(firstDay + truth.count * 60_000).toISOString().slice(0, 19)
  const zone = 'Europe/Berlin'
  return {
    start: { kind: 'timed', local: start, zone },
    end: { kind: 'timed', local: localPlus(start, 3_600_000), zone },
  }
}

function localPlus(local: string, ms: number): string {
  return new Date(Date.parse(`${local}Z`) + ms).toISOString().slice(0, 19)
}
