/** A plain-text table with aligned columns. Cells hold one line; what is too long is cut. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], widest = 38): string {
  const cells = [headings, ...rows].map((row) => row.map((text) => cut(printable(text), widest)))
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))))
  const [head, ...body] = cells.map((row) => row.map((text, column) => padded(text, widths[column] ?? 0)).join('  '))
  const rule = widths.map((columns) => '─'.repeat(columns)).join('  ')
  return [head ?? '', rule, ...body].map((line) => line.trimEnd()).join('\n')
}

/** Text of other people may hold anything; control characters could steer the terminal. */
export function printable(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\p{Bidi_Control}/gu, '')
    .trim()
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** How many columns of a terminal a text takes: two for signs of East Asia and for emoji. */
export function width(text: string): number {
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += wide.test(segment) ? 2 : 1
  return columns
}

const wide =
  /^[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303e\uff01-\uff60]|\ufe0f/u

function cut(text: string, widest: number): string {
  if (width(text) <= widest) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (width(kept + segment) > widest - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}
