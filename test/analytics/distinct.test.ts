import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDistinct, countDistinct, noDistinct, withDistinct } from '../../src/model/distinct.js'

const ids = (count: number, prefix = 'user') => Array.from({ length: count }, (_, index) => `${prefix}_${index}`)

describe('counting different ones', () => {
  for (const count of [0, 1, 2, 5, 20])
    test(`tells ${count} exactly`, () => {
      expect(countDistinct(withDistinct(noDistinct, ids(count)))).toBe(count)
    })

  for (const count of [100, 1_000, 5_000, 20_000])
    test(`tells ${count} within 5 %`, () => {
      const told = countDistinct(withDistinct(noDistinct, ids(count)))
      expect(Math.abs(told / count - 1)).toBeLessThan(0.05)
    })

  test('somebody who was seen by two workers counts once', () => {
    const both = addDistinct(withDistinct('', ids(12)), withDistinct('', ids(15)))
    expect(countDistinct(both)).toBe(15)
  })

  test('putting together is free of order and repetition', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        const [x, y] = [withDistinct('', a), withDistinct('', b)]
        const both = withDistinct('', [...a, ...b])
        expect(addDistinct(x, y)).toBe(both)
        expect(addDistinct(y, addDistinct(x, x))).toBe(both)
      }),
    )
  })

  test('it stays small, and holds no id', () => {
    const all = withDistinct('', ids(50_000, 'canary'))
    expect(all.length).toBeLessThanOrEqual(2_049)
    expect(all).not.toContain('canary')
    expect(withDistinct('', ['canary_1'])).not.toContain('canary')
  })
})
