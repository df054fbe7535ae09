import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acknowledged, type Notification, reconciled, type Tidings } from '../../src/model/notification.js'

const hour = 3_600_000

function tidings(n: number, count?: number): Tidings {
  const facts = { name: `group ${n}`, ...(count === undefined ? {} : { count }) }
  return { kind: 'conflicts', about: { kind: 'group', id: `g${n}` }, code: 'conflicts_open', facts }
}

/** What is known after the changes. */
function afterwards(known: readonly Notification[], told: readonly Tidings[], now: number): readonly Notification[] {
  const byId = new Map(known.map((one) => [one.id, one]))
  for (const { notification } of reconciled(known, told, now)) byId.set(notification.id, notification)
  return [...byId.values()]
}

const anyTidings = fc
  .uniqueArray(fc.integer({ min: 0, max: 4 }), { maxLength: 5 })
  .chain((which) => fc.tuple(...which.map((n) => fc.integer({ min: 1, max: 9 }).map((count) => tidings(n, count)))))

describe('notifications', () => {
  test('tell exactly what is so, whatever was so before, and a second look changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyTidings, fc.boolean()), { minLength: 1, maxLength: 8 }), (steps) => {
        let known: readonly Notification[] = []
        let now = 0
        for (const [told, isAcknowledged] of steps) {
          now += hour / 4
          known = afterwards(known, told, now)
          expect(reconciled(known, told, now)).toEqual([])
          const standing = known.filter(({ state }) => state !== 'resolved')
          expect(standing.map(({ about }) => about.id).sort()).toEqual(told.map(({ about }) => about.id).sort())
          expect(new Set(known.map(({ id }) => id)).size).toBe(known.length)
          if (isAcknowledged) known = known.map((one) => (one.state === 'open' ? acknowledged(one, now) : one))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('that were acknowledged stay so while it stays as it is or gets less, and are opened again by more of it', () => {
    const first = afterwards([], [tidings(1, 3)], 0)
    const seen = first.map((one) => acknowledged(one, 1))
    for (const count of [1, 3])
      expect(afterwards(seen, [tidings(1, count)], 2)).toMatchObject([{ state: 'acknowledged', episode: 1 }])
    const [more] = afterwards(seen, [tidings(1, 4)], 2)
    expect(more).toMatchObject({ state: 'open', episode: 2, openedAt: 2, facts: { count: 4 } })
    expect(more).not.toHaveProperty('acknowledgedCount')
  })

  test('that come back are the same ones, opened once more', () => {
    const first = afterwards([], [tidings(1)], 0).map((one) => acknowledged(one, 1))
    const gone = afterwards(first, [], 2)
    expect(gone).toMatchObject([{ state: 'resolved', resolvedAt: 2, episode: 1 }])
    const back = afterwards(gone, [tidings(1)], 3)
    expect(back).toMatchObject([{ id: first[0]?.id, state: 'open', episode: 2, openedAt: 3 }])
    expect(back[0]).not.toHaveProperty('resolvedAt')
    expect(back[0]).not.toHaveProperty('acknowledgedAt')
  })

  test('are not written again and again for being so still', () => {
    const known = afterwards([], [tidings(1, 2)], 0)
    expect(reconciled(known, [tidings(1, 2)], hour - 1)).toEqual([])
    expect(reconciled(known, [tidings(1, 2)], hour)).toMatchObject([
      { what: 'updated', notification: { seenAt: hour } },
    ])
    expect(reconciled(known, [tidings(1, 1)], 1)).toMatchObject([
      { what: 'updated', notification: { facts: { count: 1 } } },
    ])
  })
})
