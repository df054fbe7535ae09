import { isSyncError, SyncError } from '../../errors.js'
import type { Stamps } from '../../model/content.js'
import { digest } from '../../model/hash.js'
import type { CreateKey, RemoteId, Revision, Uid } from '../../model/ids.js'
import type { RemoteEvent } from '../provider.js'
import { invalidResponse } from './failure.js'
import { lockedIn } from './guest-copy.js'
import { readMark } from './mark.js'
import type { Item } from './reading.js'
import { isSeries, readContent } from './series.js'
import { type GraphEvent, readItem } from './wire.js'

/** What a single event, or a series with its exceptions, is. */
export type ReadUnit =
  | { readonly type: 'event'; readonly event: RemoteEvent & { readonly revision: Revision; readonly raw: string } }
  | { readonly type: 'unreadable'; readonly id: RemoteId; readonly revision: Revision; readonly error: SyncError }

/** Reads a single event, or a series with all that belongs to it. */
export function toUnit(event: GraphEvent): ReadUnit {
  const id = event.id as RemoteId
  const revision = revisionOf(event)
  try {
    tagOf(event) // without one, no write of it could be guarded
    if (!event.iCalUId)
      throw new SyncError('invalid_event', 'This event has no identity, so it cannot be synced.', { reason: 'NO_UID' })
    const mark = readMark(event)
    const key = keyIn(event)
    const content = readContent(event)
    const raw = JSON.stringify(event)
    const lockedFields = lockedIn(event)
    const more = { ...(mark && { mark }), ...(key && { key }), ...(lockedFields && { lockedFields }) }
    const uid = event.iCalUId as Uid
    return { type: 'event', event: { id, uid, revision, content, stamps: stampsOf(event), raw, ...more } }
  } catch (error) {
    if (!isSyncError(error)) throw error
    return { type: 'unreadable', id, revision, error }
  }
}

/** An item of which not even the fields could be read. */
export function unreadableItem({ id, path, etag }: Item & { readonly kind: 'broken' }): ReadUnit {
  const error = new SyncError('invalid_event', `This event cannot be synced: ${path || 'it'} does not hold.`, {
    reason: 'WIRE',
  })
  return { type: 'unreadable', id: id as RemoteId, revision: digest('broken', id, etag ?? '') as Revision, error }
}

/**
 * Of a single event its tag, so that a round of changes shows whether we know it. Of a series it changes when any part does,
 * whether that shows in the tag of the series or not.
 */
export function revisionOf(event: GraphEvent): Revision {
  const tag = tagIn(event) ?? digest('untagged', JSON.stringify(event))
  if (!isSeries(event)) return tag as Revision
  // That exceptions have tags where they come with their series is not documented.
  const told = (event.exceptionOccurrences ?? []).map((one) => JSON.stringify([one.id, tagIn(one) ?? one])).sort()
  const cancelled = [...(event.cancelledOccurrences ?? [])].sort()
  return `${seriesPrefix}${digest('microsoft', tag, ...told, '', ...cancelled)}` as Revision
}

const seriesPrefix = 'series '

/** Whether this is the revision of a series. */
export function isSeriesRevision(revision: Revision): boolean {
  return revision.startsWith(seriesPrefix)
}

/** The tag by which a write of this event is guarded. */
export function tagOf(event: GraphEvent): string {
  const tag = tagIn(event)
  if (tag !== undefined) return tag
  throw invalidResponse('NO_ETAG')
}

function tagIn(event: GraphEvent): string | undefined {
  return event['@odata.etag'] ?? (event.changeKey ? `W/"${event.changeKey}"` : undefined)
}

/** The event that a unit was read from; undefined where it was not kept, or is not ours. */
export function eventOf(raw: string | undefined): GraphEvent | undefined {
  if (raw === undefined) return undefined
  try {
    const item = readItem(JSON.parse(raw))
    return item.kind === 'event' ? item.event : undefined
  } catch {
    return undefined
  }
}

/** Whether two states of an event, with all that belongs to it, say the same, whatever their tags and stamps are. */
export function sameEvent(a: GraphEvent, b: GraphEvent): boolean {
  return steadyText(a) === steadyText(b)
}

/** What comes and goes without an event changing. */
const passing: ReadonlySet<string> = new Set([
  ...['@odata.etag', 'changeKey', 'lastModifiedDateTime', 'singleValueExtendedProperties', 'hasAttachments'],
])

function steadyText({ exceptionOccurrences = [], cancelledOccurrences = [], ...event }: GraphEvent): string {
  const exceptions = exceptionOccurrences.map(steadyText).sort()
  return JSON.stringify([steady(event), exceptions, [...cancelledOccurrences].sort()])
}

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name, one]) => !passing.has(name) && one !== null && one !== undefined)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, steady(one)])
}

const ownPrefix = 'calweave-'

/** What a create is known by to the service: the same again makes nothing. */
export function transactionIdOf(key: CreateKey): string {
  return `${ownPrefix}${key}`
}

/** The key of a copy of ours. It cannot be taken along by a copy of that copy, unlike our properties. */
export function keyIn({ transactionId }: GraphEvent): CreateKey | undefined {
  const key = transactionId?.startsWith(ownPrefix) ? transactionId.slice(ownPrefix.length) : ''
  return /^[0-9a-v]{16,64}$/.test(key) ? (key as CreateKey) : undefined
}

function stampsOf(event: GraphEvent): Stamps {
  const updates = [event, ...(event.exceptionOccurrences ?? [])].flatMap(
    ({ lastModifiedDateTime }) => stamp(lastModifiedDateTime) ?? [],
  )
  return { created: stamp(event.createdDateTime), updated: updates.sort().at(-1) ?? null, sequence: 0 }
}

function stamp(text: string | null | undefined): string | null {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
