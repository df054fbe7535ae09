import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SyncErrorCode } from '../../src/errors.js'
import { errorCodes } from '../../src/errors.js'
import type { Evidence, GroupEvidence } from '../../src/model/evidence.js'
import type { Failure } from '../../src/model/failure.js'
import { type HealthLevel, healthLevels, type UserStatus } from '../../src/model/health.js'
import { healthOf } from '../../src/model/health-of.js'
import type { Pulse } from '../../src/model/pulse.js'

const now = Date.UTC(2026, 0, 5, 8)
const minute = 60_000
const hour = 60 * minute

const none = { count: 0, atLeast: false }

function failure(code: SyncErrorCode, at: number, reason?: string): Failure {
  return { code, remedy: errorCodes[code].remedy, message: 'It failed.', at, ...(reason ? { reason } : {}) }
}

/** A group of two calendars at two accounts, in step a minute ago. */
function healthy(): Evidence {
  const calendarIds = ['cal-a', 'cal-b'] as const
  return {
    now,
    connections: calendarIds.map((id) => connection(`at-${id}`)),
    calendars: calendarIds.map((id) => calendar(id)),
    groups: [group()],
    pulses: [pulse()],
  }
}

function connection(id: string): Evidence['connections'][number] {
  const given = { id, userId: 'user', provider: 'memory', name: id, settings: {}, createdAt: 0 }
  return given as never
}

function calendar(id: string): Evidence['calendars'][number] {
  const pull = { generation: 1, listing: false, complete: true }
  return { calendar: { id: id as never, connectionId: `at-${id}` as never, name: id, pull }, unreadable: none }
}

function group(given: Partial<GroupEvidence> = {}): GroupEvidence {
  return {
    group: {
      id: 'group' as never,
      name: 'Mine',
      members: [{ calendarId: 'cal-a' }, { calendarId: 'cal-b' }] as never,
      baseline: 'done',
      heldRemovals: {},
      heldCreations: {},
      createdAt: now - 30 * 24 * hour,
    },
    everyMs: 15 * minute,
    due: none,
    arrivals: none,
    conflicts: none,
    rewritten: none,
    stuck: none,
    waiting: none,
    ...given,
  }
}

function pulse(given: Partial<Pulse> = {}): Pulse {
  const seen = { seenAt: now - minute }
  const calendars = { 'cal-a': seen, 'cal-b': seen }
  return { groupId: 'group' as never, at: now - minute, successAt: now - minute, calendars, troubled: false, ...given }
}

const rank = ({ level }: { readonly level: HealthLevel }) => healthLevels.indexOf(level)
const codes = ({ reasons }: { readonly reasons: UserStatus['reasons'] }) => reasons.map(({ code }) => code)
const groupOf = (evidence: Evidence) => healthOf(evidence).groups[0] as UserStatus['groups'][number]

/** Trouble that may be added to any evidence. */
type Trouble = (evidence: Evidence) => Evidence

const withGroup =
  (change: (group: GroupEvidence) => GroupEvidence): Trouble =>
  (evidence) => ({ ...evidence, groups: evidence.groups.map(change) })
const withHeld = (what: 'heldRemovals' | 'heldCreations', count: number) =>
  withGroup((one) => ({
    ...one,
    group: { ...one.group, [what]: { ...one.group[what], 'cal-a': { count, since: now - hour, approved: false } } },
  }))
const withCalendar =
  (index: number, change: (one: Evidence['calendars'][number]) => Evidence['calendars'][number]): Trouble =>
  (evidence) => ({ ...evidence, calendars: evidence.calendars.map((one, n) => (n === index ? change(one) : one)) })
const withConnection =
  (index: number, change: (one: Evidence['connections'][number]) => Evidence['connections'][number]): Trouble =>
  (evidence) => ({ ...evidence, connections: evidence.connections.map((one, n) => (n === index ? change(one) : one)) })
const withPulse =
  (change: (one: Pulse) => Pulse): Trouble =>
  (evidence) => ({ ...evidence, pulses: evidence.pulses.map(change) })

const anyFailure = fc
  .tuple(fc.constantFrom(...(Object.keys(errorCodes) as SyncErrorCode[])), fc.integer({ min: 0, max: 5 * hour }))
  .map(([code, age]) => failure(code, now - age))
const side = fc.constantFrom(0, 1)
const count = fc.integer({ min: 1, max: 500 })

const anyTrouble: fc.Arbitrary<Trouble> = fc.oneof(
  count.map((n) => withGroup((one) => ({ ...one, conflicts: { count: one.conflicts.count + n, atLeast: false } }))),
  count.map((n) => withGroup((one) => ({ ...one, rewritten: { count: one.rewritten.count + n, atLeast: false } }))),
  count.map((n) => withGroup((one) => ({ ...one, stuck: { count: one.stuck.count + n, atLeast: true } }))),
  count.map((n) => withGroup((one) => ({ ...one, waiting: { count: one.waiting.count + n, atLeast: false } }))),
  count.map((n) => withGroup((one) => ({ ...one, due: { count: one.due.count + n, atLeast: false } }))),
  count.map((n) => withHeld('heldRemovals', n)),
  count.map((n) => withHeld('heldCreations', n)),
  fc.tuple(side, anyFailure).map(([index, failure]) =>
    withCalendar(index, (one) => {
      const { pull } = one.calendar
      const newer = pull.failure && pull.failure.at > failure.at ? pull.failure : failure
      return pull.failure ? one : { ...one, calendar: { ...one.calendar, pull: { ...pull, failure: newer } } }
    }),
  ),
  side.map((index) =>
    withCalendar(index, (one) => ({
      ...one,
      calendar: { ...one.calendar, pull: { ...one.calendar.pull, notBefore: now + minute } },
    })),
  ),
  side.map((index) => withCalendar(index, (one) => ({ ...one, unreadable: { count: 3, atLeast: false } }))),
  fc
    .tuple(side, anyFailure)
    .map(([index, failure]) =>
      withConnection(index, (one) => (one.needs ? one : { ...one, needs: 'sign-in', failure })),
    ),
  side.map((index) => withConnection(index, (one) => ({ ...one, missingScopes: ['calendar'] }))),
  fc.constantFrom('user', 'group', 'calendar', 'connection').map((kind): Trouble => {
    const id = { user: '', group: 'group', calendar: 'cal-a', connection: 'at-cal-a' }[kind] as string
    return (evidence) => ({
      ...evidence,
      pauses: [...(evidence.pauses ?? []), { about: { kind: kind as never, id }, reason: 'holiday', since: now }],
    })
  }),
  anyFailure.map((failure) => (evidence: Evidence) => ({
    ...evidence,
    dead: [{ groupId: 'group' as never, failure }],
  })),
  fc
    .tuple(anyFailure, fc.integer({ min: 1, max: 20 }))
    .map(([failure, times]) =>
      withPulse((one) => (one.failing ? one : { ...one, failing: { failure, since: failure.at - hour, times } })),
    ),
  fc.tuple(fc.constantFrom('cal-a', 'cal-b'), anyFailure, fc.integer({ min: 1, max: 20 })).map(([id, failure, times]) =>
    withPulse((one) =>
      one.calendars[id]?.failing
        ? one
        : {
            ...one,
            calendars: {
              ...one.calendars,
              [id]: { ...one.calendars[id], failing: { failure, since: failure.at - hour, times } },
            },
          },
    ),
  ),
)

const anyEvidence: fc.Arbitrary<Evidence> = fc
  .array(anyTrouble, { maxLength: 6 })
  .map((troubles) => troubles.reduce<Evidence>((evidence, trouble) => trouble(evidence), healthy()))

describe('a status', () => {
  test('of calendars that are in step is ok, and gives no reasons', () => {
    const status = healthOf(healthy())
    expect(status).toMatchObject({ level: 'ok', reasons: [] })
    for (const one of [...status.groups, ...status.calendars, ...status.connections])
      expect(one).toMatchObject({ level: 'ok', reasons: [] })
  })

  test('never gets better by more evidence of trouble', () => {
    fc.assert(
      fc.property(anyEvidence, anyTrouble, (evidence, trouble) => {
        const [before, after] = [healthOf(evidence), healthOf(trouble(evidence))]
        expect(rank(after)).toBeGreaterThanOrEqual(rank(before))
        for (const kind of ['groups', 'calendars', 'connections'] as const)
          for (const [index, one] of before[kind].entries())
            expect(rank(after[kind][index] as HealthOf)).toBeGreaterThanOrEqual(rank(one))
      }),
      { numRuns: 2_000 },
    )
  })

  test('forgets every failure of a calendar and of a sync that is older than the last success', () => {
    fc.assert(
      fc.property(fc.array(anyTrouble, { maxLength: 8 }), (troubles) => {
        const evidence = troubles.reduce<Evidence>((one, trouble) => trouble(one), healthy())
        const seen = { seenAt: now + 1 }
        const calendars = { 'cal-a': seen, 'cal-b': seen }
        const later = withPulse((one) => ({
          ...one,
          at: now + 1,
          successAt: now + 1,
          calendars: merged(one, calendars),
        }))(evidence)
        const told = [
          'failing',
          'failing_for_long',
          'throttled_for_long',
          'calendar_gone',
          'calendar_refuses',
          'sync_broken',
          'credentials_refused',
          'late',
        ]
        expect(codes(healthOf({ ...later, now: now + 1 })).filter((code) => told.includes(code))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('tells the same reasons in the same order, whatever order the evidence comes in, the worst first', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const turned: Evidence = {
          ...evidence,
          connections: [...evidence.connections].reverse(),
          calendars: [...evidence.calendars].reverse(),
          pulses: [...evidence.pulses].reverse(),
          pauses: [...(evidence.pauses ?? [])].reverse(),
        }
        const { reasons, level } = healthOf(evidence)
        expect(healthOf(turned).reasons).toEqual(reasons)
        const ranks = reasons.map(rank)
        expect(ranks).toEqual([...ranks].sort((a, b) => b - a))
        for (const { words } of reasons) expect(words).toMatch(/^[A-Z“1-9].*[.)]$/s)
        if (level === 'ok') expect(reasons.every((one) => one.level === 'ok')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a group', () => {
  test('goes on with the other calendars where one account needs a sign-in, and asks for attention', () => {
    const needs = withConnection(0, (one) => ({
      ...one,
      needs: 'sign-in',
      failure: failure('auth_expired', now - hour),
    }))
    const three = withGroup((one) => ({
      ...one,
      group: { ...one.group, members: [...one.group.members, { calendarId: 'cal-c' }] as never },
    }))
    const evidence = needs(three({ ...healthy(), calendars: [...healthy().calendars, calendar('cal-c')] }))
    expect(groupOf(evidence).level).toBe('attention')
    expect(codes(groupOf(evidence))).toEqual(['sign_in_needed'])
    expect(healthOf(evidence).connections[0]?.level).toBe('stopped')
  })

  test('of two calendars stands still where one of them is gone', () => {
    const gone = withPulse((one) => ({
      ...one,
      calendars: {
        ...one.calendars,
        'cal-a': { failing: { failure: failure('calendar_gone', now), since: now, times: 1 } },
      },
    }))
    expect(groupOf(gone(healthy()))).toMatchObject({ level: 'stopped' })
    expect(codes(groupOf(gone(healthy())))).toEqual(['too_few_calendars', 'calendar_gone'])
  })

  test('waits where a calendar does not answer, and asks for attention when that lasts', () => {
    const failing = (times: number, since: number) =>
      withPulse((one) => ({
        ...one,
        calendars: { ...one.calendars, 'cal-a': { failing: { failure: failure('unavailable', now), since, times } } },
      }))
    expect(groupOf(failing(1, now)(healthy()))).toMatchObject({ level: 'waiting' })
    expect(groupOf(failing(2, now - 5 * hour)(healthy()))).toMatchObject({ level: 'waiting' })
    expect(groupOf(failing(3, now - 61 * minute)(healthy()))).toMatchObject({ level: 'attention' })
  })

  test('is not failing where another group has reached the calendar since', () => {
    const failing = { failure: failure('unavailable', now - 2 * minute), since: now - 5 * hour, times: 9 }
    const evidence = withPulse((one) => ({ ...one, calendars: { ...one.calendars, 'cal-a': { failing } } }))(healthy())
    expect(groupOf(evidence).level).toBe('attention')
    const other = pulse({ groupId: 'other' as never })
    expect(groupOf({ ...evidence, pulses: [...evidence.pulses, other] }).level).toBe('ok')
  })

  test('is late after three syncs were missed, and the hour that a pulse may be old', () => {
    const since = (ms: number) => withPulse((one) => ({ ...one, at: now - ms, successAt: now - ms }))(healthy())
    expect(codes(groupOf(since(105 * minute)))).toEqual([])
    expect(codes(groupOf(since(111 * minute)))).toEqual(['late'])
    const byHand = withGroup((one) => ({ ...one, everyMs: null }))(since(24 * 30 * hour))
    expect(codes(groupOf(byHand))).toEqual([])
  })

  test('that is paused is not late', () => {
    const evidence = withPulse((one) => ({ ...one, successAt: 0 }))(healthy())
    const paused: Evidence = {
      ...evidence,
      pauses: [{ about: { kind: 'user', id: 'x' }, reason: 'holiday', since: 5 }],
    }
    expect(codes(groupOf(paused))).toEqual(['paused'])
    expect(groupOf(paused)).toMatchObject({ level: 'stopped', reasons: [{ since: 5, facts: { names: ['holiday'] } }] })
    expect(healthOf(paused).level).toBe('stopped')
  })

  test('tells how long it takes still by its pace so far, and not where nobody can know', () => {
    const work = { since: now - 100_000, settled: 50 }
    const evidence = (due: number, atLeast = false, settled = 50) => ({
      ...healthy(),
      groups: [group({ due: { count: due, atLeast } })],
      pulses: [pulse({ at: now, work: { ...work, settled } })],
    })
    expect(groupOf(evidence(150)).progress).toEqual({
      since: work.since,
      settled: 50,
      left: { count: 150, atLeast: false },
      share: 0.25,
      etaMs: 300_000,
    })
    for (const unknown of [evidence(150, true), evidence(150, false, 4)])
      expect(groupOf(unknown).progress).not.toHaveProperty('etaMs')
    expect(groupOf(evidence(150, true)).progress).not.toHaveProperty('share')
    expect(groupOf(healthy()).progress).toBeUndefined()
  })
})

describe('a reason', () => {
  test('is said in the words of a host where it has any', () => {
    const evidence = withGroup((one) => ({ ...one, conflicts: { count: 2, atLeast: false } }))(healthy())
    const words = { conflicts_open: ({ count = 0 }) => ({ words: `${count} Konflikte` }) }
    const [reason] = healthOf(evidence, { words }).reasons
    expect(reason).toMatchObject({ code: 'conflicts_open', words: '2 Konflikte' })
    expect(reason).not.toHaveProperty('remedy')
    expect(healthOf(evidence).reasons[0]?.words).toBe('2 conflicts in “Mine” wait for a decision.')
  })
})

type HealthOf = { readonly level: HealthLevel }

function merged(one: Pulse, seen: Pulse['calendars']): Pulse['calendars'] {
  return Object.fromEntries(Object.keys(seen).map((id) => [id, { ...one.calendars[id], ...seen[id] }]))
}
