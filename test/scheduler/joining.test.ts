import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joined, leftOf, rankOf, type Waiting } from '../../src/scheduler/joining.js'
import { type JobEnd, type NewJob, urgencies } from '../../src/scheduler/scheduler.js'
import { Turns } from '../../src/scheduler/turns.js'

const job: fc.Arbitrary<NewJob> = fc.record({
  key: fc.constant('k'),
  tenant: fc.constant('t'),
  kind: fc.constantFrom('sync', 'renew'),
  data: fc.nat(),
  urgency: fc.constantFrom(...urgencies),
  at: fc.nat(1_000),
})
const failure = { code: 'timeout', remedy: 'retry', message: 'slow', at: 0 } as const
const end: fc.Arbitrary<JobEnd> = fc.oneof(
  fc.constant({ type: 'done' } as const),
  fc.record({ type: fc.constant('again' as const), at: fc.nat(1_000), urgency: fc.constantFrom(...urgencies) }),
  fc.record({ type: fc.constant('failed' as const), at: fc.nat(1_000), failure: fc.constant(failure) }),
  fc.constant({ type: 'dead', failure } as const),
)

describe('jobs of one key', () => {
  test('become one that is as early as the earliest, as urgent as the most urgent, and has the newest data', () => {
    fc.assert(
      fc.property(fc.array(job, { minLength: 1, maxLength: 8 }), (jobs) => {
        const all = jobs.reduce<Waiting | undefined>((before, next) => joined(before, next), undefined)
        expect(all?.at).toBe(Math.min(...jobs.map(({ at }) => at)))
        expect(rankOf(all?.urgency ?? 'upkeep')).toBe(Math.min(...jobs.map(({ urgency }) => rankOf(urgency))))
        expect(all?.data).toBe(jobs.at(-1)?.data)
      }),
    )
  })

  test('that were enqueued during an attempt are never lost, nor later than they were meant to be', () => {
    fc.assert(
      fc.property(job, job, end, fc.integer({ min: 1, max: 9 }), (worked, meanwhile, how, attempts) => {
        const left = leftOf({ ...worked, attempts }, meanwhile, how)
        expect(left.state).toBe('waiting')
        if (left.state !== 'waiting') return
        expect(left.job.at).toBeLessThanOrEqual(meanwhile.at)
        expect(rankOf(left.job.urgency)).toBeLessThanOrEqual(rankOf(meanwhile.urgency))
        expect(left.job.data).toBe(meanwhile.data)
      }),
    )
  })

  test('are over only when an attempt is done, and keep the count of attempts only when it failed', () => {
    fc.assert(
      fc.property(job, end, fc.integer({ min: 1, max: 9 }), (worked, how, attempts) => {
        const left = leftOf({ ...worked, attempts }, undefined, how)
        expect(left.state).toBe(how.type === 'done' ? 'over' : how.type === 'dead' ? 'dead' : 'waiting')
        if (left.state !== 'over') expect(left.job.attempts).toBe(how.type === 'again' ? 0 : attempts)
      }),
    )
  })
})

test('of 32 jobs every urgency is looked at first at least once, and the highest 28 times', () => {
  const turns = new Turns()
  const first = Array.from({ length: 32 }, () => {
    const order = turns.order()
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4])
    turns.took()
    return order[0]
  })
  expect(urgencies.map((_, rank) => first.filter((one) => one === rank).length)).toEqual([28, 1, 1, 1, 1])
})
