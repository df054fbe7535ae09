import type { RemoteCalendarId } from '../../model/ids.js'
import { resolveZone } from '../../model/time.js'
import type { RemoteCalendar } from '../provider.js'
import type { CalendarEntry } from './wire.js'

/** A calendar as the account lists it; undefined for one that is not in the list any more. */
export function toCalendar(entry: CalendarEntry): RemoteCalendar | undefined {
  if (entry.deleted) return undefined
  return {
    id: entry.id as RemoteCalendarId,
    // What the person calls it goes before what its owner does.
    name: (entry.summaryOverride?.trim() || entry.summary?.trim() || entry.id).slice(0, 1_024),
    access: writers.has(entry.accessRole ?? '') ? 'write' : 'read',
    zone: (entry.timeZone && resolveZone(entry.timeZone)) || null,
    color: /^#[0-9a-f]{6}$/i.test(entry.backgroundColor ?? '') ? (entry.backgroundColor ?? '').toLowerCase() : null,
  }
}

const writers: ReadonlySet<string> = new Set(['owner', 'writer', 'writerWithoutPrivateAccess'])
