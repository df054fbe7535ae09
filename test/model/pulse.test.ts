import { describe, expect, test } from 'vitest'
import type { Failure } from '../../src/model/failure.js'
import type { CalendarId, GroupId } from '../../src/model/ids.js'
import { type Pulse, pulseAfter, pulseAfterBreak } from '../../src/model/pulse.js'
import type { Run, RunEnd } from '../../src/model/run.js'
import { troubleOf } from '../../src/model/trouble.js'

const [a, b] = ['cal-a', 'cal-b'] as [CalendarId, CalendarId]
const groupId = 'group' as GroupId
const counts = { observed: 0, created: 0, updated: 0, removed: 0, conflicts: 0, parked: 0, failed: 0, held: 0 }

function failed(at: number, given: Partial<Failure> = {}): Failure {
  return { code: 'unavailable', remedy: 'retry', message: 'It failed.', at, ...given }
}

function afterwards(
  before: Pulse | undefined,
  at: number,
  failing: readonly CalendarId[] = [],
  end: RunEnd = 'finished',
) {
  const failures = failing.map((calendarId) => ({ calendarId, failure: failed(at) }))
  const run: Run = { id: 'run' as never, groupId, startedAt: at - 5, endedAt: at, end, counts, failures, more: false }
  return pulseAfter(before, run, { calendarIds: [a, b], settled: 3, troubled: false })
}

describe('a pulse', () => {
  test('counts failures in a row, and forgets them when the calendar is reached', () => {
    const third = [10, 20, 30].reduce<Pulse | undefined>(
      (before, at) => afterwards(before, at, [b]),
      afterwards(undefined, 5),
    )
    expect(third).toMatchObject({ successAt: 5, calendars: { [a]: { seenAt: 30 }, [b]: { seenAt: 5 } } })
    expect(third?.calendars[b]?.failing).toMatchObject({ since: 10, times: 3, failure: { at: 30 } })
    expect(afterwards(third, 40)).toMatchObject({ successAt: 40, calendars: { [b]: { seenAt: 40 } } })
    expect(afterwards(third, 40).calendars[b]).not.toHaveProperty('failing')
  })

  test('believes of a run that was cut off neither that it reached a calendar nor that all is well', () => {
    const before = afterwards(afterwards(undefined, 5), 10, [b])
    for (const end of ['budget', 'aborted'] as const) {
      const cut = afterwards(before, 20, [], end)
      expect(cut).toMatchObject({
        at: 20,
        successAt: 5,
        calendars: { [a]: { seenAt: 10 }, [b]: { failing: { times: 1 } } },
      })
    }
  })

  test('adds up what long work has settled, and starts anew after it', () => {
    const twice = afterwards(afterwards(afterwards(undefined, 5), 10, [], 'budget'), 20, [], 'budget')
    expect(twice.work).toEqual({ since: 5, settled: 6 })
    expect(afterwards(twice, 30)).not.toHaveProperty('work')
  })

  test('keeps what it knows when a run breaks off, and counts that until one has ended', () => {
    const before = afterwards(undefined, 5)
    const twice = pulseAfterBreak(pulseAfterBreak(before, groupId, failed(10)), groupId, failed(20))
    expect(twice).toMatchObject({ successAt: 5, troubled: true, failing: { since: 10, times: 2, failure: { at: 20 } } })
    expect(twice.calendars).toEqual(before.calendars)
    expect(afterwards(twice, 30)).not.toHaveProperty('failing')
    expect(afterwards(twice, 30).troubled).toBe(true)
  })
})

describe('the trouble of an event', () => {
  test.each([
    ['nothing where nothing failed', {}, undefined],
    ['waiting where it is tried again', { failure: failed(1), attempts: 7 }, 'waiting'],
    ['stuck after many attempts', { failure: failed(1), attempts: 8 }, 'stuck'],
    ['stuck where it is refused', { failure: failed(1, { code: 'event_refused', remedy: 'give_up' }) }, 'stuck'],
    ['rewritten', { failure: failed(1, { code: 'limit_exceeded', remedy: 'give_up', reason: 'CHURN' }) }, 'rewritten'],
    [
      'none of its own where its calendar is gone',
      { failure: failed(1, { code: 'calendar_gone', remedy: 'give_up' }) },
      'waiting',
    ],
  ] as const)('is %s', (_name, event, trouble) => {
    expect(troubleOf({ attempts: 0, ...event })).toBe(trouble)
  })
})
