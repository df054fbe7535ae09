// biome-ignore-all lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toleranceMs } from '../../src/merge/rules.js'
import {
  ask,
  type FieldConflict,
  lastModifiedWins,
  preferCalendar,
  preferOrigin,
  type Side,
  type Strategy,
  strategiesOf,
} from '../../src/merge/strategy.js'
import type { ConflictRule } from '../../src/model/conflict-rule.js'
import { defaultProjection, type Member, type StrategySpec, type SyncGroup } from '../../src/model/group.js'
import type { CalendarId, EventId, RemoteId, Uid, UserId } from '../../src/model/ids.js'
import { content } from '../support/world.js'

const [work, home, club] = ['work', 'home', 'club'] as unknown as readonly [CalendarId, CalendarId, CalendarId]

const side = (calendarId: CalendarId, given: Partial<Side> = {}): Side => ({
  calendarId,
  value: calendarId,
  changedAt: null,
  priority: 0,
  isOrigin: calendarId === work,
  ...given,
})

function conflict(given: Partial<FieldConflict> = {}): FieldConflict {
  return {
    field: 'title',
    path: [],
    base: 'before',
    sides: [side(work), side(home)],
    event: {
      id: 'event' as EventId,
      origin: {
        provider: 'memory',
        calendarId: work,
        calendarName: 'Work',
        remoteId: 'r' as RemoteId,
        uid: 'u' as Uid,
        firstSyncedAt: 0,
        initiatedBy: 'user' as UserId,
      },
      content: content('Lunch'),
    },
    ...given,
  }
}

function member(calendarId: CalendarId, priority: number, strategies: readonly StrategySpec[] = []): Member {
  const { series } = defaultMember
  return {
    calendarId,
    direction: 'both',
    priority,
    projection: defaultProjection,
    strategies,
    leaving: 'remove',
    series,
  }
}

const defaultMember: Pick<Member, 'series'> = { series: { as: 'singles', aheadDays: 366, most: 100 } }

type Settings = Partial<Pick<SyncGroup, 'members' | 'strategies' | 'fieldStrategies' | 'rules'>>

const asked = (settings: Settings, about: FieldConflict, hosted: Readonly<Record<string, Strategy>> = {}) =>
  ask(strategiesOf({ members: [], strategies: [], fieldStrategies: {}, rules: [], ...settings }, hosted), about)

const prefer = (calendarId: CalendarId): StrategySpec => ({ use: 'preferCalendar', order: [calendarId] })
const rule = (then: ConflictRule['then'], when: ConflictRule['when'] = { all: [] }): ConflictRule => ({
  id: 'own',
  name: 'own',
  when,
  then,
})

describe('who is asked first', () => {
  const rules = [rule({ take: { calendar: work } })]
  const members = [member(home, 0, [prefer(home)]), member(work, 1)]
  const fieldStrategies = { title: [prefer(work)] }
  const strategies = [prefer(home)]

  test('a rule is asked before everybody', () => {
    expect(asked({ rules, members, fieldStrategies, strategies }, conflict())).toEqual({
      verdict: work,
      strategy: 'rule:own',
    })
  })
  test("a side's own strategies are asked before those of the field", () => {
    expect(asked({ members, fieldStrategies, strategies: [prefer(work)] }, conflict())).toMatchObject({ verdict: home })
  })
  test("the field's strategies are asked before those of the group", () => {
    expect(asked({ fieldStrategies, strategies }, conflict())).toMatchObject({ verdict: work })
    expect(asked({ fieldStrategies, strategies }, conflict({ field: 'location' }))).toMatchObject({ verdict: home })
  })
  test('a calendar that is on neither side is not asked', () => {
    const uninvolved = [member(club, 0, [{ use: 'askAPerson' }]), member(home, 1), member(work, 2)]
    expect(asked({ members: uninvolved, strategies }, conflict())).toMatchObject({ verdict: home })
  })
  test('of two sides with strategies of their own, the one of the lower priority number speaks first', () => {
    const either = (first: number, second: number) =>
      asked({ members: [member(work, first, [prefer(work)]), member(home, second, [prefer(home)])] }, conflict())
    expect(either(0, 1)).toMatchObject({ verdict: work })
    expect(either(1, 0)).toMatchObject({ verdict: home })
  })
  test('a rule that cannot decide leaves it to the next one', () => {
    const undecided = [rule({ take: { calendar: club } })]
    expect(asked({ rules: undecided, strategies }, conflict())).toEqual({ verdict: home, strategy: 'preferCalendar' })
  })
  test('a rule that holds a conflict ends the asking', () => {
    expect(asked({ rules: [rule({ hold: true })], strategies }, conflict())).toBe('park')
  })
  test('askAPerson ends the asking', () => {
    expect(asked({ strategies: [{ use: 'askAPerson' }, prefer(home)] }, conflict())).toBe('park')
  })
  test('when nobody decides, nothing is decided', () => {
    expect(asked({ strategies: [prefer(club)] }, conflict())).toBeUndefined()
  })
})

describe('an edit that meets a removal', () => {
  const removal = conflict({ field: 'removal', base: null })
  test('is asked of the rules and of the strategies of that field, and of nobody else', () => {
    const members = [member(home, 0, [prefer(home)])]
    expect(asked({ members, strategies: [prefer(home)] }, removal)).toBeUndefined()
    expect(asked({ fieldStrategies: { removal: [prefer(home)] } }, removal)).toMatchObject({ verdict: home })
    expect(asked({ rules: [rule({ take: 'origin' })] }, removal)).toMatchObject({ verdict: work })
  })
  test('cannot be settled by keeping both or by merging lines: nothing is left to keep on one of the sides', () => {
    for (const use of ['keepBoth', 'mergeText'] as const)
      expect(asked({ fieldStrategies: { removal: [{ use }, prefer(home)] } }, removal)).toMatchObject({ verdict: home })
    expect(asked({ rules: [rule({ keep: 'both' })] }, removal)).toBeUndefined()
  })
})

describe('what a strategy may say', () => {
  test('lines are merged of descriptions, also of one occurrence, and of nothing else', () => {
    const chain: Settings = { strategies: [{ use: 'mergeText' }, prefer(home)] }
    const verdictOn = (about: Partial<FieldConflict>) => {
      const ruling = asked(chain, conflict(about))
      return typeof ruling === 'object' ? ruling.verdict : ruling
    }
    expect(verdictOn({ field: 'description' })).toBe('merge')
    expect(verdictOn({ field: 'overrides', path: ['2026-01-06', 'description'] })).toBe('merge')
    expect(verdictOn({ field: 'title' })).toBe(home)
    expect(verdictOn({ field: 'overrides', path: ['2026-01-06', 'title'] })).toBe(home)
  })
  test('a category that is called "description" is no text', () => {
    const about = conflict({ field: 'categories', path: ['description'] })
    expect(asked({ strategies: [{ use: 'mergeText' }] }, about)).toBeUndefined()
  })
  test('a host strategy that names a calendar on neither side has not decided', () => {
    const hosted = { odd: () => club }
    const strategies: readonly StrategySpec[] = [{ use: 'host', name: 'odd' }, prefer(home)]
    expect(asked({ strategies }, conflict(), hosted)).toEqual({ verdict: home, strategy: 'preferCalendar' })
  })
  test('a host strategy is logged under its name, and one that throws or is not registered leaves it to a person', () => {
    const hosted = {
      mine: () => home,
      broken: () => {
        throw new Error('host')
      },
    }
    const using = (name: string) => asked({ strategies: [{ use: 'host', name }, prefer(work)] }, conflict(), hosted)
    expect(using('mine')).toEqual({ verdict: home, strategy: 'mine' })
    expect(using('broken')).toBe('park')
    expect(using('unknown')).toBe('park')
    expect(using('constructor')).toBe('park')
  })
  test('preferOrigin decides where the origin is a side, and only there', () => {
    expect(preferOrigin(conflict())).toBe(work)
    expect(preferOrigin(conflict({ sides: [side(home), side(club)] }))).toBeUndefined()
  })
  test('preferCalendar takes the first of its order that is a side', () => {
    expect(preferCalendar([club, home, work])(conflict())).toBe(home)
    expect(preferCalendar([club])(conflict())).toBeUndefined()
  })
})

describe('the last change wins', () => {
  const stamped = fc.record({
    first: fc.option(fc.integer({ min: 0, max: 10_000 })),
    second: fc.option(fc.integer({ min: 0, max: 10_000 })),
    priorities: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
  })
  const ours = (given: { first: number | null; second: number | null; priorities: [number, number] }) =>
    [
      side(work, { changedAt: given.first, priority: given.priorities[0] }),
      side(home, { changedAt: given.second, priority: given.priorities[1] }),
    ] as const

  test('whoever looks decides alike: the order of the sides does not count', () => {
    fc.assert(
      fc.property(stamped, (given) => {
        const [one, other] = ours(given)
        expect(lastModifiedWins(conflict({ sides: [one, other] }))).toBe(
          lastModifiedWins(conflict({ sides: [other, one] })),
        )
      }),
    )
  })
  test('stamps that are apart decide, and stamps closer than clocks are exact say nothing', () => {
    fc.assert(
      fc.property(stamped, (given) => {
        const [one, other] = ours(given)
        const winner = lastModifiedWins(conflict({ sides: [one, other] }))
        const { first, second } = given
        if (first !== null && second !== null && Math.abs(first - second) >= toleranceMs)
          expect(winner).toBe(first > second ? work : home)
        else if (one.priority !== other.priority) expect(winner).toBe(one.priority < other.priority ? work : home)
        else expect(winner).toBe(home)
      }),
    )
  })
})
