import { type Entry, entriesOf } from './resources.js'

/** What an edit may do to a text, and nothing else. */
export interface Allowed {
  /** Lines directly in a VEVENT that may change, go or come. */
  readonly lines: readonly string[]
  /** Whether a whole VEVENT may come: an occurrence that had none of its own. */
  readonly newEvent?: boolean
}

const stamps = ['DTSTAMP', 'LAST-MODIFIED', 'SEQUENCE']

/** What every text may lose whatever is edited; each says so in the outcome. */
const losses: readonly (readonly [string, (text: string) => string])[] = [
  ['a byte order mark', (text) => text.replace(/^\ufeff/, '')],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that they go is what is stated here
  ['control characters', (text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n|$)/g, '')],
  ['what stands behind the calendar', (text) => /^[\s\S]*^END:VCALENDAR/im.exec(text)?.[0] ?? text],
  ['METHOD', (text) => withoutMethod(text)],
]

/**
 * Compares a text with what an edit made of it, line by line as they stand there, folding included.
 * @returns what was lost of the kind that always may be (joined, `exact` for nothing), or the first line that is wrong
 */
export function difference(before: string, after: string, allowed: Allowed): { ok: boolean; outcome: string } {
  let expected = before
  const lost: string[] = []
  for (const [name, apply] of losses) {
    const next = apply(expected)
    if (normal(next) !== normal(expected)) lost.push(name)
    expected = next
  }
  const wrong = firstWrong(entriesOf(expected), entriesOf(after), allowed)
  if (wrong !== undefined) return { ok: false, outcome: wrong }
  return { ok: true, outcome: lost.length === 0 ? 'exact' : `exact without ${lost.join(', ')}` }
}

function firstWrong(before: readonly Entry[], after: readonly Entry[], allowed: Allowed): string | undefined {
  const names = new Set([...stamps, ...allowed.lines])
  const mayDiffer = ({ name, path }: Entry) => path.length === 2 && path[1] === 'VEVENT' && names.has(name)
  let [i, j] = [0, 0]
  let isNewEvent = false
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]]
    if (isNewEvent && now) {
      j++
      if (now.name === 'END' && now.path.length === 2) isNewEvent = false
    } else if (old && now && old.text === now.text && !(startsNewEvent(before, i, after, j) && allowed.newEvent)) {
      i++
      j++
    } else if (now && mayDiffer(now)) j++
    else if (old && mayDiffer(old)) i++
    else if (allowed.newEvent && now?.name === 'BEGIN' && now.path[1] === 'VEVENT' && now.path.length === 2)
      isNewEvent = true
    else return `${old?.text ?? '(end)'} -> ${now?.text ?? '(end)'}`
  }
  return undefined
}

/** Whether what begins here is in `after` only: the texts are told apart by how many events are still to come. */
function startsNewEvent(before: readonly Entry[], i: number, after: readonly Entry[], j: number): boolean {
  const begins = ({ name, path }: Entry) => name === 'BEGIN' && path.length === 2 && path[1] === 'VEVENT'
  const now = after[j]
  if (!now || !begins(now)) return false
  return before.slice(i).filter(begins).length < 1 && after.slice(j).filter(begins).length > 0
}

function withoutMethod(text: string): string {
  const method = entriesOf(text).find(({ name, path }) => name === 'METHOD' && path.length === 1)
  if (!method) return text
  return entriesOf(text)
    .filter((entry) => !(entry.name === 'METHOD' && entry.path.length === 1))
    .map((entry) => entry.text)
    .join('\r\n')
}

function normal(text: string): string {
  return text.replaceAll('\r\n', '\n').trim()
}
