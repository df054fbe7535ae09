/** A document without its long texts. */
export interface Abridged {
  readonly text: string
  /** What stands for a text, and the text. */
  readonly aside: ReadonlyMap<string, string>
}

/**
 * Takes the event texts out of a document, and puts a short name in the place of each.
 *
 * They are most of a report, and have nothing in them for a parser to do but to look at every character. Taken out is
 * only what certainly is one plain text between two tags, and means the same to any parser; everything else stays where
 * it is. In a document without comments, sections, instructions and loose ampersands, `<` begins a tag wherever it stands.
 */
export function abridged(text: string): Abridged {
  const aside = new Map<string, string>()
  if (isOdd(text)) return { text, aside }
  const short = text.replaceAll(eventText, (whole: string, tag: string, inner: string) => {
    const plain = unescaped(inner)
    if (plain === undefined) return whole
    const name = `${edge}${aside.size}${edge}`
    aside.set(name, plain)
    return tag + name
  })
  return { text: short, aside }
}

/**
 * Whether a `<` of it may be no tag, or a text no plain one: what is forgiven (an ampersand that begins nothing, half a
 * character) takes what follows with it. Version 1.1 knows other line ends.
 */
function isOdd(text: string): boolean {
  if (text.includes('<!') || text.indexOf('<?', 1) >= 0 || text.includes(edge)) return true
  if (/&(?!#?\w+;)/.test(text) || (/[\ud800-\udfff]/.test(text) && /\p{Surrogate}/u.test(text))) return true
  return text.startsWith('<?') && !/^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')/.test(text)
}

/** A character of no meaning, with which no document that is abridged has anything to do. */
const edge = '\uE000'

/** Attributes with `<` or `>` in their values are not looked for: what has them stays where it is. */
const eventText = /(<(?:[\w.-]+:)?calendar-data(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*>)([^<]+)(?=<\/)/g

/** The text that is meant; undefined where that is not plain to see. @see XML 1.0 sections 2.4, 2.11 and 4.1 */
function unescaped(inner: string): string | undefined {
  if (inner.includes(']]>')) return undefined
  const lines = inner.includes('\r') ? inner.replaceAll(/\r\n?/g, '\n') : inner
  if (!lines.includes('&')) return lines
  let isPlain = true
  const meant = lines.replaceAll('&#13;', '\r').replaceAll(/&(?:(\w+);)?/g, (_whole, name: string | undefined) => {
    const found = entities.get(name ?? '')
    isPlain &&= found !== undefined
    return found ?? ''
  })
  return isPlain ? meant : undefined
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
