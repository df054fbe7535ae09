import fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeContent, type EventTime } from '../../src/model/content.js'
import { expand, normalizeUntil, sameRule } from '../../src/model/recurrence.js'
import { localText, parseCompact, wallMs } from '../../src/model/time.js'

/** A Wednesday, the first of its month that is one. */
const berlin: EventTime = { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'Europe/Berlin' }
const day: EventTime = { kind: 'date', date: '2026-03-04' }
const floating: EventTime = { kind: 'floating', local: '2026-03-04T09:00:00' }

const same: readonly (readonly [a: string, b: string, start?: EventTime])[] = [
  ['FREQ=WEEKLY', 'FREQ=WEEKLY;INTERVAL=1;BYDAY=WE;WKST=SU'],
  ['FREQ=WEEKLY;INTERVAL=2', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;WKST=SU'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,MO', 'FREQ=WEEKLY;BYDAY=MO,FR;INTERVAL=2;WKST=MO'],
  ['FREQ=MONTHLY', 'FREQ=MONTHLY;BYMONTHDAY=4'],
  ['FREQ=YEARLY', 'FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=4'],
  ['FREQ=YEARLY', 'FREQ=YEARLY;BYMONTH=3'],
  ['FREQ=YEARLY', 'FREQ=MONTHLY;INTERVAL=12'],
  ['FREQ=YEARLY;BYMONTH=3;BYDAY=1WE', 'FREQ=YEARLY;BYMONTH=3;BYDAY=WE;BYSETPOS=1'],
  ['FREQ=DAILY', 'FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0'],
  ['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU'],
  ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
  ['FREQ=MONTHLY;BYDAY=-1FR', 'FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1'],
  ['FREQ=DAILY;COUNT=3', 'freq=daily;count=3;x-by=us;'],
  ['FREQ=DAILY;UNTIL=20260310T080000Z', 'FREQ=DAILY;UNTIL=20260310'],
  ['FREQ=DAILY;UNTIL=20260310T080000Z', 'FREQ=DAILY;UNTIL=20260310T225959Z'],
  ['FREQ=DAILY;UNTIL=20260310T075959Z', 'FREQ=DAILY;UNTIL=20260309'],
  ['FREQ=DAILY;UNTIL=20260310T090000', 'FREQ=DAILY;UNTIL=20260310T080000Z'],
  ['FREQ=DAILY;UNTIL=20260310', 'FREQ=DAILY;UNTIL=20260310T000000Z', day],
  ['FREQ=DAILY;UNTIL=20260310', 'FREQ=DAILY;UNTIL=20260310T235959', floating],
  ['FREQ=DAILY', 'FREQ=DAILY;BYHOUR=9', day],
]

for (const [a, b, start = berlin] of same) {
  test(`${a} is ${b}, ${start.kind}`, () => {
    expect(sameRule(a, b, start)).toBe(true)
    expect(sameRule(b, a, start)).toBe(true)
  })
}

const different: readonly (readonly [a: string | null, b: string | null, start?: EventTime])[] = [
  ['FREQ=DAILY', null],
  ['FREQ=DAILY', 'FREQ=DAILY;INTERVAL=2'],
  ['FREQ=DAILY', 'FREQ=DAILY;COUNT=3'],
  ['FREQ=DAILY;COUNT=3', 'FREQ=DAILY;COUNT=4'],
  ['FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=TH'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=MO', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=MO', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU'],
  ['FREQ=YEARLY;BYMONTHDAY=4', 'FREQ=YEARLY'],
  ['FREQ=DAILY', 'FREQ=DAILY;BYHOUR=10'],
  ['FREQ=DAILY;UNTIL=20260310T075959Z', 'FREQ=DAILY;UNTIL=20260310'],
  ['FREQ=DAILY;INTERVAL=2', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR,SA,SU'],
  ['not a rule', 'FREQ=DAILY'],
  ['not a rule', 'nor this'],
]

for (const [a, b, start = berlin] of different) {
  test(`${a} is not ${b}, ${start.kind}`, () => {
    expect(sameRule(a, b, start)).toBe(false)
    expect(sameRule(b, a, start)).toBe(false)
  })
}

test('a text that is no rule equals itself, and no rule equals no rule', () => {
  expect(sameRule('RSCALE=HEBREW;FREQ=YEARLY', 'RSCALE=HEBREW;FREQ=YEARLY', berlin)).toBe(true)
  expect(sameRule(null, null, berlin)).toBe(true)
})

test('UNTIL gets the type that the start demands', () => {
  const normal = (until: string, start: EventTime) =>
    normalizeUntil(`FREQ=DAILY;UNTIL=${until};X-A=1`, start).slice(17, -6)
  expect(normal('20260310', berlin)).toBe('20260310T225959Z')
  expect(normal('20260310T090000', berlin)).toBe('20260310T080000Z')
  expect(normal('20260310T080000Z', berlin)).toBe('20260310T080000Z')
  expect(normal('20260310T080000Z', day)).toBe('20260310')
  expect(normal('20260310', day)).toBe('20260310')
  expect(normal('20260310T080000Z', floating)).toBe('20260310T080000')
  expect(normal('20260310', floating)).toBe('20260310T235959')
  // what is right is not rewritten, down to the letters
  expect(normalizeUntil('until=20260310T080000Z;freq=daily;', berlin)).toBe('until=20260310T080000Z;freq=daily;')
  expect(normalizeUntil('freq=daily', berlin)).toBe('freq=daily')
})

const starts = fc.constantFrom(berlin, day, floating)
const until = fc
  .tuple(fc.integer({ min: 0, max: 40 * 96 }), fc.constantFrom('date', 'local', 'utc'))
  .map(([quarters, form]) => {
    const compact = localText(wallMs('2026-03-01') + quarters * 900_000).replaceAll(/[-:]/g, '')
    return form === 'date' ? compact.slice(0, 8) : form === 'utc' ? `${compact}Z` : compact
  })
const spellings = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'].flatMap((freq) =>
  ['', ';INTERVAL=2', ';INTERVAL=12'].flatMap((interval) =>
    [
      '',
      ';BYDAY=WE',
      ';BYDAY=MO,SU',
      ';BYDAY=MO,SU;WKST=SU',
      ';BYMONTHDAY=4',
      ';BYDAY=WE;BYSETPOS=1',
      ';BYHOUR=9',
      ';BYHOUR=10',
      ';BYMONTH=3',
      ';BYMONTH=3;BYMONTHDAY=4',
      ';WKST=SU',
    ].map((parts) => `FREQ=${freq}${interval}${parts}`),
  ),
)

function slots(rule: string, start: EventTime): readonly string[] {
  const content = completeContent({ time: { start, end: start }, recurrence: { rule, rdates: [] } })
  return expand(content, { from: Date.UTC(2025, 0, 1), to: Date.UTC(2032, 0, 1) }, { limit: 200 }).map(
    ({ slot }) => slot,
  )
}

test.each([berlin, day, floating])('rules that are called the same give the same slots, $kind', (start) => {
  const known = spellings.map((rule) => ({ rule, slots: slots(rule, start).join() }))
  let pairs = 0
  for (const a of known) {
    for (const b of known) {
      if (a.rule >= b.rule || !sameRule(a.rule, b.rule, start)) continue
      expect(a.slots, `${a.rule} and ${b.rule}`).toBe(b.slots)
      pairs += 1
    }
  }
  expect(pairs).toBeGreaterThan(50)
})

test('an UNTIL in its right type gives the same slots and is the same rule', () => {
  fc.assert(
    fc.property(until, starts, (text, start) => {
      const rule = `FREQ=DAILY;UNTIL=${text}`
      const normal = normalizeUntil(rule, start)
      expect(slots(normal, start)).toEqual(slots(rule, start))
      expect(sameRule(rule, normal, start)).toBe(true)
      expect(normalizeUntil(normal, start)).toBe(normal)
      const written = parseCompact(normal.slice('FREQ=DAILY;UNTIL='.length))
      expect(written?.kind).toBe(start.kind)
    }),
  )
})
