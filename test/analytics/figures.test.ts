import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { figuresOf } from '../../src/model/figures.js'
import { goalsOf } from '../../src/model/goals.js'
import { addTallies, noTally, type Tally } from '../../src/model/tally.js'

const names = [
  ...['run/push/ok', 'run/push/failed', 'run/schedule/partial', 'run/person/continues', 'run/import/busy'],
  ...['conflict/none', 'conflict/person', 'conflict/rule', 'conflict/preferOrigin', 'verify/copies'],
  ...['request/a', 'request/b', 'refused/a', 'status/a/429', 'error/timeout', 'connected/a', 'user', 'retry'],
]
const counts = fc.dictionary(fc.constantFrom(...names), fc.nat(1_000))
const tallyOf = (given: Readonly<Record<string, number>>): Tally => ({
  ...noTally,
  // As many at most as there were requests.
  counts: {
    ...given,
    ...('refused/a' in given ? { 'refused/a': Math.min(given['refused/a'] ?? 0, given['request/a'] ?? 0) } : {}),
  },
})

describe('figures', () => {
  test('of anything are shares from 0 to 1, and none where there is nothing to share', () => {
    fc.assert(
      fc.property(counts, (given) => {
        const { runs, conflicts, requests } = figuresOf(tallyOf(given), true)
        for (const share of [runs.successRate, runs.failureRate, conflicts.automaticShare, requests.errorRate])
          if (share !== undefined) expect(share >= 0 && share <= 1).toBe(true)
        expect(runs.successRate === undefined).toBe(runs.ok + runs.partial + runs.failed === 0)
        expect((runs.successRate ?? 1) + (runs.failureRate ?? 0)).toBeCloseTo(1)
        expect(runs.total).toBe(runs.ok + runs.partial + runs.failed + runs.continues)
        expect(Object.values(runs.byCause).reduce((all, one) => all + one, 0)).toBe(runs.total)
      }),
    )
  })

  test('of two stretches together are what both counted', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [x, y, both] = [tallyOf(a), tallyOf(b), addTallies(tallyOf(a), tallyOf(b))].map((one) =>
          figuresOf(one, true),
        )
        expect(both?.runs.ok).toBe((x?.runs.ok ?? 0) + (y?.runs.ok ?? 0))
        expect(both?.conflicts.automatic).toBe((x?.conflicts.automatic ?? 0) + (y?.conflicts.automatic ?? 0))
        expect(both?.requests.total).toBe((x?.requests.total ?? 0) + (y?.requests.total ?? 0))
      }),
    )
  })
})

describe('an aim', () => {
  const withCounts = (given: Readonly<Record<string, number>>) =>
    goalsOf(figuresOf({ ...noTally, counts: given }, true))

  test('is not met at the very target: more than 99 % means more', () => {
    expect(withCounts({ 'verify/copies': 1_000, 'verify/accurate': 990 }).accuracy.met).toBe(false)
    expect(withCounts({ 'verify/copies': 1_000, 'verify/accurate': 991 }).accuracy.met).toBe(true)
    expect(withCounts({ 'request/a': 1_000, 'refused/a': 10 }).apiErrors.met).toBe(false)
    expect(withCounts({ 'request/a': 1_000, 'refused/a': 9 }).apiErrors.met).toBe(true)
    expect(withCounts({ 'conflict/rule': 95, 'conflict/none': 5 }).autoResolution.met).toBe(false)
    expect(withCounts({ 'conflict/rule': 96, 'conflict/none': 4 }).autoResolution.met).toBe(true)
  })

  test('is left open below what it needs', () => {
    expect(withCounts({ 'verify/copies': 99, 'verify/accurate': 99 }).accuracy).toMatchObject({
      met: undefined,
      samples: 99,
    })
    expect(withCounts({ 'request/a': 199 }).apiErrors.met).toBeUndefined()
  })
})
