/**
 * Text that Exchange made HTML of: lines in a block that is marked as plain, with breaks between them, and with addresses
 * made links. Undefined for anything else, which has to be read as HTML.
 */
export function plainLines(html: string): string | undefined {
  if (html.length > longest || !html.includes(block)) return undefined
  const inner = bodyOf(html)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(`${block}\n`, block)
    .replaceAll(/<br ?\/?>\n?/gi, lineBreak)
    .replaceAll(/\n[ \t]*/g, ' ')
  const parts = inner.split(block)
  // What stands before the block is nothing but its frame.
  if (stripped(parts[0] ?? '').trim() !== '') return undefined
  const lines = parts.slice(1).map((part) => lineOf(part))
  if (lines.includes(undefined)) return undefined
  return lines.join('\n')
}

/** Text as HTML that Exchange, and {@link plainLines}, show as it is. */
export function toPlainHtml(text: string): string {
  const lines = text.split('\n').map((line) => escaped(line).replaceAll('  ', '&nbsp; ').replace(/^ /, '&nbsp;'))
  return `${block}${lines.join('<br>\r\n')}</div>`
}

const block = '<div class="PlainText">'
const lineBreak = '\u0001'

/** Longer texts are no texts that people write. */
const longest = 600_000

function bodyOf(html: string): string {
  const opening = html.search(/<body[\s>]/i)
  const start = opening < 0 ? 0 : html.indexOf('>', opening) + 1
  const end = html.toLowerCase().lastIndexOf('</body>')
  return html.slice(start, end < start ? undefined : end)
}

/** One block of text; undefined where anything is in it that would be lost. */
function lineOf(part: string): string | undefined {
  const text = stripped(unlinked(part))
  return /<[a-z/!]/i.test(text) ? undefined : decoded(text.trimEnd())?.replaceAll(lineBreak, '\n')
}

/** A link whose address is its text is the work of Exchange; others stay, and show that this is no plain text. */
function unlinked(part: string): string {
  return part.replaceAll(/<a (?:[^<>]*)>([^<>]*)<\/a>/gi, (link, shown: string) => {
    const [, address = ''] = /href="([^"<>]*)"/i.exec(link) ?? []
    const plain = (text: string): string => text.replace(/^mailto:/i, '').replace(/\/$/, '')
    return plain(address) === plain(shown) ? shown : link
  })
}

/** Without the tags of the frame. */
function stripped(part: string): string {
  return part.replaceAll(/<\/?(?:font|span|div)(?: [^<>]*)?>/gi, '')
}

function decoded(text: string): string | undefined {
  let isKnown = true
  const plain = text.replaceAll(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]{1,10});/gi, (entity, name: string) => {
    const found = entities.get(name.toLowerCase()) ?? numbered(name)
    if (found === undefined) isKnown = false
    return found ?? entity
  })
  return isKnown ? plain : undefined
}

const entities: ReadonlyMap<string, string> = new Map([
  ['nbsp', ' '],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
])

function numbered(name: string): string | undefined {
  if (!name.startsWith('#')) return undefined
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

function escaped(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
