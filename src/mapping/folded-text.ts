/**
 * A text as it is compared where case, composition and blanks around it do not count. Upper case, not lower: only there
 * are `ß` and `SS` one, and the two small sigmas.
 */
export function folded(text: string): string {
  return foldedInside(text).trim()
}

/** {@link folded} for a part of a text, whose blanks count. */
export function foldedInside(text: string): string {
  return text.normalize('NFC').toUpperCase().normalize('NFC')
}

/**
 * Whether words stand in a text with no letter or digit right before or after them. Scripts that are written without
 * spaces have no such ends: there every place will do. Both texts are {@link folded}.
 */
export function hasWords(text: string, words: string): boolean {
  if (words === '') return false
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (isEdge(text, at) && isEdge(text, at + words.length)) return true
  }
  return false
}

/** Whether one word ends and another begins at this place of a text. */
function isEdge(text: string, at: number): boolean {
  const [left, right] = [kindBefore(text, at), kindAt(text, at)]
  return left === 'other' || right === 'other' || left === 'spaceless' || right === 'spaceless'
}

type Kind = 'word' | 'spaceless' | 'other'

function kindAt(text: string, at: number): Kind {
  const code = text.codePointAt(at)
  return code === undefined ? 'other' : kindOf(code)
}

function kindBefore(text: string, at: number): Kind {
  if (at === 0) return 'other'
  const pair = at > 1 ? text.codePointAt(at - 2) : undefined
  return kindOf(pair !== undefined && pair > 0xffff ? pair : text.charCodeAt(at - 1))
}

const wordCharacter = /^[\p{L}\p{M}\p{N}_]$/u
const spacelessCharacter =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]$/u

function kindOf(code: number): Kind {
  return code < 0x80 ? (asciiKinds[code] ?? 'other') : slowKindOf(code)
}

function slowKindOf(code: number): Kind {
  const character = String.fromCodePoint(code)
  if (spacelessCharacter.test(character)) return 'spaceless'
  return wordCharacter.test(character) ? 'word' : 'other'
}

const asciiKinds: readonly Kind[] = Array.from({ length: 0x80 }, (_, code) => slowKindOf(code))
