import { SyncError } from '../errors.js'

/**
 * The text of a calendar file. Some programs fold lines between the bytes of one character; those folds are undone
 * first, which is only possible before decoding. A few characters that were cut in half become U+FFFD.
 *
 * What is UTF-8 is read as UTF-8, whatever is said of it: many servers announce an encoding that their files do not have.
 * @param charset - the encoding that was announced, for bytes that are not UTF-8
 * @throws SyncError `not_icalendar` (`CHARSET`) for bytes that are neither UTF-8 nor of the announced encoding.
 */
export function decodeCalendar(bytes: Uint8Array, charset?: string): string {
  const text = decode(bytes, 'utf-8')
  if (text !== undefined && !/^.?\0/.test(text)) return text // UTF-16 without a mark is valid UTF-8, full of NULs
  const announced = charset === undefined || /^utf-?8$/i.test(charset) ? undefined : decode(bytes, charset)
  if (announced !== undefined) return announced
  if (text !== undefined) return text
  const whole = joinCharacters(bytes)
  return decode(whole, 'utf-8') ?? decodeDamaged(whole) ?? refuse()
}

/** The encoding that a `Content-Type` announces. */
export function charsetOf(contentType: string | null): string | undefined {
  return /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1]
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

/** Undefined for bytes that are not of this encoding, and for an encoding that nobody knows. */
function decode(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
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
