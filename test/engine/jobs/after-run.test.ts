import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AfterRun, afterError, afterRun, budgetOf } from '../../../src/engine/jobs/after-run.js'
import { SyncError, type SyncErrorCode } from '../../../src/errors.js'
import { failureOf } from '../../../src/model/failure.js'
import type { SyncGroup } from '../../../src/model/group.js'
import type { CalendarId } from '../../../src/model/ids.js'
import type { Run, RunEnd } from '../../../src/model/run.js'
import type { Job, JobEnd } from '../../../src/scheduler/scheduler.js'

const now = Date.UTC(2026, 0, 5, 8)
const minute = 60_000
const none = { observed: 0, created: 0, updated: 0, removed: 0, conflicts: 0, parked: 0, failed: 0, held: 0 }

const job: Job = {
  key: 'sync/jo/g',
  tenant: 'jo',
  kind: 'sync',
  data: { user: 'jo', group: 'g' },
  urgency: 'schedule',
  at: now,
  attempt: 1,
}

const failing = (...codes: readonly SyncErrorCode[]): Run['failures'] =>
  codes.map((code, index) => ({
    calendarId: `cal-${index}` as CalendarId,
    failure: failureOf(new SyncError(code, 'No.'), now),
  }))

const runOf = (end: RunEnd, given: Partial<Run> = {}) =>
  ({
    id: 'run',
    groupId: 'g',
    startedAt: now,
    endedAt: now,
    end,
    counts: none,
    failures: [],
    more: false,
    ...given,
  }) as Run

const endOf = (run: Run, given: Partial<AfterRun> = {}): JobEnd =>
  afterRun({
    ...{ job, run, now, group: { id: 'g' } as SyncGroup, remembered: { tries: 0, stuck: 0 }, isPushed: false },
    ...{ isLeft: false, notBefore: new Map(), ...given },
  })

/** How long until the job comes again. */
function wait(end: JobEnd): number {
  if (end.type !== 'again') throw new Error(`it is ${end.type}`)
  return end.at - now
}

/** What it remembers for the next time. */
const memoryOf = (end: JobEnd) =>
  (end.type === 'again' ? end.data : {}) as { readonly tries: number; readonly stuck: number }

const manual = { group: { id: 'g', schedule: 'manual' } as SyncGroup }

describe('after a run', () => {
  test('that found nothing, the next one is on schedule', () => {
    const end = endOf(runOf('finished'))
    expect(end).toMatchObject({ type: 'again', urgency: 'schedule', data: { user: 'jo', group: 'g', tries: 0 } })
    expect(wait(end)).toBeGreaterThanOrEqual(7.5 * minute)
    expect(wait(end)).toBeLessThanOrEqual(22.5 * minute)
  })

  test('of a group that is synced when somebody asks, there is none', () => {
    expect(endOf(runOf('finished'), manual)).toEqual({ type: 'done' })
  })

  test('that used up its time, the rest goes on at once, after everybody else', () => {
    expect(endOf(runOf('budget', { counts: { ...none, created: 5 } }))).toMatchObject({
      ...{ type: 'again', at: now, urgency: 'import', data: { stuck: 0 } },
    })
  })

  test('that used up its time and did nothing, the next one has longer, or it would never end', () => {
    let remembered = { tries: 0, stuck: 0 }
    const budgets = []
    for (let n = 0; n < 8; n++) {
      budgets.push(budgetOf(30_000, remembered))
      const end = endOf(runOf('budget'), { remembered })
      remembered = memoryOf(end)
    }
    expect(budgets).toEqual([30, 60, 120, 240, 480, 960, 960, 960].map((seconds) => seconds * 1_000))
  })

  test('that found another worker at it, the job comes back soon and as urgent as it was', () => {
    const end = endOf(runOf('busy'), { job: { ...job, urgency: 'push' } })
    expect(end).toMatchObject({ type: 'again', urgency: 'push' })
    expect(wait(end)).toBeGreaterThanOrEqual(5_000)
    expect(wait(end)).toBeLessThanOrEqual(20_000)
  })

  test('that left events to back off, the earliest of them counts where it is earlier', () => {
    expect(wait(endOf(runOf('finished', { more: true }), { nextDue: now + 40_000 }))).toBe(40_000)
    expect(wait(endOf(runOf('finished', { more: true }), { nextDue: now + 86_400_000 }))).toBeLessThan(23 * minute)
    expect(wait(endOf(runOf('finished', { more: true }), { nextDue: now + 40_000, ...manual }))).toBe(40_000)
  })

  test('in which a sign-in had ended, no service is asked before the next time on schedule', () => {
    expect(wait(endOf(runOf('finished', { failures: failing('auth_expired'), more: true }), { isLeft: true }))).toBe(
      wait(endOf(runOf('finished'))),
    )
    expect(
      endOf(runOf('finished', { failures: failing('auth_expired', 'calendar_gone', 'forbidden') }), manual),
    ).toEqual({
      type: 'done',
    })
  })

  test('in which a service was away, it is asked again soon, then later and later, and never later than on schedule', () => {
    let remembered = { tries: 0, stuck: 0 }
    const waits = []
    for (let n = 0; n < 20; n++) {
      const end = endOf(runOf('finished', { failures: failing('unavailable'), more: true }), { remembered })
      remembered = memoryOf(end)
      expect(remembered.tries).toBe(n + 1)
      waits.push(wait(end))
    }
    expect(waits[0]).toBeLessThanOrEqual(16_000)
    expect(Math.max(...waits)).toBeGreaterThan(2 * minute)
    expect(Math.max(...waits)).toBeLessThanOrEqual(22.5 * minute)
  })

  test('in which a service said when to come back, it is left alone for so long', () => {
    const notBefore = new Map([['cal-0' as CalendarId, now + 5 * minute]])
    const end = endOf(runOf('finished', { failures: failing('rate_limited'), more: true }), { notBefore, isLeft: true })
    expect(wait(end)).toBe(5 * minute)
    const long = new Map([['cal-0' as CalendarId, now + 86_400_000]])
    // The other calendars of the group keep their schedule; the run asks nothing of this one before its time.
    expect(wait(endOf(runOf('finished', { failures: failing('rate_limited') }), { notBefore: long }))).toBe(
      wait(endOf(runOf('finished'))),
    )
  })

  test('that left what waits for a person, nobody is asked again and again', () => {
    let remembered = { tries: 0, stuck: 0 }
    const waits = []
    for (let n = 0; n < 10; n++) {
      const end = endOf(runOf('finished', { more: true }), { remembered, isLeft: true })
      remembered = memoryOf(end)
      waits.push(wait(end))
    }
    expect(waits[0]).toBeLessThanOrEqual(16_000)
    expect(waits.slice(4)).toEqual(Array(6).fill(wait(endOf(runOf('finished')))))
  })

  test('that did well the row of failures is over', () => {
    const end = endOf(runOf('finished'), { remembered: { tries: 7, stuck: 2 } })
    expect(end).toMatchObject({ data: { tries: 0, stuck: 0 } })
  })

  test('on schedule that found what no push had told of, push is not relied upon', () => {
    const found = runOf('finished', { counts: { ...none, observed: 1 } })
    expect(wait(endOf(found, { isPushed: true }))).toBeLessThanOrEqual(22.5 * minute)
    expect(wait(endOf(found, { isPushed: true, job: { ...job, urgency: 'push' } }))).toBeGreaterThan(2 * 60 * minute)
    expect(wait(endOf(runOf('finished'), { isPushed: true }))).toBeGreaterThan(2 * 60 * minute)
  })

  test('whatever it came to, the next one is neither now nor never, but for slices', () => {
    const ends = fc.constantFrom<RunEnd>('finished', 'busy', 'budget', 'aborted')
    const codes = fc.constantFrom<SyncErrorCode>(
      'unavailable',
      'rate_limited',
      'auth_expired',
      'calendar_gone',
      'timeout',
    )
    fc.assert(
      fc.property(
        ...([ends, fc.array(codes, { maxLength: 3 }), fc.boolean(), fc.boolean(), fc.nat(100)] as const),
        fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
        (end, failed, isLeft, isPushed, tries, due) => {
          const given = { isLeft, isPushed, remembered: { tries, stuck: 0 }, ...(due ? { nextDue: now + due } : {}) }
          const waited = wait(endOf(runOf(end, { failures: failing(...failed) }), given))
          const isSlice = end === 'aborted' || (end === 'budget' && failed.length === 0)
          expect(waited).toBeGreaterThanOrEqual(isSlice ? 0 : 1_000)
          expect(waited).toBeLessThanOrEqual(9 * 60 * minute)
        },
      ),
    )
  })
})

describe('a job that threw', () => {
  const broken = new SyncError('invalid_input', 'There is no calendar with the id "x".')

  test('because the storage was away is tried again for ever, at most an interval apart', () => {
    const away = new SyncError('storage_failed', 'The database is away.')
    for (const attempt of [1, 2, 8, 9, 50, 500]) {
      const end = afterError(away, { ...job, attempt, failure: failureOf(away, now) }, 15 * minute, now)
      expect(end.type).toBe('failed')
      if (end.type === 'failed') expect(end.at - now).toBeLessThanOrEqual(15 * minute + 1_000)
    }
  })

  test('for what no time mends waits for a person after eight attempts', () => {
    let failure: Job['failure'] | undefined
    const ends = []
    for (let attempt = 1; attempt <= 8; attempt++) {
      const end = afterError(broken, { ...job, attempt, ...(failure ? { failure } : {}) }, 15 * minute, now)
      ends.push(end.type)
      failure = 'failure' in end ? end.failure : undefined
    }
    expect(ends).toEqual([...Array(7).fill('failed'), 'dead'])
  })

  test('is not given up for one bad moment after a long outage', () => {
    const outage = failureOf(new SyncError('storage_failed', 'Away.'), now)
    expect(afterError(broken, { ...job, attempt: 100, failure: outage }, 15 * minute, now).type).toBe('failed')
  })

  test('for a reason that is not ours keeps nothing of it but that it was unexpected', () => {
    const end = afterError(new TypeError('the secret of Jo is undefined'), { ...job }, 15 * minute, now)
    expect(end).toMatchObject({ type: 'failed', failure: { reason: 'UNEXPECTED' } })
    expect(JSON.stringify(end)).not.toContain('secret')
  })

  test('because this worker is older than the database is left to a newer one', () => {
    const newer = new SyncError('storage_newer', 'Newer.')
    expect(afterError(newer, { ...job, attempt: 99, failure: failureOf(newer, now) }, 1e6, now).type).toBe('failed')
  })

  test('because another worker took over, or this one stops, is no failure', () => {
    for (const code of ['lease_lost', 'aborted'] as const)
      expect(afterError(new SyncError(code, 'x'), job, 1e6, now)).toMatchObject({ type: 'again', urgency: 'schedule' })
  })
})
