import { describe, expect, test } from 'vitest'
import type { ShownEvent } from '../../src/merge/absorb.js'
import { type Decision, decide } from '../../src/merge/decide.js'
import type { Action, Target } from '../../src/merge/plan.js'
import { type Strategies, type Strategy, strategiesOf } from '../../src/merge/strategy.js'
import type { Resolution } from '../../src/model/conflict.js'
import { type EventContent, type Field, fields, occurrenceOf } from '../../src/model/content.js'
import { fieldDigest } from '../../src/model/equality.js'
import { defaultProjection, type Member, type StrategySpec } from '../../src/model/group.js'
import { roomForAll } from '../../src/model/holding.js'
import type { CalendarId, CreateKey, EventId, GroupId, RemoteId, Revision, Uid, UserId } from '../../src/model/ids.js'
import type { Attempt, Replica, SyncedEvent } from '../../src/model/synced-event.js'
import { content, daily, hours } from '../support/world.js'

const [a, b, c] = ['a', 'b', 'c'] as CalendarId[] as [CalendarId, CalendarId, CalendarId]
const base = content('Lunch', { location: 'Café', description: 'with Ada' })

/** What one calendar shows, and what is known of its copy. */
interface Side {
  readonly shows?: Partial<EventContent>
  readonly changedAt?: number | null
  readonly revision?: string
  /** Nothing was seen since the attempt was recorded. */
  readonly isOld?: boolean
  readonly readOnly?: boolean
  readonly replica?: Partial<Replica>
  readonly member?: Partial<Member>
  readonly target?: Partial<Target>
  /** There is no replica of it. */
  readonly isUnknown?: boolean
  /** Bound just now: nothing was agreed on. */
  readonly isNew?: boolean
}

interface Given {
  readonly base?: EventContent
  readonly event?: Partial<SyncedEvent>
  readonly context?: Partial<Parameters<typeof decide>[2]>
  readonly use?: readonly StrategySpec[]
  readonly sides: readonly Side[]
}

function decided(given: Given): Decision {
  const start = given.base ?? base
  const ids = [a, b, c].slice(0, given.sides.length)
  const replicas = given.sides.flatMap((side, index): Replica[] =>
    side.isUnknown ? [] : [replicaOf(ids[index] as CalendarId, index === 0, start, side)],
  )
  const event: SyncedEvent = {
    id: 'event' as EventId,
    groupId: 'group' as GroupId,
    origin: {
      provider: 'memory',
      calendarId: a,
      calendarName: 'a',
      remoteId: 'a-1' as RemoteId,
      uid: 'uid' as Uid,
      firstSyncedAt: 0,
      initiatedBy: 'user' as UserId,
    },
    uid: 'uid' as Uid,
    content: start,
    state: 'live',
    provenance: {},
    weak: [],
    replicas: Object.fromEntries(replicas.map((replica) => [replica.calendarId, replica])),
    due: 0,
    attempts: 0,
    ...given.event,
  }
  const shown = new Map<CalendarId, ShownEvent>()
  const targets = new Map<CalendarId, Target>()
  for (const [index, side] of given.sides.entries()) {
    const id = ids[index] as CalendarId
    const known = event.replicas[id]?.agreed ?? start
    if (!event.replicas[id]?.gone && !side.isUnknown)
      shown.set(id, {
        content: { ...known, ...side.shows },
        changedAt: side.changedAt === undefined ? 1_000_000 : side.changedAt,
        newer: !side.isOld,
        readOnly: side.readOnly ?? false,
        revision: (side.revision ?? 'r2') as Revision,
      })
    targets.set(id, {
      member: {
        calendarId: id,
        direction: 'both',
        priority: index,
        projection: defaultProjection,
        strategies: [],
        leaving: 'remove',
        series: { as: 'singles', aheadDays: 366, most: 100 },
        ...side.member,
      },
      writable: true,
      holds: roomForAll,
      ...side.target,
    })
  }
  return decide(event, shown, {
    targets,
    strategies: asking(given.use ?? [{ use: 'lastModifiedWins' }]),
    version: 1,
    removal: 'editWins',
    ...given.context,
  })
}

function asking(strategies: readonly StrategySpec[], hosted: Readonly<Record<string, Strategy>> = {}): Strategies {
  return strategiesOf({ members: [], rules: [], fieldStrategies: {}, strategies }, hosted)
}

function replicaOf(calendarId: CalendarId, native: boolean, agreed: EventContent, { replica, isNew }: Side): Replica {
  return {
    calendarId,
    status: 'live',
    native,
    remoteId: `${calendarId}-1` as RemoteId,
    incarnation: 0,
    key: `key-${calendarId}` as CreateKey,
    ...(isNew ? {} : { agreed }),
    standsFor: {},
    revision: 'r1' as Revision,
    changedAt: 0,
    history: [],
    quirks: [],
    unanswered: [],
    rewrites: 0,
    ...replica,
  }
}

/** What would be written where. */
const written = ({ actions }: Decision) =>
  Object.fromEntries(
    actions.map((action: Action) => [
      action.calendarId,
      action.kind === 'update' ? Object.fromEntries(action.fields.map((f) => [f, action.content[f]])) : action.kind,
    ]),
  )

const gone: Side = { replica: { gone: true } }
const at = (seconds: number) => seconds * 1_000
const both = (first: Partial<Side>, second: Partial<Side>): readonly Side[] => [
  { shows: { location: 'here' }, ...first },
  { shows: { location: 'there' }, ...second },
]

describe('who wins when both sides changed one field', () => {
  const cases: readonly {
    readonly name: string
    readonly use: readonly StrategySpec[]
    readonly sides: readonly Side[]
    readonly winner: CalendarId | null
    readonly strategy?: string
  }[] = [
    {
      name: 'the side that was changed last',
      use: [{ use: 'lastModifiedWins' }],
      sides: both({ changedAt: at(100) }, { changedAt: at(103) }),
      winner: b,
    },
    {
      name: 'the side that was changed last, whichever side it is',
      use: [{ use: 'lastModifiedWins' }],
      sides: both({ changedAt: at(103) }, { changedAt: at(100) }),
      winner: a,
    },
    {
      name: 'stamps less than two seconds apart say nothing: the priority decides',
      use: [{ use: 'lastModifiedWins' }],
      sides: both({ changedAt: at(101.9), member: { priority: 5 } }, { changedAt: at(100), member: { priority: 1 } }),
      winner: b,
    },
    {
      name: 'a later stamp beats a better priority from two seconds on',
      use: [{ use: 'lastModifiedWins' }],
      sides: both({ changedAt: at(102), member: { priority: 5 } }, { changedAt: at(100), member: { priority: 1 } }),
      winner: a,
    },
    {
      name: 'a side without a stamp: the priority decides',
      use: [{ use: 'lastModifiedWins' }],
      sides: both({ changedAt: null, member: { priority: 2 } }, { changedAt: at(500), member: { priority: 3 } }),
      winner: a,
    },
    {
      name: 'neither stamp nor priority: the lower calendar id, for every worker alike',
      use: [{ use: 'lastModifiedWins' }],
      sides: both({ changedAt: null, member: { priority: 1 } }, { changedAt: null, member: { priority: 1 } }),
      winner: a,
    },
    {
      name: 'the preferred calendar, however old its value',
      use: [{ use: 'preferCalendar', order: [b, a] }],
      sides: both({ changedAt: at(900) }, { changedAt: at(100) }),
      winner: b,
      strategy: 'preferCalendar',
    },
    {
      name: 'a preference that names no side leaves it to the next strategy',
      use: [{ use: 'preferCalendar', order: [c] }, { use: 'lastModifiedWins' }],
      sides: both({ changedAt: at(900) }, { changedAt: at(100) }),
      winner: a,
      strategy: 'lastModifiedWins',
    },
    {
      name: 'nobody, when a person is to be asked',
      use: [{ use: 'askAPerson' }, { use: 'lastModifiedWins' }],
      sides: both({}, {}),
      winner: null,
    },
    { name: 'nobody, when no strategy decides', use: [], sides: both({}, {}), winner: null },
    {
      name: 'nobody, when the strategy of the host is not registered',
      use: [{ use: 'host', name: 'constructor' }],
      sides: both({}, {}),
      winner: null,
    },
  ]
  for (const { name, use, sides, winner, strategy } of cases)
    test(name, () => {
      const decision = decided({ use, sides })
      expect(decision.items).toMatchObject([
        {
          field: 'location',
          kind: 'both_changed',
          base: 'Café',
          sides: [
            { calendarId: a, value: 'here' },
            { calendarId: b, value: 'there' },
          ],
          winner,
          ...(strategy ? { strategy } : {}),
        },
      ])
      const value = winner === a ? 'here' : 'there'
      if (winner) expect(written(decision)).toEqual({ [winner === a ? b : a]: { location: value } })
      expect(decision.event.state).toBe(winner ? 'live' : 'parked')
      expect(decision.event.content.location).toBe(winner ? value : 'Café')
    })
})

describe('strategies of the host', () => {
  const answers: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('a bug of the host')
      },
    ],
    ['names a calendar that is no side', () => c],
    ['says nothing', () => undefined],
    ['says null', () => null],
    ['answers with an object', () => ({ winner: a })],
    ['answers with a promise', () => Promise.resolve(a)],
    ['parks', () => 'park'],
  ]
  for (const [name, answer] of answers)
    test(`one that ${name} loses nothing: the event is parked and every side keeps what it shows`, () => {
      const decision = decided({
        sides: both({}, {}),
        context: { strategies: asking([{ use: 'host', name: 'own' }], { own: answer as never }) },
      })
      expect(decision.event).toMatchObject({ state: 'parked', content: base })
      expect(decision.actions).toEqual([])
      expect(decision.items).toMatchObject([
        { winner: null, strategy: null, sides: [{ value: 'here' }, { value: 'there' }] },
      ])
    })

  test('one is told the field, the base, and which side is the origin', () => {
    const asked: unknown[] = []
    decided({
      sides: both({ changedAt: at(5) }, { changedAt: at(9) }),
      context: {
        strategies: asking([{ use: 'host', name: 'own' }], {
          own: (conflict) => {
            asked.push(conflict)
            return undefined
          },
        }),
      },
    })
    expect(asked).toMatchObject([
      {
        event: { id: 'event', content: { title: 'Lunch' }, origin: { calendarId: a } },
        field: 'location',
        path: [],
        base: 'Café',
        sides: [
          { calendarId: a, value: 'here', changedAt: at(5), priority: 0, isOrigin: true },
          { calendarId: b, value: 'there', changedAt: at(9), priority: 1, isOrigin: false },
        ],
      },
    ])
  })
})

describe('a parked event', () => {
  const sides = both({ changedAt: at(900) }, { changedAt: at(100), shows: { location: 'there', title: 'Brunch' } })
  const resolution = (take: Readonly<Record<string, CalendarId>>): Resolution => ({ take, by: 'user' as UserId, at: 0 })

  test('keeps its replicas as they were, so that nothing is agreed on', () => {
    const { event, actions } = decided({ use: [{ use: 'askAPerson' }], sides })
    expect(actions).toEqual([])
    expect(Object.values(event.replicas).map(({ agreed }) => agreed)).toEqual([base, base])
  })

  test('takes what the person chose, and every other change with it', () => {
    const decision = decided({
      event: { state: 'parked' },
      use: [{ use: 'askAPerson' }],
      sides,
      context: { resolution: resolution({ location: b }) },
    })
    expect(decision.event).toMatchObject({ state: 'live', content: { location: 'there', title: 'Brunch' } })
    expect(decision.items).toMatchObject([{ field: 'location', winner: b, strategy: 'person' }])
    expect(written(decision)).toEqual({ [a]: { title: 'Brunch', location: 'there' } })
  })

  test('stays parked when the person said nothing of a field that is in conflict by now', () => {
    const { event, actions } = decided({
      event: { state: 'parked' },
      use: [{ use: 'askAPerson' }],
      sides,
      context: { resolution: resolution({ title: b }) },
    })
    expect([event.state, actions]).toEqual(['parked', []])
  })

  test('is over when the sides agree again', () => {
    const decision = decided({
      event: { state: 'parked' },
      use: [{ use: 'askAPerson' }],
      sides: both({}, { shows: { location: 'here' } }),
    })
    expect(decision).toMatchObject({ event: { state: 'live', content: { location: 'here' } }, actions: [], items: [] })
  })
})

describe('edit against removal', () => {
  const edit: Side = { shows: { location: 'here' } }

  test('a plain removal travels', () => {
    const decision = decided({ sides: [{}, gone] })
    expect(decision.event.state).toBe('removing')
    expect(written(decision)).toEqual({ [a]: 'remove' })
    expect(decision.items).toEqual([])
  })

  test('editWins: the event lives on, its copy is made anew, and the removal is in the log', () => {
    const decision = decided({ sides: [edit, gone] })
    expect(decision.event).toMatchObject({ state: 'live', content: { location: 'here' } })
    expect(decision.event.replicas[b]).toMatchObject({ status: 'absent', incarnation: 1 })
    expect(decision.event.replicas[b]?.key).not.toBe('key-b')
    expect(written(decision)).toEqual({ [b]: 'create' })
    expect(decision.items).toMatchObject([
      {
        field: 'removal',
        kind: 'removed_and_changed',
        winner: a,
        strategy: 'editWins',
        sides: [
          { calendarId: b, value: null },
          { calendarId: a, value: { location: 'here' } },
        ],
      },
    ])
  })

  test('editWins: the origin that was removed is made anew as a copy of what the other side says', () => {
    const decision = decided({ sides: [gone, edit] })
    expect(decision.event.content.location).toBe('here')
    expect(written(decision)).toEqual({ [a]: 'create' })
  })

  test('removalWins: the removal travels, and the edit is in the log', () => {
    const decision = decided({ sides: [edit, gone], context: { removal: 'removalWins' } })
    expect(decision.event.state).toBe('removing')
    expect(written(decision)).toEqual({ [a]: 'remove' })
    expect(decision.items).toMatchObject([
      {
        field: 'removal',
        winner: b,
        strategy: 'removalWins',
        sides: [{ value: null }, { value: { location: 'here' } }],
      },
    ])
  })

  test('askAPerson: nothing is written anywhere until it is decided', () => {
    const decision = decided({ sides: [edit, gone], context: { removal: 'askAPerson' } })
    expect(decision.event.state).toBe('parked')
    expect(decision.actions).toEqual([])
    expect(decision.event.replicas[b]).toMatchObject({ status: 'live', gone: true })
    expect(decision.items).toMatchObject([{ field: 'removal', winner: null }])
  })

  for (const [chosen, wanted] of [
    [a, { [b]: 'create' }],
    [b, { [a]: 'remove' }],
  ] as const)
    test(`a person who is asked and says ${chosen} gets that`, () => {
      const decision = decided({
        event: { state: 'parked' },
        sides: [edit, gone],
        context: { removal: 'askAPerson', resolution: { take: { removal: chosen }, by: 'user' as UserId, at: 0 } },
      })
      expect(written(decision)).toEqual(wanted)
      expect(decision.items).toMatchObject([{ field: 'removal', winner: chosen, strategy: 'person' }])
    })

  test('a person who is asked can tell the two sides apart, whatever their clocks say', () => {
    const decision = decided({
      event: { provenance: { title: { calendarId: b, changedAt: at(9_000) } } },
      sides: [{ ...edit, changedAt: at(1) }, gone],
      context: { removal: 'askAPerson' },
    })
    const [item] = decision.items
    expect(item?.sides.map(({ calendarId }) => calendarId)).toEqual([b, a])
  })

  test('an edit that was still on its way to the removed copy outlives the removal', () => {
    const decision = decided({ event: { content: { ...base, location: 'new' } }, sides: [{ shows: {} }, gone] })
    expect(decision.event.state).toBe('live')
    expect(written(decision)).toMatchObject({ [b]: 'create' })
  })

  test('an edit that says what the removed copy showed already does not outlive the removal', () => {
    const late = { content: { ...base, location: 'old' } }
    const sides = [{ replica: { agreed: late.content }, shows: { location: base.location } }, gone]
    const decision = decided({ event: late, sides })
    expect(decision.event.state).toBe('removing')
    expect(written(decision)).toEqual({ [a]: 'remove' })
  })

  test('an edit that a removed copy without details cannot have shown outlives the removal', () => {
    const busy: Partial<Member> = { projection: { ...defaultProjection, show: 'busy' } }
    const decision = decided({ sides: [edit, { ...gone, member: busy }] })
    expect(decision.event.state).toBe('live')
  })

  test('a doubtful value on its way to the removed copy does not', () => {
    const decision = decided({
      event: { content: { ...base, location: 'new' }, weak: ['location'] },
      sides: [{ replica: { agreed: { ...base, location: 'new' } } }, gone],
    })
    expect(decision.event.state).toBe('removing')
  })

  test('both sides removed it: it is gone, and nobody is asked', () => {
    const decision = decided({ sides: [gone, gone], context: { removal: 'askAPerson' } })
    expect(decision).toMatchObject({ event: { state: 'removed' }, actions: [], items: [] })
  })

  test('an edit that arrives while the copies are being removed brings the event back, with the removal in the log', () => {
    const decision = decided({
      event: { state: 'removing' },
      sides: [{ replica: { status: 'removed' } }, edit],
    })
    expect(decision.event).toMatchObject({ state: 'live', content: { location: 'here' } })
    expect(written(decision)).toEqual({ [a]: 'create' })
    expect(decision.items).toMatchObject([{ field: 'removal' }])
  })
})

describe('directions', () => {
  test('a copy that a person removes from a write-only calendar stays away, and the event stays', () => {
    const decision = decided({ sides: [{}, { ...gone, member: { direction: 'write' } }] })
    expect(decision.event).toMatchObject({ state: 'live', replicas: { [b]: { status: 'detached' } } })
    expect(decision.actions).toEqual([])
  })

  test('what is typed in a write-only calendar stays there until its source changes that very field', () => {
    const decision = decided({
      sides: [{}, { shows: { location: 'mine' }, member: { direction: 'write' } }],
    })
    expect(decision.event.content.location).toBe('Café')
    expect(decision.actions).toEqual([])
    const next = decided({
      event: { replicas: decision.event.replicas },
      sides: [{ shows: { location: 'new' } }, { member: { direction: 'write' } }],
    })
    expect(written(next)).toEqual({ [b]: { location: 'new' } })
  })

  test('a copy that is removed where its source may only be read does not take the source along', () => {
    const decision = decided({ sides: [{ member: { direction: 'read' }, target: { writable: false } }, gone] })
    expect(decision.event.state).toBe('live')
    expect(decision.event.replicas[b]?.status).toBe('detached')
    expect(decision.actions).toEqual([])
  })

  test('a calendar that is only read is never written to', () => {
    const decision = decided({
      sides: [{ shows: { title: 'Brunch' } }, { target: { writable: false } }, { isUnknown: true }],
    })
    expect(Object.keys(written(decision))).toEqual([c])
  })

  test('an event that must not be written is left alone', () => {
    expect(decided({ sides: [{ shows: { title: 'Brunch' } }, { readOnly: true }] }).actions).toEqual([])
    expect(decided({ sides: [gone, { readOnly: true }] }).actions).toEqual([])
  })
})

describe('two events that were found to be one', () => {
  const unknown = (shows: Partial<EventContent>, given: Partial<Given> = {}) =>
    decided({ sides: [{}, { shows: { ...base, ...shows }, isNew: true, replica: { native: true } }], ...given })

  test('the side that says something beats the side that says nothing, in both directions, and it is in the log', () => {
    const decision = unknown({ location: '', url: 'https://example.com' })
    expect(decision.event.content).toMatchObject({ location: 'Café', url: 'https://example.com' })
    expect(written(decision)).toEqual({ [a]: { url: 'https://example.com' }, [b]: { location: 'Café' } })
    expect(decision.items.map(({ kind, strategy, field, winner }) => [kind, strategy, field, winner])).toEqual([
      ['unknown_base', 'fuller', 'location', a],
      ['unknown_base', 'fuller', 'url', b],
    ])
  })

  test('two different values are a conflict for the strategies', () => {
    const decision = unknown({ location: 'Bar' }, { use: [{ use: 'preferCalendar', order: [b] }] })
    expect(decision.event.content.location).toBe('Bar')
    expect(decision.items).toMatchObject([{ kind: 'unknown_base', winner: b, base: null }])
  })

  test('changed occurrences of one side are not thrown away because the other side, the same series, knows of none', () => {
    const series = { ...base, recurrence: { rule: 'FREQ=DAILY', rdates: [] } }
    const changed = { kind: 'changed', content: { ...occurrenceOf(series), title: 'Long lunch' } } as const
    const overrides = { '2026-01-06T10:00:00': changed }
    for (const [ours, theirs] of [
      [{}, overrides],
      [overrides, {}],
    ] as const) {
      const from = { ...series, overrides: ours }
      const sides = [{}, { shows: { ...series, overrides: theirs }, isNew: true, replica: { native: true } }]
      const { event, items } = decided({ base: from, sides, use: [{ use: 'preferCalendar', order: [a, b] }] })
      expect(event.content.overrides).toEqual(overrides)
      expect(items).toMatchObject([{ field: 'overrides', strategy: 'fuller' }])
    }
  })

  test('two different values that a person is to be asked about park the event', () => {
    const decision = unknown({ location: 'Bar' }, { use: [{ use: 'askAPerson' }] })
    expect([decision.event.state, decision.actions]).toEqual(['parked', []])
  })
})

test('a copy that is one too many and differs waits for nobody: it goes, and the log keeps what it said', () => {
  const decision = decided({
    event: { state: 'removing' },
    sides: [{ isUnknown: true }, { shows: { ...base, location: 'Bar' }, isNew: true }],
    use: [{ use: 'askAPerson' }],
  })
  expect(decision.event.state).toBe('removing')
  expect(written(decision)).toEqual({ [b]: 'remove' })
  expect(decision.items.flatMap(({ sides }) => sides.map(({ value }) => value))).toContain('Bar')
})

describe('calendars that cannot hold everything', () => {
  const cannotHold: Partial<Target> = { holds: { cannotHold: ['location'] } }

  test('what comes back without it is not erased at the source', () => {
    const decision = decided({
      sides: [{}, { shows: { title: 'Brunch' }, replica: { agreed: { ...base, location: '' } }, target: cannotHold }],
    })
    expect(decision.event.content).toMatchObject({ title: 'Brunch', location: 'Café' })
    expect(written(decision)).toEqual({ [a]: { title: 'Brunch' } })
  })

  test('a change of such a field is not written there, now or later', () => {
    const agreed = { ...base, location: '' }
    const decision = decided({ sides: [{ shows: { location: 'new' } }, { replica: { agreed }, target: cannotHold }] })
    expect(decision.event.content.location).toBe('new')
    expect(decision.actions).toEqual([])
    const next = decided({
      event: decision.event,
      base: decision.event.content,
      sides: [{}, { target: cannotHold }],
    })
    expect([next.actions, next.event.content.location]).toEqual([[], 'new'])
  })

  test('a copy that is removed there after such a change removes the event: nothing was on its way to that calendar', () => {
    const agreed = { ...base, location: '' }
    const { event } = decided({ sides: [{ shows: { location: 'new' } }, { replica: { agreed }, target: cannotHold }] })
    const copy: Replica = { ...(event.replicas[b] as Replica), gone: true }
    const decision = decided({
      event: { ...event, replicas: { ...event.replicas, [b]: copy } },
      base: event.content,
      sides: [{}, { target: cannotHold }],
    })
    expect(decision.event.state).toBe('removing')
    expect(written(decision)).toEqual({ [a]: 'remove' })
  })

  test('a copy that is removed there removes the event, and the log keeps what the person could not see', () => {
    const decision = decided({
      sides: [
        {},
        {
          replica: { agreed: { ...base, location: '' }, standsFor: { location: 'Café' }, gone: true },
          target: cannotHold,
        },
      ],
    })
    expect(decision.event.state).toBe('removing')
    expect(JSON.stringify(decision.items)).toContain('Café')
  })
})

describe('what a server makes of our writes', () => {
  const sent = { ...base, title: '  Lunch  with a long name', location: 'new' }
  const attempt = (given: Partial<Attempt> = {}): Attempt => ({
    kind: 'update',
    content: sent,
    fields: ['title', 'location'],
    mirrorVersion: 1,
    ...given,
  })
  const afterWrite = (
    shows: Partial<EventContent>,
    replica: Partial<Replica>,
    more: Partial<Side> = {},
    at_?: Given['use'],
  ) =>
    decided({
      event: { content: sent },
      sides: [
        { replica: { agreed: sent } },
        { shows: { ...base, ...shows }, replica: { attempt: attempt(), ...replica }, ...more },
      ],
      ...(at_ ? { use: at_ } : {}),
    })

  test('what it shows at the very revision of our write is its rendering, whatever it is: no second write', () => {
    const decision = afterWrite(
      { title: 'LUNCH', location: 'somewhere' },
      { attempt: attempt({ confirmed: { revision: 'r2' as Revision } }) },
    )
    expect(decision.actions).toEqual([])
    expect(decision.event.content).toEqual(sent)
    expect(decision.event.replicas[b]?.quirks).toMatchObject([
      { field: 'title', wrote: fieldDigest('title', sent) },
      { field: 'location' },
    ])
  })

  test('a rendering that was seen once is known from then on, without a revision to go by', () => {
    const shown = { ...base, title: 'LUNCH', location: 'new' }
    const quirk = { field: 'title' as Field, wrote: fieldDigest('title', sent), shown: fieldDigest('title', shown) }
    const decision = afterWrite(shown, { quirks: [quirk] })
    expect([decision.actions, decision.event.content.title, decision.items]).toEqual([[], sent.title, []])
  })

  test('what a person typed after our write is not taken for the rendering of that write from then on', () => {
    const confirmed = { revision: 'r2' as Revision }
    const typed = afterWrite(
      { title: 'Brunch', location: 'new' },
      { attempt: attempt({ confirmed }) },
      { revision: 'r3' },
    )
    expect(typed.event.content.title).toBe('Brunch')
    expect(typed.event.replicas[b]?.quirks).toEqual([])
  })

  test('a write that nothing tells of is written again, however its server rendered that value before', () => {
    const agreed = { ...base, title: 'LUNCH' }
    const quirk = { field: 'title' as Field, wrote: fieldDigest('title', sent), shown: fieldDigest('title', agreed) }
    const decision = afterWrite({ title: 'LUNCH' }, { agreed, quirks: [quirk] })
    expect(written(decision)).toEqual({ [b]: { title: sent.title, location: 'new' } })
  })

  test('a field that comes back empty right after it was filled was dropped by the server, not by a person', () => {
    const decision = afterWrite({ title: sent.title, location: '' }, { attempt: attempt({ confirmed: {} }) })
    expect([decision.actions, decision.event.content.location]).toEqual([[], 'new'])
  })

  test('a person who empties a field is heard, though a write of it was on its way that never arrived', () => {
    const decision = afterWrite({ location: '' }, {})
    expect(decision.items).toMatchObject([
      { field: 'location', kind: 'both_changed', sides: [{ value: 'new' }, { value: '' }] },
    ])
  })

  test('an unanswered write that shows as it was sent has landed: no second write', () => {
    const decision = afterWrite({ title: sent.title, location: sent.location }, {})
    expect([decision.actions, decision.items]).toEqual([[], []])
    expect(decision.event.replicas[b]?.attempt).toBeUndefined()
  })

  test('an unanswered write that did not land is written again', () => {
    expect(written(afterWrite({}, {}))).toEqual({ [b]: { title: sent.title, location: 'new' } })
  })

  test('nothing is written to a copy with an unanswered write before it was looked at', () => {
    expect(written(afterWrite({}, {}, { isOld: true }))).toEqual({ [b]: 'verify' })
  })

  test('a create that was never answered is not repeated because the calendar shows it by now', () => {
    const decision = decided({
      event: { content: { ...base, title: 'Brunch' } },
      sides: [
        { replica: { agreed: { ...base, title: 'Brunch' } } },
        { isNew: true, replica: { status: 'absent', attempt: attempt({ kind: 'create', content: base, fields }) } },
      ],
    })
    expect(written(decision)).toEqual({ [b]: 'verify' })
    expect(decision.event.replicas[b]?.attempt?.content).toEqual(base)
  })

  test('another value after an unanswered write is taken and is in the log, with ours', () => {
    const decision = afterWrite({ title: sent.title, location: 'by a person' }, {})
    expect(decision.event.content.location).toBe('by a person')
    expect(decision.items).toMatchObject([
      { field: 'location', kind: 'ambiguous', sides: [{ value: 'new' }, { value: 'by a person' }] },
    ])
    expect(decision.event.weak).toContain('location')
  })

  test('an edit of a field that we did not write is an edit, also right after our write', () => {
    const decision = afterWrite(
      { title: sent.title, location: 'new', description: 'with Jo' },
      { attempt: attempt({ confirmed: {} }) },
    )
    expect(written(decision)).toEqual({ [a]: { description: 'with Jo' } })
  })

  test('a late write of ours that shows up at last is no edit', () => {
    const decision = decided({
      event: { content: { ...base, location: 'newest' } },
      sides: [
        { replica: { agreed: { ...base, location: 'newest' } } },
        {
          shows: { location: 'new' },
          replica: { unanswered: [{ field: 'location', wrote: fieldDigest('location', sent) }] },
        },
      ],
    })
    expect(decision.items).toEqual([])
    expect(written(decision)).toEqual({ [b]: { location: 'newest' } })
  })

  test('a copy that was rewritten six times without a person is left alone, until a person edits the event', () => {
    const churning: Side = { replica: { rewrites: 6, agreed: { ...base, location: 'by the server' } } }
    expect(decided({ sides: [{}, churning] }).actions).toEqual([])
    const edited = decided({ sides: [{ shows: { title: 'Brunch' } }, churning] })
    expect(written(edited)).toMatchObject({ [b]: { title: 'Brunch' } })
  })
})

describe('busy copies', () => {
  const busy: Partial<Member> = { projection: { ...defaultProjection, show: 'busy' } }
  const shownBusy = content('Busy', { visibility: 'private' })
  const copy = (shows: Partial<EventContent>): Side => ({ shows, replica: { agreed: shownBusy }, member: busy })

  test('a busy copy proposes new times, and nothing else that a person types into it', () => {
    const decision = decided({
      sides: [{}, copy({ title: 'leaked', description: 'leaked', location: 'leaked', time: hours(12) })],
    })
    expect(decision.event.content).toEqual({ ...base, time: hours(12) })
    expect(written(decision)).toEqual({ [a]: { time: hours(12) } })
  })

  test('nothing but time, availability and status of an event is in what is written to it', () => {
    const secret = 'a secret'
    const decision = decided({
      base: content(secret, {
        description: secret,
        location: secret,
        url: `https://example.com/${secret}`,
        categories: [secret],
        conferences: [{ url: secret }],
        attachments: [{ url: secret }],
        attendees: [{ email: secret, role: 'chair', status: 'accepted', type: 'individual' }],
        organizer: { email: secret },
        color: secret,
      }),
      sides: [{}, { isUnknown: true, member: busy }],
    })
    expect(decision.actions).toMatchObject([{ kind: 'create', content: { title: 'Busy', time: base.time } }])
    expect(JSON.stringify(decision.actions)).not.toContain(secret)
  })

  test('a private event is busy in every copy, and a visibility that is set in a copy does not blank it', () => {
    const created = decided({
      base: content('Doctor', { visibility: 'private', location: 'Clinic' }),
      sides: [{}, { isUnknown: true }],
    })
    expect(created.actions).toMatchObject([{ kind: 'create', content: { title: 'Busy', location: '' } }])
    const marked = decided({ sides: [{}, { shows: { visibility: 'private' } }] })
    expect([marked.actions, marked.event.content.visibility]).toEqual([[], 'default'])
  })

  test('one occurrence of a busy series can be moved, and keeps its title at the origin', () => {
    const slot = '2026-01-06T09:00:00'
    const moved = hours(14, 15, '2026-01-06')
    const decision = decided({
      base: daily('Therapy'),
      sides: [
        {},
        {
          member: busy,
          replica: { agreed: daily('Busy', { visibility: 'private' }) },
          shows: {
            overrides: { [slot]: { kind: 'changed', content: { ...content('x'), time: moved } as never } },
          },
        },
      ],
    })
    expect(decision.event.content.overrides[slot]).toMatchObject({
      kind: 'changed',
      content: { title: 'Therapy', time: moved },
    })
  })
})

describe('attendees', () => {
  test('are never written to a copy, nor taken from one', () => {
    const guests = [{ email: 'ada@example.com', role: 'chair', status: 'accepted', type: 'individual' }] as const
    const create = decided({ base: content('x', { attendees: guests }), sides: [{}, { isUnknown: true }] })
    expect(create.actions).toMatchObject([{ kind: 'create', content: { attendees: [], organizer: null } }])
    const added = decided({ sides: [{}, { shows: { attendees: guests } }] })
    expect([added.actions, added.event.content.attendees]).toEqual([[], []])
  })
})

test('the same input gives the same decision', () => {
  const given: Given = { sides: both({ changedAt: at(1) }, { changedAt: at(9) }) }
  expect(JSON.stringify(decided(given))).toBe(JSON.stringify(decided(given)))
})

test('an event that is in step everywhere needs nothing', () => {
  const { actions, items, event } = decided({ sides: [{}, {}, {}] })
  expect([actions, items, event.content, event.state]).toEqual([[], [], base, 'live'])
})

test('an event is copied to every calendar that is written to and has none', () => {
  const decision = decided({ sides: [{}, { isUnknown: true }, { isUnknown: true, member: { direction: 'write' } }] })
  expect(written(decision)).toEqual({ [b]: 'create', [c]: 'create' })
  const keys = [b, c].map((id) => decision.event.replicas[id]?.key)
  expect(new Set(keys).size).toBe(2)
})

test('three calendars that disagree: the last of them wins everywhere, and every value is in the log', () => {
  const decision = decided({
    sides: [
      { shows: { location: '1' }, changedAt: at(10) },
      { shows: { location: '2' }, changedAt: at(30) },
      { shows: { location: '3' }, changedAt: at(20) },
    ],
  })
  expect(decision.event.content.location).toBe('2')
  expect(written(decision)).toEqual({ [a]: { location: '2' }, [c]: { location: '2' } })
  const logged = decision.items.flatMap(({ sides }) => sides.map(({ value }) => value))
  expect(new Set(logged)).toEqual(new Set(['1', '2', '3']))
})

test('a series that is moved on one side and cancelled for a day on the other never mixes slots', () => {
  const slot = '2026-01-06T09:00:00'
  const decision = decided({
    base: daily('x'),
    sides: [
      { shows: { time: hours(11) }, changedAt: at(100) },
      { shows: { overrides: { [slot]: { kind: 'cancelled' } } }, changedAt: at(10) },
    ],
  })
  expect(decision.items).toMatchObject([{ field: 'overrides', path: ['series'], winner: a }])
  expect(decision.event.content).toMatchObject({ time: hours(11), overrides: {} })
  expect(written(decision)).toEqual({
    [b]: { time: hours(11), recurrence: daily('x').recurrence, overrides: {} },
  })
})

describe('an occurrence that was changed in nothing that a calendar shows', () => {
  const slot = '2026-01-07T09:00:00'
  const at9 = { kind: 'timed', local: slot, zone: 'Europe/Berlin' } as const
  const time = { start: at9, end: { ...at9, local: '2026-01-07T10:00:00' } }
  const overrides: EventContent['overrides'] = {
    [slot]: { kind: 'changed', content: { ...occurrenceOf(daily('x')), time, categories: ['deep work'] } },
  }
  const series = daily('x', { overrides })
  /** The calendar takes it for a regular one. */
  const swallowing = { agreed: daily('x'), standsFor: { overrides } }
  const until = (day: string) => ({ rule: `FREQ=DAILY;UNTIL=${day}T225959Z`, rdates: [] })

  test('goes on saying what it said when the title of the series is changed there', () => {
    const decision = decided({ base: series, sides: [{}, { shows: { title: 'y' }, replica: swallowing }] })
    expect(decision.event.content).toMatchObject({ title: 'y', overrides: { [slot]: { content: { title: 'x' } } } })
    expect(written(decision)).toMatchObject({ [a]: { title: 'y' }, [b]: { overrides } })
  })

  test('is written along when the title of the series comes from elsewhere', () => {
    const decision = decided({ base: series, sides: [{ shows: { title: 'y' } }, { replica: swallowing }] })
    expect(written(decision)).toEqual({ [b]: { title: 'y', overrides } })
  })

  test('is written once more when the title of the series was changed before our write of it showed', () => {
    const attempt = { kind: 'update', content: series, fields, mirrorVersion: 1, confirmed: {} } as const
    const late = { agreed: daily('before'), attempt }
    const decision = decided({ base: series, sides: [{}, { shows: { title: 'y' }, replica: late }] })
    expect(decision.event.content).toMatchObject({ title: 'y', overrides: { [slot]: { content: { title: 'x' } } } })
    expect(written(decision)).toMatchObject({ [b]: { overrides } })
  })

  test('keeps what cannot be seen there when a person changes the zone of the series, and another occurrence', () => {
    const titled = (categories: readonly string[]): EventContent['overrides'] => ({
      [slot]: { kind: 'changed', content: { ...occurrenceOf(daily('y')), time, categories } },
    })
    const inNewYork = <T extends object>(one: T): T => ({ ...one, zone: 'America/New_York' })
    const shows = {
      time: { start: inNewYork(series.time.start), end: inNewYork(series.time.end) },
      overrides: { ...titled([]), '2026-01-08T09:00:00': { kind: 'cancelled' } },
    } as const
    const replica = { agreed: daily('x', { overrides: titled([]) }), standsFor: { overrides: titled(['deep work']) } }
    const decision = decided({
      base: daily('x', { overrides: titled(['deep work']) }),
      sides: [{}, { shows, replica }],
    })
    expect(decision.event.content.overrides).toEqual({ ...shows.overrides, ...titled(['deep work']) })
  })

  test('goes with the days that a person cuts off there', () => {
    const cut = { recurrence: until('20260105') }
    const decision = decided({ base: series, sides: [{}, { shows: cut, replica: swallowing }] })
    expect([decision.event.content.recurrence, decision.event.content.overrides]).toEqual([cut.recurrence, {}])
    expect(written(decision)[a]).toEqual({ time: series.time, ...cut, overrides: {} })
    expect(decision.event.replicas[b]?.standsFor).toEqual({})
  })

  test('stays when a person cuts off later days there', () => {
    const cut = { recurrence: until('20260109') }
    const decision = decided({ base: series, sides: [{}, { shows: cut, replica: swallowing }] })
    expect(decision.event.content).toMatchObject({ ...cut, overrides })
  })
})

test('a series that was cut takes its overrides along, though a write without them was on its way', () => {
  const slot = '2026-01-07T09:00:00'
  const own = { ...occurrenceOf(daily('x')), location: 'Garden' }
  const series = daily('x', { overrides: { [slot]: { kind: 'changed', content: own } } })
  const sent = daily('x', { time: hours(11) })
  const unanswered = (['time', 'overrides'] as const).map((field) => ({ field, wrote: fieldDigest(field, sent) }))
  const cut = { recurrence: { rule: 'FREQ=DAILY;COUNT=2', rdates: [] }, overrides: {} }
  const decision = decided({ base: series, sides: [{}, { shows: cut, replica: { unanswered } }] })
  expect([decision.event.content.recurrence, decision.event.content.overrides]).toEqual([cut.recurrence, {}])
})

test('a rule that a late write of ours had as well comes with the overrides that somebody gave it', () => {
  const slot = '2026-01-07T09:00:00'
  const cut = { recurrence: { rule: 'FREQ=DAILY;COUNT=2', rdates: [] } }
  const own = { ...occurrenceOf(daily('x')), location: 'Garden' }
  const whole = daily('x', { overrides: { [slot]: { kind: 'changed', content: own } } })
  const unanswered = (['time', 'recurrence', 'overrides'] as const).map((field) => ({
    field,
    wrote: fieldDigest(field, daily('x')),
  }))
  const decision = decided({ base: daily('x', cut), sides: [{}, { shows: whole, replica: { unanswered } }] })
  expect([decision.event.content.recurrence, decision.event.content.overrides]).toEqual([
    whole.recurrence,
    whole.overrides,
  ])
})
