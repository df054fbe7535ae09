import { isSyncError } from '../errors.js'
import {
  completeContent,
  type EventContent,
  type OccurrenceContent,
  occurrenceOf,
  type Slot,
} from '../model/content.js'
import { contentDigest, sameContent } from '../model/equality.js'
import { digest } from '../model/hash.js'
import type { CalendarId, EventId, Uid } from '../model/ids.js'
import { regularOccurrence } from '../model/occurrence.js'
import { expand, isInSeries } from '../model/recurrence.js'
import type { PartKin, SyncedEvent } from '../model/synced-event.js'
import { isWanted, type Target, type Targets, turnsIntoParts } from './plan.js'
import { revived } from './replica.js'

/**
 * A series in a calendar that cannot hold it: its occurrences stand there one by one, each a synced event of its own that
 * is linked to the series. What is changed in one comes back as a changed occurrence, what is removed as a cancelled one,
 * and the other way round. Both directions go through the same merge as everything else: what the two last told each
 * other is the base.
 */

/** An event that stands for one occurrence. */
export type Part = SyncedEvent & { readonly kin: PartKin }

export function isPart(event: SyncedEvent): event is Part {
  return event.kin?.how === 'part'
}

/** What the parts of a series were made for; when it changes they are looked at again. */
export function partedDigest({ content, state }: SyncedEvent): string {
  return digest(contentDigest(content), state)
}

/** Whether a part and its series have something to tell each other. What waits for its own merge has not, yet. */
export function isApart(part: Part): boolean {
  if (part.proposal || part.state === 'parked') return false
  return !sameOccurrence(saidBy(part), part.kin.told)
}

/** The id of a part names its series and its slot, so that a copy can be placed when our database was lost. */
export function partId(seriesId: EventId, calendarId: CalendarId, slot: Slot): EventId {
  return `${seriesId}~${slot}~${digest(calendarId).slice(0, 12)}` as EventId
}

/** The series and slot that {@link partId} names; undefined for the id of any other event. */
export function partNamed(id: EventId): { readonly seriesId: EventId; readonly slot: Slot } | undefined {
  const [seriesId, slot, rest] = id.split('~')
  return seriesId && slot && rest ? { seriesId: seriesId as EventId, slot } : undefined
}

/** A part that is to be made. */
export function partOf(series: SyncedEvent, calendarId: CalendarId, slot: Slot, said: OccurrenceContent): Part {
  const id = partId(series.id, calendarId, slot)
  return {
    id,
    groupId: series.groupId,
    origin: series.origin,
    uid: id as string as Uid,
    content: completeContent(said),
    state: 'live',
    provenance: {},
    weak: [],
    replicas: {},
    due: 0,
    attempts: 0,
    kin: { how: 'part', eventId: series.id, calendarId, slot, told: said },
  }
}

/** What a series says about one of its occurrences; null when it is cancelled. */
export function occurrenceIn(content: EventContent, slot: Slot): OccurrenceContent | null {
  const override = content.overrides[slot]
  if (override?.kind === 'cancelled') return null
  return override?.content ?? regularOccurrence(content, slot)
}

/** Lets a series and its parts tell each other what changed. Gives back what has to be written. Pure. */
export function reconcileParts(
  series: SyncedEvent,
  parts: readonly Part[],
  targets: Targets,
  now: number,
): { readonly series: SyncedEvent; readonly parts: readonly Part[] } {
  const talk = new Talk(series, now)
  let isWhole = true
  for (const [calendarId, target] of targets) {
    const own = parts.filter(({ kin }) => kin.calendarId === calendarId)
    const wanted = wantedParts(series, calendarId, target, targets, now)
    if (wanted === undefined) {
      isWhole = false
      continue
    }
    for (const [slot, said] of wanted) {
      const part = own.find(({ kin }) => kin.slot === slot)
      if (part) talk.between(part, said)
      else talk.changed.push(partOf(series, calendarId, slot, said))
    }
    for (const part of own.filter(({ kin }) => !wanted.has(kin.slot)))
      talk.between(part, isBeyondWindow(series, part, target) ? saidBeyond(series, part) : null)
  }
  const hasParts = [...targets.values()].some((target) => target.writable && turnsIntoParts(series, target))
  // Where somebody could not be asked, the series has not told all of it yet.
  return talk.result(!hasParts ? undefined : isWhole ? partedDigest(series) : series.parted)
}

/** One exchange between a series and its parts. */
class Talk {
  readonly changed: Part[] = []
  #series: SyncedEvent
  #base: EventContent
  #content: EventContent
  #from: CalendarId | undefined
  readonly #now: number

  constructor(series: SyncedEvent, now: number) {
    this.#series = series
    this.#base = series.content
    this.#content = series.content
    this.#now = now
  }

  between(part: Part, said: OccurrenceContent | null): void {
    const { told } = part.kin
    if (part.proposal || part.state === 'parked') return
    const shows = saidBy(part)
    const isEdited = !sameOccurrence(shows, told)
    const isNews = !sameOccurrence(said, told)
    if (!isEdited && !isNews) return
    if (sameOccurrence(shows, said)) this.changed.push(telling(part, said))
    else if (isEdited) this.#tellSeries(part, shows, isNews)
    else this.changed.push(this.#toldPart(part, said))
  }

  result(parted: string | undefined): { readonly series: SyncedEvent; readonly parts: readonly Part[] } {
    const { parted: _old, ...series } = this.#series
    const isProposed = !sameContent(this.#content, this.#base)
    const by = series.origin.initiatedBy
    const from = this.#from === undefined ? {} : { from: this.#from }
    return {
      parts: this.changed,
      series: {
        ...series,
        ...(parted === undefined ? {} : { parted }),
        // Whether the series took it up is told back once it has decided.
        ...(isProposed
          ? { parted: '', due: 0, proposal: { base: this.#base, content: this.#content, by, at: this.#now, ...from } }
          : {}),
      },
    }
  }

  /** An occurrence that was changed outlives the removal of its series, as any edit does. */
  #tellSeries(part: Part, shows: OccurrenceContent | null, isNews: boolean): void {
    const { slot, told, calendarId } = part.kin
    const isOver = this.#series.state !== 'live'
    if (!(isOver && shows === null)) {
      if (isOver && this.#series.state !== 'parked') this.#series = { ...revived(this.#series), due: 0 }
      if (isNews) this.#base = withOccurrence(this.#base, slot, told)
      this.#content = withOccurrence(this.#content, slot, shows)
      this.#from = calendarId
    }
    this.changed.push(telling(part, shows))
  }

  #toldPart(part: Part, said: OccurrenceContent | null): Part {
    const told = telling(part, said)
    if (said === null) return { ...told, state: 'removing', due: 0 }
    const there = part.state === 'live' ? told : { ...revived(told), kin: told.kin }
    const content = { ...part.content, ...said }
    const by = part.origin.initiatedBy
    return { ...there, due: 0, proposal: { base: part.content, content, by, at: this.#now } }
  }
}

/** The occurrences that stand in a calendar one by one; undefined where nobody can tell now. */
function wantedParts(
  series: SyncedEvent,
  calendarId: CalendarId,
  target: Target,
  targets: Targets,
  now: number,
): ReadonlyMap<Slot, OccurrenceContent> | undefined {
  const { series: policy } = target.member
  if (series.state === 'parked' || target.holds.isUnknown) return undefined
  const isThere = series.state === 'live' && target.writable && turnsIntoParts(series, target)
  if (!isThere || policy.as !== 'singles' || !isWanted(series, calendarId, targets, 'parts')) return new Map()
  const window = { from: now - behindMs, to: now + policy.aheadDays * dayMs }
  try {
    const found = expand(series.content, window, { limit: policy.most })
    return new Map(found.map(({ slot, content }) => [slot, content]))
  } catch (error) {
    // Too dense, or not to be expanded: nothing is made, and nothing is taken away.
    if (isSyncError(error)) return undefined
    throw error
  }
}

const dayMs = 86_400_000
/** An occurrence stays for so long after it took place. */
const behindMs = 31 * dayMs

/** A part outside of the window stays as long as its series has the occurrence: the window's edge removes nothing. */
function isBeyondWindow(series: SyncedEvent, { kin }: Part, target: Target): boolean {
  const { content, state } = series
  if (state !== 'live' || !turnsIntoParts(series, target) || target.member.series.as !== 'singles') return false
  const override = content.overrides[kin.slot]
  if (override) return override.kind === 'changed'
  return isInSeries(content, kin.slot)
}

function saidBeyond({ content }: SyncedEvent, { kin }: Part): OccurrenceContent | null {
  return occurrenceIn(content, kin.slot)
}

/** What a part says; null when it was removed. */
function saidBy({ state, content }: SyncedEvent): OccurrenceContent | null {
  return state === 'live' || state === 'parked' ? occurrenceOf(content) : null
}

function telling(part: Part, told: OccurrenceContent | null): Part {
  return { ...part, kin: { ...part.kin, told } }
}

function sameOccurrence(a: OccurrenceContent | null, b: OccurrenceContent | null): boolean {
  return a === b || (a !== null && b !== null && sameContent(completeContent(a), completeContent(b)))
}

function withOccurrence(content: EventContent, slot: Slot, said: OccurrenceContent | null): EventContent {
  const { [slot]: _before, ...others } = content.overrides
  if (said === null) return { ...content, overrides: { ...others, [slot]: { kind: 'cancelled' } } }
  if (sameOccurrence(said, regularOccurrence(content, slot))) return { ...content, overrides: others }
  return { ...content, overrides: { ...others, [slot]: { kind: 'changed', content: said } } }
}
