import { isSyncError } from '../../errors.js'
import { offsetAt, resolveZone, sameZone } from '../../model/time.js'
import { windowsZones } from '../../model/windows-zones.js'
import type { EventBody } from './client.js'

/**
 * Sends a body with IANA names of zones, and again with Windows names where a mailbox does not know those. Which ones it
 * knows depends on its server; all of them know the names of Windows. The zone that was meant is kept beside either way.
 */
export async function withKnownZones<T>(body: EventBody, send: (body: EventBody) => Promise<T>): Promise<T> {
  try {
    return await send(body)
  } catch (error) {
    if (!isSyncError(error, 'event_refused') || error.reason !== 'TimeZoneNotSupportedException') throw error
    const renamed = inWindowsZones(body)
    if (JSON.stringify(renamed) === JSON.stringify(body)) throw error
    return await send(renamed)
  }
}

/** A body of which every zone has the name of the Windows zone that keeps the same clocks, where there is one. */
function inWindowsZones(body: EventBody): EventBody {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    (key === 'timeZone' || key === 'recurrenceTimeZone') && typeof value === 'string' ? windowsName(value) : value,
  ) as EventBody
}

function windowsName(name: string): string {
  const zone = resolveZone(name)
  if (zone === undefined || zone === 'UTC' || Object.hasOwn(windowsZones, name)) return name
  const all = Object.entries(windowsZones)
  const own = all.find(([, iana]) => sameZone(iana, zone))
  const found = own ?? all.find(([, iana]) => keepsTheSameClocks(iana, zone))
  return found?.[0] ?? name
}

/** For twenty years, as far as anybody knows today. */
function keepsTheSameClocks(a: string, b: string): boolean {
  return halfMonths.every((ms) => offsetAt(ms, a) === offsetAt(ms, b))
}

const halfMonths = Array.from({ length: 24 * 20 }, (_, half) => Date.UTC(2020, 0, 1 + half * 15))
