/**
 * The extended properties of an event that are ours. They are seen by whoever asks for them by name only, and answered
 * only where they are expanded.
 * @see https://learn.microsoft.com/graph/api/resources/extended-properties-overview
 */

/** A property as an event has it. */
export interface ExtendedProperty {
  readonly id: string
  readonly value?: string | null
}

/** What has properties. */
export interface WithProperties {
  readonly singleValueExtendedProperties?: readonly ExtendedProperty[]
}

/** A namespace of our own, in which nobody else names anything. */
const namespace = '{5d4ba0a7-63b3-4f0e-9f4c-0a3b8f2e6c91}'

/**
 * - `Mark`: the stamp of a copy
 * - `Key`: what a copy was created under, by which a create that was not answered is found again
 * - `Attempt`: names the request that made it
 * - `Pending`: what of a series is still to be written
 * - `Kept`: what of a copy Microsoft cannot say
 */
export type PropertyName = 'Mark' | 'Key' | 'Attempt' | 'Pending' | 'Kept'

const names: readonly PropertyName[] = ['Mark', 'Key', 'Attempt', 'Pending', 'Kept']

export function propertyId(name: PropertyName): string {
  return `String ${namespace} Name calweave${name}`
}

/**
 * Stands for nothing: how a property is taken away again is not documented, and an empty value not promised. It cannot be
 * mistaken for a value, as all of ours are longer.
 */
const nothing = '-'

/** The value of one of our properties; undefined where there is none. */
export function propertyOf(event: WithProperties, name: PropertyName): string | undefined {
  const wanted = propertyId(name).toLowerCase() // the namespace may come back in capitals
  const value = event.singleValueExtendedProperties?.find(({ id }) => id.toLowerCase() === wanted)?.value
  return value === undefined || value === null || value === '' || value === nothing ? undefined : value
}

/** Properties as they are written; undefined empties one. What is not named stays as it is. */
export function writeProperties(
  values: Readonly<Partial<Record<PropertyName, string | undefined>>>,
): readonly ExtendedProperty[] {
  return names.flatMap((name) => (name in values ? [{ id: propertyId(name), value: values[name] ?? nothing }] : []))
}

/** What has an answer tell all of them. */
export const expandedProperties: string = `singleValueExtendedProperties($filter=${names
  .map((name) => `id eq '${propertyId(name)}'`)
  .join(' or ')})`

/** Finds events by one of them. */
export function filterBy(name: PropertyName, value: string): string {
  const quoted = value.replaceAll("'", "''")
  return `singleValueExtendedProperties/Any(ep: ep/id eq '${propertyId(name)}' and ep/value eq '${quoted}')`
}

/** An answer to a write does not tell the properties: those that were there, and those that were written, are. */
export function withProperties<E extends WithProperties>(
  event: E,
  before: readonly ExtendedProperty[],
  written: readonly ExtendedProperty[],
): E {
  const all = new Map([...before, ...written].map((one) => [one.id.toLowerCase(), one]))
  return { ...event, singleValueExtendedProperties: [...all.values()] }
}

/** The properties that a body writes. */
export function propertiesIn(body: Readonly<Record<string, unknown>>): readonly ExtendedProperty[] {
  return (body['singleValueExtendedProperties'] ?? []) as readonly ExtendedProperty[]
}
