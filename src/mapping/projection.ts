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
import type { Projection } from '../model/group.js'

/**
 * What a copy carries of an event, and how what a copy shows is read back. The two belong together: a copy can only
 * propose what it carries, so a "Busy" copy can move a meeting and never rename it.
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

/**
 * Attendees and an organizer are never written by a sync: on most calendars that mails people. They stay with the
 * event that a person made.
 */
const neverWritten: readonly OccurrenceField[] = ['attendees', 'organizer']
const seriesFields: readonly Field[] = ['recurrence', 'overrides']

/** How a copy of this event looks under a projection. */
export function copyView(projection: Projection, content: EventContent): View {
  if (isBusyOnly(projection, content)) return busyView(projection.busyTitle)
  return fullView(projection.reminders === 'copy' ? [] : ['reminders'], projection)
}

/** How an event that a person made in this calendar is read and written: everything but what could mail people. */
export function nativeView(isOrigin: boolean): View {
  return isOrigin ? originView : twinView
}

function isBusyOnly(projection: Projection, content: OccurrenceContent): boolean {
  return projection.show === 'busy' || (projection.privateEvents === 'busy' && isPrivate(content))
}

function isPrivate({ visibility }: OccurrenceContent): boolean {
  return visibility === 'private' || visibility === 'confidential'
}

/** The origin carries its own attendees and reminders: it may change them, and nobody else can. */
const originView: View = {
  carries: new Set(fields),
  showsDetails: true,
  render: (content) => content,
  lift: (shown) => shown,
}

/** Another event that a person made of the same meeting: nothing is hidden from it. */
const twinView: View = fullView(['reminders'], { busyTitle: '', privateEvents: 'show' })

/**
 * Everything but `left` and what is never written. Where private events turn busy in copies, so does a private
 * occurrence of a public series, and a copy does not propose a visibility: marking a copy private would else blank the
 * very copy that a person looks at.
 */
function fullView(
  left: readonly OccurrenceField[],
  { busyTitle, privateEvents }: Pick<Projection, 'busyTitle' | 'privateEvents'>,
): View {
  const hides = (own: OccurrenceContent) => privateEvents === 'busy' && isPrivate(own)
  const notCarried = new Set<Field>([...neverWritten, ...left])
  const carried = occurrenceFields.filter((field) => !notCarried.has(field))
  const lifted = carried.filter((field) => privateEvents === 'show' || field !== 'visibility')
  const show = (own: OccurrenceContent): OccurrenceContent =>
    hides(own) ? busyOccurrence(busyTitle, own) : { ...neutralOccurrence, ...(pick(own, carried) as OccurrenceContent) }
  const read = (own: OccurrenceContent, rest: OccurrenceContent): OccurrenceContent =>
    hides(rest) ? { ...rest, time: own.time } : { ...rest, ...pick(own, lifted) }
  return {
    carries: new Set<Field>([...carried, ...seriesFields]),
    showsDetails: true,
    render: (content) => ({
      ...show(content),
      recurrence: content.recurrence,
      overrides: mapOverrides(content.overrides, show),
    }),
    lift: (shown, content) => ({
      ...read(shown, occurrenceOf(content)),
      recurrence: shown.recurrence,
      overrides: mapOverrides(shown.overrides, (own, slot) => read(own, occurrenceAt(content, slot))),
    }),
  }
}

/**
 * Times and the word "Busy". Of such a copy only new times are read back. It is written in every field, so that an event
 * that turns private leaves nothing behind in a copy that showed it before.
 */
function busyView(title: string): View {
  return {
    carries: new Set<Field>([...occurrenceFields.filter((field) => !neverWritten.includes(field)), ...seriesFields]),
    showsDetails: false,
    render: (content) => ({
      ...busyOccurrence(title, content),
      recurrence: content.recurrence,
      overrides: mapOverrides(content.overrides, (own) => busyOccurrence(title, own)),
    }),
    lift: (shown, content) => ({
      ...content,
      time: shown.time,
      recurrence: shown.recurrence,
      overrides: mapOverrides(shown.overrides, (own, slot) => ({ ...occurrenceAt(content, slot), time: own.time })),
    }),
  }
}

function busyOccurrence(title: string, { time, availability, status }: OccurrenceContent): OccurrenceContent {
  return { ...neutralOccurrence, title, time, availability, status, visibility: 'private' }
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
