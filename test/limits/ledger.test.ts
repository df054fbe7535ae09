import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { burstOf, type LimitRequest, msPerUnit } from '../../src/http/limit-store.js'
import { emptyLedger, enter, type Ledger, workerLifeMs } from '../../src/limits/ledger.js'

const allowance = { units: 600, windowMs: 60_000 }
const request: LimitRequest = {
  key: 'account',
  allowance,
  worker: 'a',
  least: 1,
  most: 1,
  spare: false,
  active: 1,
  longestWaitMs: 20_000,
}

/** As much as is granted at one moment. */
function takeAll(from: Ledger, now: number, more: Partial<LimitRequest> = {}): { units: number; ledger: Ledger } {
  let ledger = from
  for (let units = 0; ; ) {
    const entry = enter(ledger, { ...request, ...more, longestWaitMs: 0 }, now)
    if (entry.grant.units === 0) return { units, ledger: entry.ledger }
    units += entry.grant.units
    ledger = entry.ledger
  }
}

test('a budget that was idle for a long time is not saved up beyond its burst', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e10 }), fc.integer({ min: 0, max: 1e10 }), (first, idle) => {
      const { ledger } = takeAll(emptyLedger, first)
      expect(takeAll(ledger, first + idle).units).toBeLessThanOrEqual(burstOf(allowance))
    }),
  )
})

test('whoever asks for a share waits its turn, and nobody who comes later is before it', () => {
  let { ledger } = takeAll(emptyLedger, 0)
  let last = 0
  for (let nth = 0; nth < 50; nth++) {
    const entry = enter(ledger, { ...request, worker: `worker-${nth}` }, 0)
    expect(entry.grant.units).toBe(1)
    expect(entry.grant.afterMs).toBeGreaterThan(last)
    last = entry.grant.afterMs
    ledger = entry.ledger
  }
  // a rounding aside
  expect(Math.abs(last / msPerUnit(allowance) - 50)).toBeLessThan(1.1)
})

test('a wait that is too long is told and not reserved', () => {
  const full = takeAll(emptyLedger, 0).ledger
  const entry = enter(full, { ...request, least: 50, longestWaitMs: 100 }, 0)
  expect(entry.grant).toMatchObject({ units: 0, resting: false })
  expect(entry.ledger.paidAt).toBe(full.paidAt)
})

test('more than a share is given only down to half of the burst, and takes no place in the line', () => {
  const spare = takeAll(emptyLedger, 0, { spare: true })
  expect(Math.abs(spare.units - burstOf(allowance) / 2)).toBeLessThan(1.1)
  expect(takeAll(spare.ledger, 0).units).toBeGreaterThan(burstOf(allowance) / 2 - 1.1)
  expect(enter(spare.ledger, { ...request, spare: true }, 0).ledger.paidAt).toBe(spare.ledger.paidAt)
})

describe('clocks that jump', () => {
  test('an hour ahead and back again stops nobody for longer than a window', () => {
    const ahead = takeAll(emptyLedger, 3_600_000).ledger
    const entry = enter({ ...ahead, notBefore: 1e12 }, request, 0)
    expect(entry.grant.afterMs).toBeLessThanOrEqual(3_604_000)
    expect(enter({ ...ahead, notBefore: 0 }, { ...request, longestWaitMs: 1e9 }, 0).grant.afterMs).toBeLessThan(65_000)
  })
})

describe('lanes', () => {
  const ask = (ledger: Ledger, worker: string, now: number) => enter(ledger, { ...request, worker, lanes: 4 }, now)

  test('one worker has all; of two, each has half once the first has asked again', () => {
    const first = ask(emptyLedger, 'a', 0)
    expect(first.grant.lanes).toBe(4)
    const second = ask(first.ledger, 'b', 100)
    expect(second.grant).toMatchObject({ lanes: 0, units: 0 })
    const again = ask(second.ledger, 'a', 1_000)
    expect(again.grant.lanes).toBe(2)
    expect(ask(again.ledger, 'b', 1_100).grant.lanes).toBe(2)
  })

  test('never more than there are, whoever asks when, and those of a worker that died come back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.integer({ min: 0, max: 4_000 }))),
        (asked) => {
          let ledger = emptyLedger
          let now = 0
          const held = new Map<string, { lanes: number; until: number }>()
          for (const [worker, pause] of asked) {
            now += pause
            const entry = ask(ledger, worker, now)
            ledger = entry.ledger
            const { units, lanes = 0, afterMs } = entry.grant
            if (units > 0) held.set(worker, { lanes, until: now + afterMs + 3_000 })
            const underWay = [...held.values()].filter(({ until }) => until > now)
            expect(underWay.reduce((sum, { lanes }) => sum + lanes, 0)).toBeLessThanOrEqual(4)
          }
          expect(ask(ledger, 'z', now + 13_000).grant.lanes).toBe(4)
        },
      ),
    )
  })
})

test('workers that asked for nothing for long are forgotten', () => {
  const { ledger } = enter(emptyLedger, request, 0)
  expect(enter(ledger, { ...request, worker: 'b' }, 1_000).grant.workers).toBe(2)
  expect(enter(ledger, { ...request, worker: 'b' }, workerLifeMs + 1).grant.workers).toBe(1)
})
