import { isSyncError, SyncError } from '../../errors.js'
import type { Stamps } from '../../model/content.js'
import { digest } from '../../model/hash.js'
import type { CreateKey, RemoteId, Revision, Uid } from '../../model/ids.js'
import type { RemoteEvent } from '../provider.js'
import { lockedIn } from './guest-copy.js'
import { readMark } from './mark.js'
import { isNote } from './note-names.js'
import { isSeries, type Parts, readContent, slotOfException } from './series.js'
import { broken, readMoment } from './times.js'
import { type GoogleEvent, readEvent } from './wire.js'

/** What a single event, or a series with its exceptions, is. */
export type ReadUnit =
  | { readonly type: 'event'; readonly event: RemoteEvent & { readonly revision: Revision; readonly raw: string } }
  | { readonly type: 'unreadable'; readonly id: RemoteId; readonly revision: Revision; readonly error: SyncError }

/** Reads a single event, or a series with all of its exceptions. */
export function toUnit(parts: Parts, zone: string): ReadUnit {
  const { master } = parts
  return readable(parts, () => {
    if (!master.iCalUID) throw broken('NO_UID', 'has no identity')
    const mark = readMark(master.extendedProperties?.private)
    const key = keyIn(master)
    const lockedFields = lockedIn(master)
    return {
      id: master.id as RemoteId,
      uid: master.iCalUID as Uid,
      revision: revisionOf(parts),
      content: readContent(parts, zone),
      stamps: stampsOf(parts),
      raw: JSON.stringify(parts),
      ...(mark && { mark }),
      ...(key && { key }),
      ...(isReadOnly(master) ? { readOnly: true } : {}),
      ...(lockedFields && { lockedFields }),
    }
  })
}

/**
 * One occurrence of a series that is not in this calendar: somebody was invited to that one only. Whose identity is that
 * of the series and of the occurrence.
 */
export function toOrphan(exception: GoogleEvent, zone: string): ReadUnit {
  const parts: Parts = { master: exception, exceptions: [] }
  return readable(parts, () => {
    if (!exception.iCalUID) throw broken('NO_UID', 'has no identity')
    const start = readMoment(exception.originalStartTime ?? exception.start ?? {}, zone)
    const slot = slotOfException(
      { ...exception, originalStartTime: exception.originalStartTime ?? exception.start ?? {} },
      start,
    )
    return {
      id: exception.id as RemoteId,
      uid: `${exception.iCalUID}/${slot}` as Uid,
      revision: revisionOf(parts),
      content: readContent(parts, zone),
      stamps: stampsOf(parts),
      raw: JSON.stringify(parts),
      readOnly: true,
    }
  })
}

function readable(
  parts: Parts,
  read: () => RemoteEvent & { readonly revision: Revision; readonly raw: string },
): ReadUnit {
  try {
    return { type: 'event', event: read() }
  } catch (error) {
    if (!isSyncError(error)) throw error
    return { type: 'unreadable', id: parts.master.id as RemoteId, revision: revisionOf(parts), error }
  }
}

/** An item of which not even the fields could be read. */
export function unreadableItem(id: string, path: string, etag: string | undefined): ReadUnit {
  const error = new SyncError('invalid_event', `This event cannot be synced: ${path || 'it'} does not hold.`, {
    reason: 'WIRE',
  })
  return { type: 'unreadable', id: id as RemoteId, revision: digest('broken', id, etag ?? '') as Revision, error }
}

/**
 * Changes when any part changes: it is made from the entity tags of all of them. Reminders belong to whoever is signed
 * in, and may change without another tag, so they are in it as well.
 */
export function revisionOf({ master, exceptions }: Parts): Revision {
  const told = [master, ...exceptions].map((event) =>
    JSON.stringify([event.id, event.etag ?? event, event.reminders ?? null]),
  )
  return digest('google', ...told) as Revision
}

/** The parts that an event was read from; undefined where they were not kept, or are not ours. */
export function partsOf(raw: string | undefined): Parts | undefined {
  if (raw === undefined) return undefined
  try {
    const given = JSON.parse(raw) as { readonly master?: unknown; readonly exceptions?: unknown }
    const master = readEvent(given.master)
    const exceptions = Array.isArray(given.exceptions) ? given.exceptions.map(readEvent) : undefined
    if (!master || !exceptions || exceptions.includes(undefined)) return undefined
    return { master, exceptions: exceptions.filter((one) => one !== undefined) }
  } catch {
    return undefined
  }
}

/** Whether two states of an event say the same, whatever their tags and stamps are. */
export function sameParts(a: Parts, b: Parts): boolean {
  return (
    sameItem(a.master, b.master) &&
    a.exceptions.length === b.exceptions.length &&
    a.exceptions.every((one, index) => sameItem(one, b.exceptions[index]))
  )
}

export function sameItem(a: GoogleEvent, b: GoogleEvent | undefined): boolean {
  return b !== undefined && steadyText(a) === steadyText(b)
}

function steadyText({
  etag: _tag,
  updated: _when,
  sequence: _count,
  extendedProperties,
  ...rest
}: GoogleEvent): string {
  const own = Object.entries(extendedProperties?.private ?? {}).filter(([name]) => !isNote(name))
  return JSON.stringify({ ...rest, own: Object.fromEntries(own) }, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  )
}

/** Parts in the order that makes two listings of them alike. */
export function partsFrom(master: GoogleEvent, exceptions: Iterable<GoogleEvent>): Parts {
  if (!isSeries(master)) return { master, exceptions: [] }
  const told = [...exceptions].map((one) => (one.status === 'cancelled' ? cancelledPart(one) : one))
  return { master, exceptions: told.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** What every answer tells of a cancelled occurrence; some tell more. */
function cancelledPart({ id, etag, status, recurringEventId, originalStartTime }: GoogleEvent): GoogleEvent {
  return {
    id,
    ...(etag === undefined ? {} : { etag }),
    ...(status === undefined ? {} : { status }),
    ...(recurringEventId === undefined ? {} : { recurringEventId }),
    ...(originalStartTime === undefined ? {} : { originalStartTime }),
  }
}

const ownPrefix = 'calv'

/** The id of a copy of ours; ids are lower-case letters to v and digits. */
export function idFor(key: CreateKey): string {
  return `${ownPrefix}${key}`
}

/** The key of a copy of ours. Where it came to stand under another id, its UID still tells of the first one. */
function keyIn({ id, iCalUID = '' }: GoogleEvent): CreateKey | undefined {
  return keyOf(id) ?? keyOf(iCalUID.replace(/@google\.com$/, ''))
}

function keyOf(id: string): CreateKey | undefined {
  const key = id.startsWith(ownPrefix) ? id.slice(ownPrefix.length) : ''
  return /^[0-9a-v]{16,64}$/.test(key) ? (key as CreateKey) : undefined
}

/** Events of other kinds are the doing of Gmail, of contacts or of settings; locked ones may be read only. */
function isReadOnly({ eventType, locked }: GoogleEvent): boolean {
  return locked === true || (eventType !== undefined && eventType !== 'default')
}

function stampsOf({ master, exceptions }: Parts): Stamps {
  const updates = [master, ...exceptions].map(({ updated }) => stamp(updated)).filter((one) => one !== null)
  const { sequence } = master
  return {
    created: stamp(master.created),
    updated: updates.sort().at(-1) ?? null,
    sequence: sequence !== undefined && Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0,
  }
}

/** Google tells thousandths of a second, by which the later of two changes can be told. */
function stamp(text: string | undefined): string | null {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
