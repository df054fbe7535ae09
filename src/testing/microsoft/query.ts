import { idsOf } from './odata-filter.js'
import { badQuery, Refusal } from './refusals.js'
import { knownZone } from './times.js'

/** What a request may ask beside its path. */
export type QueryOption =
  | '$select'
  | '$expand'
  | '$filter'
  | '$orderby'
  | '$top'
  | '$skip'
  | '$count'
  | 'startDateTime'
  | 'endDateTime'
  | '$deltatoken'
  | '$skiptoken'

/** What of an event has to be asked for, and what is wanted of it. */
export interface Expansion {
  readonly extensions?: readonly string[]
  readonly singleValueExtendedProperties?: readonly string[]
  readonly exceptionOccurrences?: true
}

/** The query of a request, checked against what its method takes. */
export class Query {
  readonly #values: ReadonlyMap<string, string>

  constructor(allowed: readonly QueryOption[], search: URLSearchParams) {
    const values = new Map<string, string>()
    for (const [name, value] of search) {
      const known = allowed.find((one) => one.toLowerCase() === name.toLowerCase())
      if (!known) throw badQuery(`The query parameter '${name}' is not supported here.`)
      if (values.has(known)) throw badQuery(`Query parameter '${name}' is specified more than once.`)
      values.set(known, value)
    }
    this.#values = values
  }

  text(name: QueryOption): string | undefined {
    return this.#values.get(name)
  }

  /** A whole number that is not negative. */
  number(name: '$top' | '$skip', most: number): number | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    if (!/^\d{1,6}$/.test(value) || (name === '$top' && Number(value) === 0) || Number(value) > most)
      throw badQuery(`Invalid value '${value}' for ${name} query option found.`)
    return Number(value)
  }

  /** The properties that are wanted; undefined is all that come by themselves. */
  selection(known: ReadonlySet<string>): readonly string[] | undefined {
    const names = this.#values
      .get('$select')
      ?.split(',')
      .map((name) => name.trim())
    for (const name of names ?? []) if (!known.has(name)) throw unknownProperty('Select', name)
    return names
  }

  expansion(): Expansion {
    const text = this.#values.get('$expand')
    const parts = text === undefined ? [] : topLevel(text)
    return Object.fromEntries(parts.map((part) => expanded(part)))
  }
}

/** What the headers of a request prefer. */
export interface Preferences {
  readonly isImmutable: boolean
  readonly zone: string | undefined
  readonly bodyType: 'text' | 'html' | undefined
  readonly pageSize: number | undefined
}

/** Reads `Prefer`. Graph passes over what it does not know; the fake refuses it, since it is a mistake. */
export function preferencesOf(headers: Headers): Preferences {
  const text = headers.get('prefer') ?? ''
  const given = new Map<string, string>()
  for (const part of text.match(/(?:[^,"]|"[^"]*")+/g) ?? []) {
    const [, name = '', quoted, plain] = /^\s*([\w.-]+)\s*=\s*(?:"([^"]*)"|([\w.-]+))\s*$/.exec(part) ?? []
    if (!preferable.includes(name)) throw badPreference(part)
    if (given.has(name)) throw badPreference(part)
    given.set(name, quoted ?? plain ?? '')
  }
  const [id, zone] = [given.get('IdType'), given.get('outlook.timezone')]
  const [body, size] = [given.get('outlook.body-content-type'), given.get('odata.maxpagesize')]
  if (id !== undefined && id !== 'ImmutableId') throw badPreference(`IdType="${id}"`)
  if (body !== undefined && body !== 'text' && body !== 'html')
    throw badPreference(`outlook.body-content-type="${body}"`)
  if (size !== undefined && !/^[1-9]\d{0,3}$/.test(size)) throw badPreference(`odata.maxpagesize=${size}`)
  return {
    isImmutable: id !== undefined,
    zone: zone === undefined ? undefined : knownZone(zone),
    bodyType: body,
    pageSize: size === undefined ? undefined : Number(size),
  }
}

const preferable = ['IdType', 'outlook.timezone', 'outlook.body-content-type', 'odata.maxpagesize']

function badPreference(part: string): Refusal {
  return new Refusal('ErrorInvalidParameter', {
    message: `The Prefer header has a value that is not valid: ${part.trim()}`,
  })
}

function expanded(part: string): readonly [keyof Expansion, readonly string[] | true] {
  const [, name = '', inner] = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/.exec(part) ?? []
  if (name === 'exceptionOccurrences' && inner === undefined) return [name, true]
  if (name !== 'extensions' && name !== 'singleValueExtendedProperties') throw unknownProperty('Expand', part)
  const filter = /^\s*\$filter=(.*)$/i.exec(inner ?? '')?.[1]
  // Extended properties come only by their names; all extensions at once do come, but no program needs that.
  if (filter === undefined) throw badQuery(`$expand=${name} needs a $filter with ids.`)
  return [name, idsOf(filter)]
}

/** The parts between the commas that stand in no parentheses and no quotes. */
function topLevel(text: string): readonly string[] {
  const parts: string[] = ['']
  let depth = 0
  let isQuoted = false
  for (const letter of text) {
    if (letter === "'") isQuoted = !isQuoted
    if (!isQuoted && letter === '(') depth++
    if (!isQuoted && letter === ')') depth--
    if (letter === ',' && depth === 0 && !isQuoted) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

function unknownProperty(what: string, name: string): Refusal {
  return badQuery(
    `Parsing OData Select and Expand failed: Could not find a property named '${name.trim()}' on type 'microsoft.graph.event' (${what}).`,
  )
}
