import { decodeMark, encodeMark, type Mark } from '../../model/origin.js'
import { longestValue } from './kept.js'

const prefix = 'calweaveMark'
/** A mark that needs more than this is none that was ever written. */
const mostParts = 9

/** The private properties that hold a mark: one after the other, as one value may not be longer than 1,024 characters. */
export function writeMark(
  mark: Mark,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string | null>> {
  const text = encodeMark(mark)
  const room = longestValue - 2
  const count = Math.max(1, Math.ceil(text.length / room))
  const parts: Record<string, string | null> = {}
  for (let part = 0; part < count; part++) {
    const value = text.slice(part * room, (part + 1) * room)
    parts[`${prefix}${part}`] = part === 0 ? `${count}.${value}` : value
  }
  for (let part = count; part < mostParts; part++) {
    if (before?.[`${prefix}${part}`] !== undefined) parts[`${prefix}${part}`] = null
  }
  return parts
}

/** Undefined where there is no mark, or not all of it. */
export function readMark(properties: Readonly<Record<string, string>> | undefined): Mark | undefined {
  const first = /^([1-9])\.(.*)$/.exec(properties?.[`${prefix}0`] ?? '')
  if (!first) return undefined
  let text = first[2] ?? ''
  for (let part = 1; part < Number(first[1]); part++) {
    const more = properties?.[`${prefix}${part}`]
    if (more === undefined) return undefined
    text += more
  }
  return decodeMark(text)
}
