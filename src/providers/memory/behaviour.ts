import {
  type EventContent,
  type Field,
  neutralContent,
  type OccurrenceContent,
  type Override,
} from '../../model/content.js'
import type { Limits } from '../../model/holding.js'
import type { RemoteId } from '../../model/ids.js'

/**
 * The ways in which calendar services differ, and the ways in which they misbehave, each to be switched on its own.
 * Functions are asked anew at every call, so that a test or a simulator decides when a fault strikes.
 */
export interface MemoryBehaviour {
  /** A write answers with the event as it is now (`Written.shown`). @default true */
  readonly returnsBody?: boolean
  /** A write answers with the new revision. @default true */
  readonly returnsRevision?: boolean
  /** `none`: no event has a revision, so no write can be guarded. @default 'strong' */
  readonly revisions?: 'strong' | 'none'
  /** `false`: a write that names an old revision is done all the same, as if it had named the new one. @default true */
  readonly guarded?: boolean
  /** What the service makes of every content that is written, whoever writes it. Must settle: twice is as once. */
  readonly normalize?: (content: EventContent) => EventContent
  /** Fields that the service has no room for. They read as their neutral value. @default [] */
  readonly cannotHold?: readonly Exclude<Field, 'time'>[]
  /** The most that the service takes: texts are cut and lists shortened without a word, whoever writes them. */
  readonly limits?: Limits
  /** Guests of a copy are stored, and nobody is ever told. @default false */
  readonly quietAttendees?: boolean
  /** The service chooses remote ids and uids; `idFor` knows nothing. @default false */
  readonly serverIds?: boolean
  /** With `serverIds`: a second create with one key answers with the first event. @default false */
  readonly remembersKeys?: boolean
  /** The id of a removed event stays taken for ever: `create` says `already_exists`, `fetch` says `gone`. @default false */
  readonly reservesIds?: boolean
  /** `false`: a pull with an old cursor is a complete listing, and removals show by absence only. @default true */
  readonly deltas?: boolean
  /** Listings ask which revisions are known, and say `unchanged` for those. @default false */
  readonly skipsUnchanged?: boolean
  /** Events that the next delta calls removed although they are there. */
  readonly spuriousRemovals?: () => readonly RemoteId[]
  /**
   * How many of the latest changes a listing does not know of yet, at most {@link longestLag}. It shows changed events
   * as they were before, and its cursor is older too. Must come back to 0, or the last changes are never told.
   */
  readonly lagging?: () => number
  /** Events that a complete listing leaves out although they are there. */
  readonly lyingLists?: (id: RemoteId) => boolean
  /**
   * What the service's listings are about. An event outside is left out of complete listings, and a change of it is told
   * as a removal; reading it by its id finds it.
   */
  readonly window?: (content: EventContent) => boolean
  /** True: the page that is read now is told twice, each of its changes twice in a row. */
  readonly repeats?: () => boolean
  /** True: the change that is being made now leaves the event's revision as it was. Creating is never asked about. */
  readonly sleepyRevisions?: () => boolean
  /** How far the clock that stamps events is off, in milliseconds. @default 0 */
  readonly clockSkewMs?: number
}

/** The most changes that a lagging listing can be behind. */
export const longestLag = 64

/** A content as a service with this behaviour keeps it. */
export function asHeld(content: EventContent, behaviour: MemoryBehaviour): EventContent {
  const cannotHold = behaviour.cannotHold ?? []
  const roomy = cannotHold.length === 0 ? content : withoutFields(content, cannotHold)
  const held = behaviour.limits === undefined ? roomy : shortened(roomy, behaviour.limits)
  return behaviour.normalize === undefined ? held : behaviour.normalize(held)
}

function shortened(content: EventContent, limits: Limits): EventContent {
  const overrides = Object.entries(content.overrides).map(([slot, override]): [string, Override] => [
    slot,
    override.kind === 'cancelled'
      ? override
      : { kind: 'changed', content: { ...override.content, ...short(override.content, limits) } },
  ])
  return { ...content, ...short(content, limits), overrides: Object.fromEntries(overrides) }
}

function short(content: OccurrenceContent, limits: Limits): Partial<OccurrenceContent> {
  const { title, description, location, reminders, categories, attendees, attachments } = content
  return {
    title: title.slice(0, limits.title),
    description: description.slice(0, limits.description),
    location: location.slice(0, limits.location),
    reminders: reminders === 'default' ? reminders : reminders.slice(0, limits.reminders),
    categories: categories.slice(0, limits.categories),
    attendees: attendees.slice(0, limits.attendees),
    attachments: attachments.slice(0, limits.attachments),
  }
}

function withoutFields(content: EventContent, missing: readonly Exclude<Field, 'time'>[]): EventContent {
  const blank = Object.fromEntries(missing.map((field) => [field, neutralContent[field]])) as Partial<EventContent>
  const overrides = Object.entries({ ...content, ...blank }.overrides).map(([slot, override]) => [
    slot,
    withoutOccurrenceFields(override, missing),
  ])
  // without a rule there is nothing to override
  const single = missing.includes('recurrence') || missing.includes('overrides')
  return { ...content, ...blank, overrides: single ? {} : Object.fromEntries(overrides) }
}

function withoutOccurrenceFields(override: Override, missing: readonly Exclude<Field, 'time'>[]): Override {
  if (override.kind === 'cancelled') return override
  const own = missing.filter((field) => field !== 'recurrence' && field !== 'overrides')
  const blank = Object.fromEntries(own.map((field) => [field, neutralContent[field]])) as Partial<OccurrenceContent>
  return { kind: 'changed', content: { ...override.content, ...blank } }
}
