import { SyncError } from '../errors.js'

/**
 * The text of a calendar file. Some programs fold lines between the bytes of one character; those folds are undone
 * first, which is only possible before decoding. A few characters that were cut in half become U+FFFD.
 * @throws SyncError `not_icalendar` (`CHARSET`) for bytes that are not UTF-8.
 */
export function decodeCalendar(bytes: Uint8Array): string {
  const text = decode(bytes)
  if (text !== undefined) return text
  const whole = joinCharacters(bytes)
  return decode(whole) ?? decodeDamaged(whole) ?? refuse()
}

/** Programs cut long texts in the middle of a character. In another encoding, nearly everything beyond ASCII is broken. */
function decodeDamaged(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes)
  let [foreign, broken] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x7f) foreign++
    if (code === 0xfffd) broken++
  }
  return broken * 2 < foreign ? text : undefined
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function refuse(): never {
  throw new SyncError('not_icalendar', 'The calendar is not encoded as UTF-8. Save it as UTF-8.', { reason: 'CHARSET' })
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** Removes folds behind which a character goes on. */
function joinCharacters(bytes: Uint8Array): Uint8Array {
  const joined = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const fold = foldLength(bytes, at)
    if (fold > 0 && isContinuation(bytes[at + fold])) at += fold
    joined[length++] = bytes[at] ?? 0
  }
  return joined.subarray(0, length)
}

function foldLength(bytes: Uint8Array, at: number): number {
  const [first, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]]
  const blank = (byte: number | undefined) => byte === 0x20 || byte === 0x09
  if (first === 0x0d && second === 0x0a && blank(third)) return 3
  return first === 0x0a && blank(second) ? 2 : 0
}
