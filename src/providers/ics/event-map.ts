import type { IcalUnit } from '../../ical/read.js'
import { digest } from '../../model/hash.js'
import type { CreateKey, RemoteId, Revision } from '../../model/ids.js'
import type { Fetched, RemoteChange, RemoteEvent } from '../provider.js'

/** An event of the file with the id and revision that it is listed under. */
export interface ListedUnit {
  readonly id: RemoteId
  readonly revision: Revision
  readonly unit: IcalUnit
}

/**
 * Gives every event an id: its UID. An event that cannot have its UID for itself gets one made from its text, so that
 * it can be reported without standing in another one's place.
 */
export function listed(units: readonly IcalUnit[]): readonly ListedUnit[] {
  const found = new Map<RemoteId, ListedUnit>()
  for (const unit of units) {
    const revision = revisionOf(unit.text)
    const named = unit.uid !== null && (unit.ok || unit.error.reason !== 'DUPLICATE_UID') ? unit.uid : undefined
    const id = (named ?? `unnamed/${revision}`) as string as RemoteId
    if (!found.has(id)) found.set(id, { id, revision, unit })
  }
  return [...found.values()]
}

export function toChange({ id, revision, unit }: ListedUnit): RemoteChange {
  if (!unit.ok) return { type: 'unreadable', id, revision, error: unit.error }
  return { type: 'upsert', event: toEvent(id, revision, unit) }
}

export function toFetched({ id, revision, unit }: ListedUnit): Fetched {
  if (!unit.ok) return { type: 'unreadable', id, revision, error: unit.error }
  return { type: 'found', event: toEvent(id, revision, unit) }
}

function toEvent(id: RemoteId, revision: Revision, unit: IcalUnit & { readonly ok: true }): RemoteEvent {
  const key = /^([0-9a-v]{32})@calweave$/.exec(unit.uid)?.[1]
  return {
    id,
    uid: unit.uid,
    revision,
    content: unit.content,
    stamps: unit.stamps,
    readOnly: true,
    ...(unit.mark && { mark: unit.mark }),
    ...(key !== undefined && { key: key as CreateKey }),
  }
}

/** Feeds are made anew for every request, and then carry the time of the request in each event. */
function revisionOf(text: string): Revision {
  return digest(text.replace(/^(?:DTSTAMP|PRODID)[;:].*(?:\r\n .*)*\r\n/gm, '')) as Revision
}
