import { windowsZones } from './windows-zones.js'

/**
 * The zone that a name in the wild stands for: an IANA id, or `UTC`. Undefined when nobody can know. Never throws.
 *
 * An IANA id is kept as given (`Asia/Kolkata` does not become `Asia/Calcutta`), only its case is corrected. Windows
 * names, vendor prefixes (`/example.org/20260101_1/Europe/Berlin`), quotes, `GMT+0100` and names like
 * `(UTC+01:00) Amsterdam, Berlin, Rome` are understood; the last only when all its cities keep the same clocks.
 */
export function resolveZone(name: string): string | undefined {
  if (resolved.has(name)) return resolved.get(name)
  const zone = name.length > 255 ? undefined : find(name)
  // Names come from other people's files, so the memory for them is bounded.
  if (resolved.size >= 2_000) resolved.clear()
  resolved.set(name, zone)
  return zone
}

/** Whether a name is an IANA id, a name of UTC or a Windows name as it stands: quick to tell, unlike what others mean. */
export function isZoneName(name: string): boolean {
  return resolved.get(name) === name || (name.length <= 255 && direct(name) !== undefined)
}

/** Whether two names stand for one zone: `Europe/Kiev` and `Europe/Kyiv` do. Names that nobody knows equal themselves. */
export function sameZone(a: string, b: string): boolean {
  if (a === b) return true
  const [left, right] = [resolveZone(a), resolveZone(b)]
  if (left === undefined || right === undefined) return false
  if (left === right) return true
  return canonical(left) === canonical(right) || equalInTemporal(left, right)
}

const resolved = new Map<string, string | undefined>()
const canonicals = new Map<string, string>()

const utcNames = new Set(['z', 'utc', 'gmt', 'uct', 'zulu', 'universal', 'greenwich', 'gmt0', 'gmt+0', 'gmt-0'])

const windowsByName: ReadonlyMap<string, string> = new Map(
  Object.entries(windowsZones).map(([name, zone]) => [name.toLowerCase(), zone]),
)

/** Display names that say a part of a country where others list cities. */
const parts: Readonly<Record<string, string>> = {
  'atlantic time': 'America/Halifax',
  'eastern time': 'America/New_York',
  'central time': 'America/Chicago',
  'mountain time': 'America/Denver',
  'pacific time': 'America/Los_Angeles',
  'coordinated universal time': 'UTC',
}

const regions = ['Africa', 'America', 'Asia', 'Atlantic', 'Australia', 'Europe', 'Indian', 'Pacific']

function find(name: string): string | undefined {
  const plain = name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replaceAll('\\,', ',')
    .trim()
  if (plain === '') return undefined
  return direct(plain) ?? fromPath(plain) ?? fromOffset(plain) ?? fromDisplayName(plain)
}

/** An IANA id, a name of UTC or a Windows name, as it stands. */
function direct(name: string): string | undefined {
  const lower = name.toLowerCase()
  if (utcNames.has(lower.replace(/^etc\//, ''))) return 'UTC'
  const windows = windowsByName.get(lower)
  if (windows !== undefined) return windows === 'Etc/UTC' ? 'UTC' : windows
  // Intl also takes bare offsets; they are no zone names to others, and half hours have no IANA id at all.
  if (/^[+-]/.test(name)) return undefined
  return accepted(name)
}

/** What stands behind a vendor's prefix: `/example.org/20260101_1/America/Argentina/Buenos_Aires`, `posix/Europe/Oslo`. */
function fromPath(name: string): string | undefined {
  if (/^tzone:\/\/microsoft\/utc$/i.test(name)) return 'UTC'
  const segments = name.replaceAll(' ', '_').split('/').filter(Boolean)
  for (const count of [3, 2, ...(name.startsWith('/') ? [1] : [])]) {
    if (segments.length < count) continue
    const zone = direct(segments.slice(-count).join('/'))
    if (zone !== undefined) return zone
  }
  return undefined
}

/** `GMT+0100`, `UTC-5`, `+02:00`, `(GMT+01:00)`: whole hours have an IANA id, whose sign is the other way round. */
function fromOffset(name: string): string | undefined {
  const found = /^\(?(?:gmt|utc)?\s*([+-])(\d{1,2})(?:[:.]?(\d{2}))?\)?$/i.exec(name)
  if (!found) return undefined
  const [, sign, hours, minutes = '00'] = found
  if (minutes !== '00') return undefined
  const hour = Number(hours)
  return hour === 0 ? 'UTC' : accepted(`Etc/GMT${sign === '+' ? '-' : '+'}${hour}`)
}

/** `(UTC+01:00) Amsterdam, Berlin, Rome`: cities that Intl knows, all with the same clocks and the offset that is named. */
function fromDisplayName(name: string): string | undefined {
  const found = /^\((?:gmt|utc)\s*(?:([+-])(\d{1,2})[:.]?(\d{2}))?\)\s*(\S.*)$/i.exec(name)
  const text = found?.[4] ?? name
  const places = text
    .replace(/\((?:us|canada).*?\)/i, '')
    .split(/[,;:/]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (places.length > maxPlaces) return undefined
  const zones = places.map(fromPlace).filter((zone) => zone !== undefined)
  const [first] = zones
  // Without an offset in front, one city alone may be the name of anything.
  if (first === undefined || (!found && zones.length < 2)) return undefined
  if (zones.some((zone) => clocks(zone).join() !== clocks(first).join())) return undefined
  if (!found) return first
  const stated = found[1] ? Number(`${found[1]}1`) * (Number(found[2]) * 60 + Number(found[3])) : 0
  return clocks(first).includes(stated) ? first : undefined
}

/** The longest display names list half as many. Each place costs eight questions to Intl. */
const maxPlaces = 12

function fromPlace(place: string): string | undefined {
  const part = parts[place.toLowerCase()]
  if (part !== undefined) return part
  const zones = regions
    .map((region) => accepted(`${region}/${place.replaceAll(' ', '_')}`))
    .filter((zone) => zone !== undefined)
  return zones.length === 1 ? zones[0] : undefined
}

const knownClocks = new Map<string, readonly number[]>()

function clocks(zone: string): readonly number[] {
  const known = knownClocks.get(zone)
  if (known) return known
  const found = askedClocks(zone)
  knownClocks.set(zone, found) // as many as there are zones
  return found
}

/** A zone's offsets in minutes at the middle of every month of two years: enough to tell clocks in use apart. */
function askedClocks(zone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return Array.from({ length: 24 }, (_, month) => {
    const ms = Date.UTC(2024, month, 15)
    const parts = format.formatToParts(ms)
    const value = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    const wall = Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'))
    return (wall - ms) / 60_000
  })
}

/** The id as given when Intl takes it, in Intl's case where that is the only difference. */
function accepted(id: string): string | undefined {
  const intl = intlId(id)
  if (intl === undefined) return undefined
  if (intl.toLowerCase() === id.toLowerCase()) return intl
  // An alias is kept by its own name, whose usual case Intl does not tell.
  return /^[A-Z]/.test(id) ? id : id.replace(/(^|[/_])[a-z]/g, (start) => start.toUpperCase())
}

/**
 * ICU also answers to abbreviations of its own, in which `BST` is Bangladesh and `IST` India. Whoever writes these may
 * mean Britain or Israel, so of the abbreviations only those that IANA has are believed.
 */
const ianaAbbreviations = new Set(['EST', 'MST', 'HST', 'CET', 'EET', 'MET', 'WET', 'PRC', 'ROC', 'ROK'])

function intlId(id: string): string | undefined {
  if (/^systemv\//i.test(id) || (/^[a-z]{3}$/i.test(id) && !ianaAbbreviations.has(id.toUpperCase()))) return undefined
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: id }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

function canonical(zone: string): string {
  const known = canonicals.get(zone)
  if (known !== undefined) return known
  const found = intlId(zone) ?? zone
  const name = utcNames.has(found.toLowerCase().replace(/^etc\//, '')) ? 'UTC' : found
  if (canonicals.size >= 2_000) canonicals.clear()
  canonicals.set(zone, name)
  return name
}

interface NativeTemporal {
  readonly Instant: {
    fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(zone: string): { equals(other: unknown): boolean } }
  }
}

/** Runtimes with a Temporal of their own no longer answer aliases with one id through Intl, but Temporal compares them. */
function equalInTemporal(a: string, b: string): boolean {
  const temporal = (globalThis as { Temporal?: NativeTemporal }).Temporal
  if (!temporal) return false
  const epoch = temporal.Instant.fromEpochMilliseconds(0)
  return epoch.toZonedDateTimeISO(a).equals(epoch.toZonedDateTimeISO(b))
}
