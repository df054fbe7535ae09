import {
  isDate,
  isLocal,
  isZoneName,
  localAt,
  localSeconds,
  localText,
  resolveZone,
  toInstant,
  wallMs,
} from '../../model/time.js'
import { invalid, Refusal } from './refusals.js'
import type { MicrosoftTime } from './resources.js'

/** A time as it is kept: on the clocks of its own zone, without fractions. */
export interface KeptTime {
  readonly local: string
  /** Under the name that it was written with. */
  readonly zone: string
}

/** A time range in milliseconds. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Reads a time of a request. Parts of a second are taken and cut off; an offset in the text is refused. */
export function keptTime(given: MicrosoftTime | null | undefined, end: 'start' | 'end'): KeptTime {
  const { dateTime, timeZone } = given ?? {}
  if (dateTime === undefined || !timeZone) throw invalid(`Set both dateTime and timeZone of '${end}'.`)
  const [, local = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.\d{1,7})?$/.exec(dateTime) ?? []
  const whole = local.length === 16 ? `${local}:00` : local
  if (!isLocal(whole)) throw invalid(`The dateTime of '${end}' is not one: '${dateTime}'.`)
  return { local: whole, zone: knownZone(timeZone) }
}

/** A zone name that Exchange takes: a Windows name, an IANA name or UTC. */
export function knownZone(name: string): string {
  // A customised zone has rules that nobody but its maker knows.
  if (!isZoneName(name)) {
    const message = `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${name}'.`
    throw new Refusal('TimeZoneNotSupportedException', { message })
  }
  return name
}

/** A kept time on the clocks of a zone, as an answer shows it: seven digits, no offset. */
export function shownTime(time: KeptTime, zone: string): MicrosoftTime {
  return { dateTime: digits(localAt(instantOf(time), iana(zone))), timeZone: zone }
}

/** Midnight of a day is not converted: it is midnight in whatever zone is asked for. */
export function shownDay(time: KeptTime, zone: string): MicrosoftTime {
  return { dateTime: digits(`${time.local.slice(0, 10)}T00:00:00`), timeZone: zone }
}

/** Milliseconds since 1970. */
export function instantOf({ local, zone }: KeptTime): number {
  return toInstant({ kind: 'timed', local, zone: iana(zone) })
}

/** The wall time of an instant, in a zone of any name. */
export function wallTime(instant: number, zone: string): string {
  return localAt(instant, iana(zone))
}

/** A wall time moved by seconds on a clock without zone. */
export function moved(local: string, seconds: number): string {
  return localText(wallMs(local) + seconds * 1_000)
}

/** Seconds from one wall time to another. */
export function between(from: string, to: string): number {
  return localSeconds(from, to)
}

/** Microseconds as `2026-07-18T07:43:58.1037402Z`: seven digits, without trailing zeros, as Graph writes stamps. */
export function stampText(stamp: number): string {
  const micro = String(Math.round(stamp % 1_000_000)).padStart(6, '0')
  const fraction = micro.replace(/0+$/, '')
  const whole = new Date(Math.floor(stamp / 1_000)).toISOString().slice(0, 19)
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`
}

/** A bound of a window: without an offset it is UTC, whatever zone the request prefers. */
export function boundOf(text: string | undefined, name: string): number {
  const [, local = '', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d{1,7})?)?)(Z|[+-]\d\d:\d\d)?$/i.exec(text ?? '') ?? []
  const date = local.slice(0, 10)
  const full = local.length === 10 ? `${local}T00:00:00` : local.length === 16 ? `${local}:00` : local
  const instant = Date.parse(`${full.replace(/\.(\d{1,3})\d*$/, '.$1')}${offset.toUpperCase()}`)
  if (!isDate(date) || !Number.isFinite(instant))
    throw new Refusal('ErrorInvalidParameter', { message: `The value of ${name} is no date and time.` })
  return instant
}

function iana(zone: string): string {
  return resolveZone(zone) ?? 'UTC'
}

function digits(local: string): string {
  return `${local}.0000000`
}
