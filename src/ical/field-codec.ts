import { type Component, type Item, isComponent, type Line } from './component.js'
import { escapeText, formatLine, type Property, parseLine, unescapeText } from './content-line.js'
import type { NameZone } from './times.js'
import type { ZoneReader } from './zones.js'

/** One field, both ways. */
export interface FieldCodec<Value> {
  /** Whether this line or component carries the field. What no codec owns is never touched. */
  owns(item: Item): boolean
  read(component: Component, zones: ZoneReader): Value
  /**
   * The items that carry `value`. `existing` is what carries the field now; what still says the same is handed back
   * as it is, with the parameters that we know nothing of.
   */
  write(value: Value, existing: readonly Item[], context: WriteContext): readonly Item[]
}

export interface WriteContext {
  readonly nameZone: NameZone
  /** To read what stands there now. */
  readonly zones: ZoneReader
  /** What an alarm shows that has no text of its own. */
  readonly title: string
}

/** How to make a codec for a field that is one value in one line. */
export interface SingleField<Value> {
  /** The first name is the one that is written. */
  readonly names: readonly [string, ...string[]]
  /** What the property says; undefined when it says nothing that we hold. */
  read(property: Property): Value | undefined
  /** What is held where no property says anything. */
  readonly neutral: Value
  /** The new line, undefined for none. `base` holds parameters to keep. */
  write(value: Value, base: Property): Property | undefined
}

export function singleField<Value>(field: SingleField<Value>): FieldCodec<Value> {
  const [name] = field.names
  return {
    owns: (item) => !isComponent(item) && field.names.includes(item.name),
    read(component) {
      for (const item of component.items) {
        if (item.name !== name || isComponent(item)) continue
        const property = parseLine(item.text)
        const value = property && field.read(property)
        if (value !== undefined) return value
      }
      return field.neutral
    },
    write(value, existing) {
      const base = existing.find((item): item is Line => item.name === name)
      const property = field.write(value, (base && parseLine(base.text)) ?? { name, params: {}, value: '' })
      return property ? [toLine(property)] : []
    },
  }
}

/**
 * A text of one or more lines. Its ALTREP, and the properties under `stale` that say the same in another form, speak
 * of the old text and go when it changes.
 */
export function textField(name: string, ...stale: readonly string[]): FieldCodec<string> {
  return singleField<string>({
    names: [name, ...stale],
    read: (property) => unescapeText(property.value),
    neutral: '',
    write: (text, { params: { altrep: _altrep, encoding: _encoding, charset: _charset, ...params } }) =>
      text === '' ? undefined : { name, params, value: escapeText(text) },
  })
}

/** How to make a codec for a field that is a list with one line each. */
export interface ListField<Value> {
  readonly names: readonly [string, ...string[]]
  /** Undefined for lines that are not of this list; they stay as they are. */
  read(property: Property): Value | undefined
  /** What makes two entries one and the same. */
  key(value: Value): string
  /** A line for `value`; `base` is the line of the entry with the same key, or an empty one. */
  write(value: Value, base: Property): Property
}

export function listField<Value>(field: ListField<Value>): FieldCodec<readonly Value[]> {
  const [name] = field.names
  const valueIn = (item: Item): Value | undefined => {
    if (isComponent(item) || !field.names.includes(item.name)) return undefined
    const property = parseLine(item.text)
    return property && field.read(property)
  }
  return {
    owns: (item) => valueIn(item) !== undefined,
    read(component) {
      const found = new Map<string, Value>()
      for (const item of component.items) {
        const value = valueIn(item)
        if (value !== undefined && !found.has(field.key(value))) found.set(field.key(value), value)
      }
      return [...found.values()]
    },
    write(values, existing) {
      const there = new Map<string, { readonly value: Value; readonly lines: Line[] }>()
      for (const item of existing) {
        const value = valueIn(item)
        if (value === undefined || isComponent(item)) continue
        const entry = there.get(field.key(value))
        if (entry) entry.lines.push(item)
        else there.set(field.key(value), { value, lines: [item] })
      }
      return values.flatMap((value) => {
        const entry = there.get(field.key(value))
        if (entry && JSON.stringify(entry.value) === JSON.stringify(value)) return entry.lines
        const base = entry?.lines[0] && parseLine(entry.lines[0].text)
        return [toLine(field.write(value, base ?? { name, params: {}, value: '' }))]
      })
    },
  }
}

/** `params` with some set anew; undefined takes one away. */
export function withParams(
  params: Property['params'],
  changes: Readonly<Record<string, string | undefined>>,
): Property['params'] {
  const next: Record<string, string | readonly string[]> = { ...params }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete next[name]
    else next[name] = value
  }
  return next
}

export function toLine(property: Property): Line {
  return { name: property.name, text: formatLine(property) }
}

/** A plain line; the value is used as it is. */
export function line(name: string, value: string): Line {
  return toLine({ name, params: {}, value })
}
