import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addTallies, mostNames, noTally, type Tally } from '../../src/model/tally.js'

const tally: fc.Arbitrary<Tally> = fc.record({
  counts: fc.dictionary(fc.constantFrom('run/push/ok', 'request/a', 'retry', 'event/created'), fc.nat(1_000)),
  times: fc.constant({}),
  distinct: fc.constant({}),
  latest: fc.dictionary(fc.constant('ok'), fc.nat()),
})

describe('tallies', () => {
  test('can be added in any order and grouping', () => {
    fc.assert(
      fc.property(tally, tally, tally, (a, b, c) => {
        expect(addTallies(a, addTallies(b, c))).toEqual(addTallies(addTallies(c, a), b))
        expect(addTallies(a, noTally)).toEqual(a)
      }),
    )
  })

  test('names that never end do not make them grow for ever, and nothing that was counted is lost', () => {
    let all = noTally
    for (let index = 0; index < 2_000; index++)
      all = addTallies(all, { ...noTally, counts: { [`request/p${index}`]: 1 } })
    expect(Object.keys(all.counts).length).toBeLessThanOrEqual(mostNames + 1)
    expect(all.counts['request/other']).toBe(2_000 - mostNames)
    expect(Object.values(all.counts).reduce((sum, one) => sum + one, 0)).toBe(2_000)
  })
})
