/**
 * Text as every calendar can hold it: `\n` for line ends, no other control characters but the tab, no half characters.
 * What people see stays as it is.
 */
export function clean(text: string): string {
  if (!unclean.test(text)) return text
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\t\n]/gu, '')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
}

/** {@link clean}, on one line. */
export function oneLine(text: string): string {
  const cleaned = clean(text)
  return /[\n\t\u2028\u2029]/.test(cleaned) ? cleaned.replaceAll(/[\n\t\u2028\u2029]+/g, ' ') : cleaned
}

/** Cheap to ask: nearly every text is clean. Halves of whole characters are sorted out afterwards. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
const unclean = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/

/** More than any text of an event may have; see `EventContentSchema`. */
export const longestText = 262_144

/** What a text that is too long ends with. */
const more = '…'

/** A text cut to a limit. `tail` is what does not show; empty where everything does. */
export interface Cut {
  readonly shown: string
  readonly tail: string
}

/** Cuts a text to at most `limit` characters, the sign that there is more included, and no character in half. */
export function cut(text: string, limit: number): Cut {
  if (text.length <= limit) return { shown: text, tail: '' }
  const at = Math.max(0, limit - more.length)
  const end = isHighSurrogate(text.charCodeAt(at - 1)) ? at - 1 : at
  return { shown: `${text.slice(0, end)}${more}`.slice(0, Math.max(0, limit)), tail: text.slice(end) }
}

/**
 * Puts back what did not show: in place of the sign, wherever that stands after a person edited the text, or behind
 * everything where it was deleted. Nobody deletes what they could not see.
 */
export function uncut(edited: string, tail: string, separator: '\n' | ' '): string {
  const at = edited.lastIndexOf(more)
  if (at >= 0) return `${edited.slice(0, at)}${tail}${edited.slice(at + more.length)}`
  return edited === '' ? tail : `${edited}${separator}${tail}`
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
