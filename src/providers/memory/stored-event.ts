import type { EventContent } from '../../model/content.js'
import type { CreateKey, RemoteId, Revision, Uid } from '../../model/ids.js'
import type { Mark } from '../../model/origin.js'
import type { RemoteEvent } from '../provider.js'

/** An event as the service keeps it. Replaced as a whole by every change, never modified. */
export interface LiveEvent {
  readonly id: RemoteId
  /** Number of the calendar's change that made it what it is. */
  readonly seq: number
  readonly uid: Uid
  readonly content: EventContent
  /** Milliseconds since 1970. */
  readonly created: number
  /** Milliseconds since 1970. */
  readonly updated: number
  readonly sequence: number
  readonly mark: Mark | null
  /** The transaction id of a service that chooses ids itself. */
  readonly transaction: CreateKey | null
  readonly readOnly: boolean
  /** Cannot be read by any program, only by people. */
  readonly poisoned: boolean
  /** The change whose revision it still shows, on a service whose revisions sleep. @default seq */
  readonly revisedAt?: number
}

/** What is left of a removed event, so that deltas can tell. */
export interface Tombstone {
  readonly id: RemoteId
  readonly seq: number
  readonly content: null
}

export type StoredEvent = LiveEvent | Tombstone

const idPrefix = 'm-'
const uidSuffix = '@calweave'

/** The remote id of an event that is created under `key`. */
export function idOf(key: CreateKey): RemoteId {
  return `${idPrefix}${key}` as RemoteId
}

/** The uid of an event that is created under `key`. */
export function uidOf(key: CreateKey): Uid {
  return `${key}${uidSuffix}` as Uid
}

/** Grows with every change of the event, and is never given twice in a calendar (unless its revisions sleep). */
export function revisionOf(event: LiveEvent): Revision {
  return `r${event.revisedAt ?? event.seq}` as Revision
}

/** The event as an account sees it. */
export function asShown(event: LiveEvent, revisions: 'strong' | 'none'): RemoteEvent {
  const key = keyOf(event)
  return Object.freeze({
    id: event.id,
    uid: event.uid,
    content: event.content,
    stamps: Object.freeze({
      created: instant(event.created),
      updated: instant(event.updated),
      sequence: event.sequence,
    }),
    ...(revisions === 'strong' && { revision: revisionOf(event) }),
    ...(event.mark !== null && { mark: event.mark }),
    ...(key !== undefined && { key }),
    ...(event.readOnly && { readOnly: true }),
  })
}

/** What the identity tells; a moved event has a new id, but keeps its uid. Never read from the mark. */
function keyOf(event: LiveEvent): CreateKey | undefined {
  if (event.transaction !== null) return event.transaction
  if (event.id.startsWith(idPrefix)) return event.id.slice(idPrefix.length) as CreateKey
  if (event.uid.endsWith(uidSuffix)) return event.uid.slice(0, -uidSuffix.length) as CreateKey
  return undefined
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
