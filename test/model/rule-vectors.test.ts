import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { completeContent, type EventTime } from '../../src/model/content.js'
import { expand, type Occurrence, parseRule } from '../../src/model/recurrence.js'
import { addDays, instantText, wallMs } from '../../src/model/time.js'

/**
 * Recurrence vectors from RFC 5545 and from the tests of other implementations. Implementations disagree; each file has the
 * exact count of every kind of answer, so that a new library version cannot change one silently.
 */

interface Vector {
  readonly id: string
  readonly rrule: string
  readonly dtstart: string
  readonly tzid: string | null
  readonly expected: readonly string[]
  readonly expectedUtc?: readonly string[]
  readonly exdate?: readonly string[]
  readonly complete: boolean
  readonly expectError?: string
}

/**
 * - `agree`: the same dates
 * - `start_first`: the same, but for a start that the rule does not give. We list it and COUNT counts it, as calendars do;
 *   the other implementations leave it out
 * - `differ`: other dates; every id is explained below
 * - `refused:<reason>`: our parser does not take the rule
 */
type Answer = 'agree' | 'start_first' | 'differ' | `refused:${string}`

interface Expectation {
  readonly counts: Readonly<Record<string, number>>
  readonly differ: readonly string[]
}

const expectations: Readonly<Record<string, Expectation>> = {
  'dst-edge': { counts: { agree: 22 }, differ: [] },
  'rfc5545-examples': { counts: { agree: 42 }, differ: [] },
  dateutil: {
    // Refused: numbered weekdays in rules that are neither monthly nor yearly, which RFC 5545 forbids.
    counts: { agree: 27, start_first: 109, differ: 1, 'refused:RRULE_BYDAY': 7 },
    // BYWEEKNO in a monthly rule, which RFC 5545 does not define: dateutil takes the whole week, we the start's weekday.
    differ: ['dateutil-050'],
  },
  libical: {
    counts: { agree: 129, start_first: 11, differ: 6 },
    differ: [
      // BYMONTHDAY without BYMONTH in a yearly rule: libical takes the start's month, RFC 5545's table every month.
      ...['libical-077', 'libical-078'],
      // libical does not implement BYMONTH with BYWEEKNO; RFC 5545 allows it, and both parts have to hold.
      'libical-080',
      // A start at the turn of the year, in a week of another year: libical counts INTERVAL from the week's year, we
      // from the calendar's.
      ...['libical-143', 'libical-144', 'libical-146'],
    ],
  },
  'libical-rscale': { counts: { 'refused:RRULE_RSCALE': 14 }, differ: [] },
  icaljs: {
    counts: { agree: 51, start_first: 63, differ: 1 },
    // BYMONTHDAY without BYMONTH in a yearly rule, as libical-077.
    differ: ['icaljs-059'],
  },
}

const corpus = process.env['CALWEAVE_CORPUS'] ?? resolve(import.meta.dirname, '../../../shared/corpus')
const folder = join(corpus, 'rrule-vectors')

if (!existsSync(folder)) {
  test.skip(`recurrence vectors are not here: set CALWEAVE_CORPUS to the folder that holds rrule-vectors`, () => {})
}

for (const [file, { counts, differ }] of Object.entries(expectations)) {
  test.skipIf(!existsSync(folder))(`answers ${file} as documented`, () => {
    const vectors = JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as readonly Vector[]
    const answers = vectors.map((vector) => ({ id: vector.id, answer: answerTo(vector) }))
    const counted: Record<string, number> = {}
    for (const { answer } of answers) counted[answer] = (counted[answer] ?? 0) + 1
    expect(answers.filter(({ answer }) => answer === 'differ').map(({ id }) => id)).toEqual(differ)
    expect(counted).toEqual(counts)
  })
}

test.skipIf(!existsSync(folder))('every instant across a change of clocks is the expected one', () => {
  const vectors = JSON.parse(readFileSync(join(folder, 'dst-edge.json'), 'utf8')) as readonly Vector[]
  for (const vector of vectors) {
    expect(
      occurrences(vector).map(({ start }) => instantText(start)),
      vector.id,
    ).toEqual(vector.expectedUtc)
  }
})

function answerTo(vector: Vector): Answer {
  try {
    parseRule(vector.rrule)
  } catch (error) {
    if (isSyncError(error)) return `refused:${error.reason}`
    throw error
  }
  if (vector.expectError) return 'differ'
  const got = occurrences(vector).map(({ content }) => wallText(content.time.start))
  const expected = vector.expected.map(asWall)
  if (same(got, expected)) return 'agree'
  const withStart = [asWall(vector.dtstart), ...expected]
  const kept = vector.complete && !vector.rrule.includes('COUNT') ? withStart : withStart.slice(0, -1)
  return same(got, kept) ? 'start_first' : 'differ'
}

/** As many as the vector lists, and for a complete list all that there are in 250 years. */
function occurrences(vector: Vector): readonly Occurrence[] {
  const local = asWall(vector.dtstart)
  const start: EventTime =
    local.length === 10 ? { kind: 'date', date: local } : { kind: 'timed', local, zone: vector.tzid ?? 'UTC' }
  const content = completeContent({
    time: { start, end: start.kind === 'date' ? { kind: 'date', date: addDays(start.date, 1) } : start },
    recurrence: { rule: vector.rrule, rdates: [] },
    overrides: Object.fromEntries((vector.exdate ?? []).map((slot) => [slot, { kind: 'cancelled' as const }])),
  })
  const from = wallMs(local) - 2 * 86_400_000
  const endless = vector.complete && vector.expected.length > 0
  const to = endless ? Date.UTC(2200, 0, 1) : from + 5 * 366 * 86_400_000
  const last = vector.expected.at(-1)
  return expand(
    content,
    { from, to: vector.complete || last === undefined ? to : wallMs(asWall(last)) + 2 * 86_400_000 },
    { limit: vector.expected.length + (vector.complete ? 5 : 0) },
  )
}

function asWall(text: string): string {
  return text.replace('Z', '')
}

function wallText(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.join() === b.join()
}
