import { diff3Merge } from 'node-diff3'

/**
 * Merges two versions of a text that came from `base`, line by line.
 *
 * Lines that only one side touched are taken from it; the same change on both sides is taken once. Changes of
 * neighbouring lines collide: what belongs to one sentence is not torn apart.
 *
 * @returns undefined where the two sides changed the same lines, or where the texts have too many lines to compare
 */
export function mergeText(base: string, ours: string, theirs: string): string | undefined {
  const parts = partsOf(base, ours, theirs)
  return parts?.every(isAgreed) ? parts.flatMap(({ lines }) => lines).join('\n') : undefined
}

/**
 * Like {@link mergeText}, and where the two sides changed the same lines it keeps what is new on both: ours, then theirs.
 * Always has an answer. A line that either side took away stays away; one that both have there is kept once.
 */
export function unionText(base: string, ours: string, theirs: string): string {
  const parts = partsOf(base, ours, theirs) ?? [{ base: linesOf(base), ours: linesOf(ours), theirs: linesOf(theirs) }]
  const lines = parts.flatMap((part) => (isAgreed(part) ? part.lines : bothOf(part)))
  return lines.join('\n')
}

interface Agreed {
  readonly lines: readonly string[]
}

interface Collision {
  readonly base: readonly string[]
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
}

/** Comparing takes time that grows with the number of pairs of equal lines: a thousand blank lines are a million. */
const maxLines = 2_000
const maxPairs = 50_000

/** What each side makes of the text, in order; undefined where comparing would take too long. */
function partsOf(base: string, ours: string, theirs: string): readonly (Agreed | Collision)[] | undefined {
  const texts = [base, ours, theirs].map(linesOf)
  const start = sharedLength(texts)
  const end = sharedLength(texts.map((lines) => lines.slice(start).reverse()))
  const [o = [], a = [], b = []] = texts.map((lines) => lines.slice(start, lines.length - end))
  if (Math.max(o.length, a.length, b.length) > maxLines || pairsOf(o, a) + pairsOf(o, b) > maxPairs) return undefined
  const middle = diff3Merge(a, o, b).map(({ ok, conflict }) =>
    conflict ? { base: conflict.o, ours: conflict.a, theirs: conflict.b } : { lines: ok ?? [] },
  )
  const [lines = []] = texts
  return [{ lines: lines.slice(0, start) }, ...middle, { lines: lines.slice(lines.length - end) }]
}

/** How many lines all texts begin with alike. */
function sharedLength(texts: readonly (readonly string[])[]): number {
  const [first = []] = texts
  const differs = first.findIndex((line, index) => texts.some((lines) => lines[index] !== line))
  return differs < 0 ? first.length : differs
}

function pairsOf(base: readonly string[], side: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const line of base) counts.set(line, (counts.get(line) ?? 0) + 1)
  return side.reduce((pairs, line) => pairs + (counts.get(line) ?? 0), 0)
}

/** An empty text has no line; a text with one empty line cannot be told from it, and means the same. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replaceAll(/\r\n?/g, '\n').split('\n')
}

function isAgreed(part: Agreed | Collision): part is Agreed {
  return 'lines' in part
}

function bothOf({ base, ours, theirs }: Collision): readonly string[] {
  const [before, here, there] = [new Set(base), new Set(ours), new Set(theirs)]
  const kept = ours.filter((line) => there.has(line) || !before.has(line))
  return [...kept, ...theirs.filter((line) => !here.has(line) && !before.has(line))]
}
