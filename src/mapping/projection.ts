import {
  type EventContent,
  type Field,
  fields,
  neutralOccurrence,
  type OccurrenceContent,
  type OccurrenceField,
  type Override,
  occurrenceFields,
  occurrenceOf,
} from '../model/content.js'
import { sameOccurrenceField } from '../model/equality.js'
import { type Holding, roomForAll } from '../model/holding.js'
import type { Projection } from '../model/projection.js'
import { fieldViews } from './field-views.js'
import { standingReminders } from './reminder-field.js'
import { busyTitle, isHidden, type NamedOrigin, type Scene } from './scene.js'

/**
 * What a copy carries of an event, and how what a copy shows is read back. The two belong together: a copy can only
 * propose what it carries, so a "Busy" copy can move a meeting and never rename it.
 *
 * Three laws hold for every view, whatever its settings:
 *
 * - what is rendered says nothing new: `lift(render(content), content)` is `content`
 * - what cannot be read back is not: a field that was typed over where its view has no way back keeps the event's value
 * - what `lift` makes of a shown value depends on the event only for what does not show, so that two states of one copy
 *   can be compared by what they lift to
 */
export interface View {
  /** The fields that copies under this view are written in. */
  readonly carries: ReadonlySet<Field>
  /** Whether a copy tells what the event is about, and so may tell where it comes from. */
  readonly showsDetails: boolean
  /** What the copy should show. */
  render(content: EventContent): EventContent
  /** What the copy's content says about the event: what it does not carry is taken from `content`. */
  lift(shown: EventContent, content: EventContent): EventContent
}

/** The event that a copy is of. */
export interface ViewedEvent {
  readonly content: OccurrenceContent
  readonly origin: NamedOrigin
}

/** How a copy of this event looks under a projection, in a calendar that holds so much. */
export function copyView(projection: Projection, { content, origin }: ViewedEvent, holds: Holding): View {
  const scene: Scene = { projection, origin, holds }
  const level = levelOf(content, scene)
  const levelHere = (own: OccurrenceContent) => (level === 'busy' ? level : levelOf(own, scene))
  return seriesView(
    {
      show: (own) => showOccurrence(own, levelHere(own), scene),
      read: (typed, own) => readOccurrence(typed, own, levelHere(own), scene),
    },
    { carries: carriedBy(level, scene), showsDetails: level !== 'busy' },
  )
}

/** How an event that a person made in this calendar is read and written: everything but what could mail people. */
export function nativeView(isOrigin: boolean): View {
  return isOrigin ? originView : twinView
}

/** What a copy says about its event when the event itself is not known any more: what it shows, as far as it can be undone. */
export function contentOfCopy(projection: Projection, shown: EventContent, origin: NamedOrigin): EventContent {
  return copyView(projection, { content: shown, origin }, roomForAll).lift(shown, shown)
}

/** How much of an occurrence is shown; nothing of it where the whole event is hidden. */
export function levelOf(own: OccurrenceContent, scene: Scene): Projection['show'] {
  return isHidden(own, scene) ? 'busy' : scene.projection.show
}

/** One occurrence on its way into a copy and back. */
interface Lens {
  show(own: OccurrenceContent): OccurrenceContent
  read(shown: OccurrenceContent, own: OccurrenceContent): OccurrenceContent
}

/** The origin carries its own attendees and reminders: it may change them, and nobody else can. */
const originView: View = {
  carries: new Set(fields),
  showsDetails: true,
  render: (content) => content,
  lift: (shown) => shown,
}

const people: readonly OccurrenceField[] = ['attendees', 'organizer']
const seriesFields: readonly Field[] = ['recurrence', 'overrides']

/** Another event that a person made of the same meeting: nothing is hidden from it, and it has guests of its own. */
const twinFields = occurrenceFields.filter((field) => field !== 'reminders' && !people.includes(field))
const twinView: View = seriesView(
  {
    show: (own) => ({ ...neutralOccurrence, ...(pick(own, twinFields) as OccurrenceContent) }),
    read: (shown, own) => ({ ...own, ...pick(shown, twinFields) }),
  },
  { carries: new Set([...twinFields, ...seriesFields]), showsDetails: true },
)

/**
 * The fields that a copy is written in.
 *
 * Attendees and an organizer are never written where that could mail people. Reminders that are nobody's business are
 * left to whoever sets them in the copy. A copy that shows little is written in every field, so that an event that turns
 * private leaves nothing behind in a copy that showed it before.
 */
function carriedBy(level: Projection['show'], { projection, holds }: Scene): ReadonlySet<Field> {
  const carried = holds.quietAttendees === true ? carriedQuietly : carriedLoudly
  return level === 'everything' && projection.reminders === 'none' ? carried.withoutReminders : carried.all
}

const carriedQuietly = carriedOf(occurrenceFields)
const carriedLoudly = carriedOf(occurrenceFields.filter((field) => !people.includes(field)))

function carriedOf(
  names: readonly OccurrenceField[],
): Readonly<Record<'all' | 'withoutReminders', ReadonlySet<Field>>> {
  return {
    all: new Set([...names, ...seriesFields]),
    withoutReminders: new Set([...names.filter((field) => field !== 'reminders'), ...seriesFields]),
  }
}

function showOccurrence(own: OccurrenceContent, level: Projection['show'], scene: Scene): OccurrenceContent {
  if (level === 'everything') {
    const carried = carriedBy(level, scene)
    const shown = occurrenceFields.map((name) => [
      name,
      carried.has(name) ? fieldViews[name].show(own, scene) : neutralOccurrence[name as 'title'],
    ])
    return Object.fromEntries(shown) as OccurrenceContent
  }
  const { time, availability, status, visibility } = own
  const bare = { ...neutralOccurrence, time, availability, status, reminders: standingReminders(scene) }
  return level === 'title'
    ? { ...bare, title: fieldViews.title.show(own, scene), visibility }
    : { ...bare, title: busyTitle(scene), visibility: 'private' }
}

/**
 * What was typed into a copy of an occurrence. Of a copy that says "Busy" only new times are read back. Where private
 * events turn busy in copies, a copy does not propose a visibility: marking a copy private would else blank the very copy
 * that a person looks at.
 */
function readOccurrence(
  typed: OccurrenceContent,
  own: OccurrenceContent,
  level: Projection['show'],
  scene: Scene,
): OccurrenceContent {
  if (level === 'busy') return { ...own, time: typed.time }
  const carried = carriedBy(level, scene)
  const isProposed = (name: OccurrenceField) =>
    level === 'title'
      ? name === 'title' || name === 'time'
      : carried.has(name) && (name !== 'visibility' || scene.projection.privateEvents === 'show')
  const read = occurrenceFields.map((name) => [name, isProposed(name) ? readField(name, typed, own, scene) : own[name]])
  return Object.fromEntries(read) as OccurrenceContent
}

/** What equals what we show says what the event says already; all else is what its view can make of it. */
function readField(
  name: OccurrenceField,
  typed: OccurrenceContent,
  own: OccurrenceContent,
  scene: Scene,
): OccurrenceContent[OccurrenceField] {
  const view = fieldViews[name]
  // Only this one field is looked at.
  const rendered = { [name]: view.show(own, scene) } as unknown as OccurrenceContent
  if (sameOccurrenceField(name, typed, rendered)) return own[name]
  const told = view.read(typed, own, scene)
  return told === undefined ? own[name] : told
}

/** A view of one occurrence, as a view of the event with all its occurrences. */
function seriesView(lens: Lens, { carries, showsDetails }: Pick<View, 'carries' | 'showsDetails'>): View {
  return {
    carries,
    showsDetails,
    render: (content) => ({
      ...lens.show(content),
      recurrence: content.recurrence,
      overrides: mapOverrides(content.overrides, lens.show),
    }),
    lift: (shown, content) => ({
      ...lens.read(shown, occurrenceOf(content)),
      recurrence: shown.recurrence,
      overrides: mapOverrides(shown.overrides, (own, slot) => lens.read(own, occurrenceAt(content, slot))),
    }),
  }
}

/** What an occurrence says in the whole event: its override, or the series itself. */
function occurrenceAt(content: EventContent, slot: string): OccurrenceContent {
  const override = content.overrides[slot]
  return override?.kind === 'changed' ? override.content : occurrenceOf(content)
}

function mapOverrides(
  overrides: EventContent['overrides'],
  change: (own: OccurrenceContent, slot: string) => OccurrenceContent,
): EventContent['overrides'] {
  const entries = Object.entries(overrides)
  if (entries.length === 0) return overrides
  return Object.fromEntries(
    entries.map(([slot, override]): [string, Override] => [
      slot,
      override.kind === 'cancelled' ? override : { kind: 'changed', content: change(override.content, slot) },
    ]),
  )
}

function pick(own: OccurrenceContent, names: readonly OccurrenceField[]): Partial<OccurrenceContent> {
  return Object.fromEntries(names.map((name) => [name, own[name]]))
}
