import ICAL from 'ical.js'

/**
 * One content line, taken apart and put together again. The only file that knows ical.js.
 *
 * ical.js does the grammar of lines, parameters and text escapes. Its value types are switched off: they repair dates
 * that do not exist, rewrite rules and drop what they do not know, and a line that nobody changed has to stay as it is.
 */

/** A content line in parts. */
export interface Property {
  /** Upper case. */
  readonly name: string
  /** Without VALUE; names in lower case. */
  readonly params: Readonly<Record<string, string | readonly string[]>>
  /** The VALUE parameter in lower case; absent where the line has none. */
  readonly type?: string
  /** As it stands in the line, still escaped. */
  readonly value: string
}

/** Takes an unfolded line apart; undefined when it is no content line. */
export function parseLine(text: string): Property | undefined {
  if (hasTooManyParams(text)) return undefined
  try {
    const [name, params, type, value] = ICAL.parse.property(text, grammar) as JcalProperty
    if (!propertyName.test(name)) return undefined
    return { name: name.toUpperCase(), params, value: value ?? '', ...(type !== untyped && { type }) }
  } catch {
    return undefined // ical.js throws plain errors that quote the line; whoever needs this line says what is missing
  }
}

/** A hundred thousand parameters in one line would be taken apart again for every question about it. */
function hasTooManyParams(text: string): boolean {
  let [count, isQuoted] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (char === ':') return false
    else if (char === ';' && ++count > maxParams) return true
  }
  return false
}

const maxParams = 200

/** Puts a line together, unfolded and free of control characters. */
export function formatLine(property: Property): string {
  const params: Record<string, unknown> = {} // they hold no line ends, and there is no escape that all servers read
  for (const [name, value] of Object.entries(property.params)) {
    params[name] = typeof value === 'string' ? oneLine(value) : value.map(oneLine)
  }
  return cleanLine(
    ICAL.stringify.property(
      [property.name.toLowerCase(), params, property.type ?? untyped, cleanLine(property.value)],
      grammar,
      true,
    ),
  )
}

/** A parameter as one line of text; undefined when it is absent or empty. */
export function paramOf(property: Property, name: string): string | undefined {
  const value = property.params[name]
  const text = oneLine(typeof value === 'string' ? value : (value?.join(',') ?? ''))
  return text === '' ? undefined : text
}

/** Makes a TEXT value of what people wrote. */
export function escapeText(text: string): string {
  return textCodec.toICAL(cleanText(text))
}

/** Reads a TEXT value. */
export function unescapeText(value: string): string {
  return cleanText(textCodec.fromICAL(value))
}

/** Reads a list of TEXT values; a comma behind a backslash does not separate. */
export function unescapeTexts(value: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === ',') {
      parts.push(value.slice(start, at))
      start = at + 1
    }
  }
  parts.push(value.slice(start))
  return parts.map(unescapeText)
}

/** Text of several lines in one form: `\n` ends a line, no other control characters but tabs, well-formed. */
export function cleanText(text: string): string {
  if (!unlikePlain.test(text)) return text
  return text.replace(/\r\n?/g, '\n').replace(controls, '').replace(loneSurrogates, '\ufffd')
}

/** Text that has to stay on one line: line ends and control characters become spaces. */
export function oneLine(text: string): string {
  return cleanText(text)
    .replace(/[\n\t]+/g, ' ')
    .trim()
}

/** A line without control characters (a tab is allowed), well-formed. Nothing else of it changes. */
export function cleanLine(line: string): string {
  if (!unlikePlain.test(line)) return line
  return line.replace(lineControls, '').replace(loneSurrogates, '\ufffd')
}

/** Folds a line to at most 75 octets each, never inside a character. */
export function foldLine(line: string): string {
  // At most three octets for one code unit, and mostly one.
  if (line.length <= 25 || (line.length <= 75 && !beyondAscii.test(line))) return line
  let folded = ''
  let from = 0
  let octets = 0
  let at = 0
  while (at < line.length) {
    const code = line.codePointAt(at) ?? 0
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (octets + size > 75) {
      folded += `${line.slice(from, at)}\r\n `
      from = at
      octets = 1 // the space
    }
    octets += size
    at += size === 4 ? 2 : 1
  }
  return folded + line.slice(from)
}

type JcalProperty = readonly [
  name: string,
  params: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  value?: string,
]

const untyped = 'unknown'
const propertyName = /^[\w.-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
const lineControls = /[\u0000-\u0008\u000a-\u001f\u007f]/g
const loneSurrogates = /\p{Surrogate}/gu
/** Most texts have nothing of what is cleaned, and are looked at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
const unlikePlain = /[\u0000-\u0008\u000a-\u001f\u007f\ud800-\udfff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them
const beyondAscii = /[^\u0000-\u007f]/

const addresses = { valueType: 'cal-address', multiValue: ',', multiValueSeparateDQuote: true }
const words = { multiValue: ',' }

/** A design set without value types. No prototypes: a property may be called CONSTRUCTOR. */
const grammar = {
  name: 'lines',
  value: Object.create(null) as object,
  param: Object.assign(Object.create(null) as object, {
    member: addresses,
    'delegated-from': addresses,
    'delegated-to': addresses,
    feature: words,
    display: words,
  }),
  property: Object.create(null) as object,
  propertyGroups: false,
}

const textCodec = ICAL.design.icalendar.value['text' as never] as unknown as {
  toICAL(text: string): string
  fromICAL(value: string): string
}
