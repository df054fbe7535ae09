import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { isSyncError } from '../../src/errors.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, type World, world } from '../support/world.js'

/** What must be refused with `invalid_input`, and must not write anything. */
type Case = readonly [name: string, (w: World) => unknown]

const ids = (w: World) => w.calendarIds.map((calendarId) => ({ calendarId }))

const groups: readonly (readonly [string, (w: World) => unknown])[] = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['a text', () => 'group'],
  ['no members', () => ({ name: 'x' })],
  ['one member', (w) => ({ name: 'x', members: ids(w).slice(0, 1) })],
  ['one calendar twice', (w) => ({ name: 'x', members: [ids(w)[0], ids(w)[0]] })],
  ['a calendar that is not there', (w) => ({ name: 'x', members: [...ids(w), { calendarId: 'nowhere' }] })],
  ['a calendar id that is no text', (w) => ({ name: 'x', members: [...ids(w), { calendarId: 7 }] })],
  ['no name', (w) => ({ members: ids(w) })],
  ['a name that is no text', (w) => ({ name: 7, members: ids(w) })],
  ['a setting that does not exist', (w) => ({ name: 'x', members: ids(w), remove: 'editWins' })],
  [
    'a direction that does not exist',
    (w) => ({ name: 'x', members: ids(w).map((one) => ({ ...one, direction: 'up' })) }),
  ],
  ['nothing to read from', (w) => ({ name: 'x', members: ids(w).map((one) => ({ ...one, direction: 'write' })) })],
  ['a priority that is no number', (w) => ({ name: 'x', members: ids(w).map((one) => ({ ...one, priority: '1' })) })],
  [
    'a projection that does not exist',
    (w) => ({ name: 'x', members: ids(w).map((one) => ({ ...one, projection: { show: 'half' } })) }),
  ],
  ['a strategy that does not exist', (w) => ({ name: 'x', members: ids(w), strategies: [{ use: 'coin' }] })],
  [
    'a preference without calendars',
    (w) => ({ name: 'x', members: ids(w), strategies: [{ use: 'preferCalendar', order: [] }] }),
  ],
  ['a guard of less than nothing', (w) => ({ name: 'x', members: ids(w), removalGuard: { count: 0, share: -1 } })],
  ['an id with a slash', (w) => ({ name: 'x', members: ids(w), id: 'a/b' })],
  ['an empty id', (w) => ({ name: 'x', members: ids(w), id: '' })],
  ['an id that is taken', (w) => ({ name: 'x', members: ids(w), id: 'group' })],
]

const cases: readonly Case[] = [
  ...groups.map(
    ([name, given]): Case => [`groups.create with ${name}`, (w) => w.user.groups.create(given(w) as never)],
  ),
  ...[
    null,
    {},
    { provider: '' },
    { provider: 7 },
    { provider: 'nobody' },
    { provider: 'memory', id: 'a/b' },
    { provider: 'memory', settings: { account: 7 } },
  ].map(
    (given): Case => [`connections.add with ${JSON.stringify(given)}`, (w) => w.user.connections.add(given as never)],
  ),
  ['connections.refresh of one that is not there', (w) => w.user.connections.refresh('nowhere')],
  ['groups.get of one that is not there', (w) => w.user.groups.get('nowhere')],
  ['groups.get of an empty id', (w) => w.user.groups.get('')],
  ['groups.sync of one that is not there', (w) => w.user.groups.sync('nowhere')],
  ['groups.plan of one that is not there', (w) => w.user.groups.plan('nowhere')],
  [
    'held.approve of one that is not there',
    (w) => w.user.held.approve('nowhere', { calendarId: 'x', what: 'removals' }),
  ],
  ['held.approve of a calendar not in it', (w) => w.user.held.approve('group', { calendarId: 'x', what: 'removals' })],
  ['held.reject of a calendar not in it', (w) => w.user.held.reject('group', { calendarId: 'x', what: 'creations' })],
  ['calendars.get of one that is not there', (w) => w.user.calendars.get('nowhere')],
  ['events.get of one that is not there', (w) => w.user.events.get('group', 'nowhere')],
  ['events.ofGroup with a limit of nothing', (w) => w.user.events.ofGroup('group', { limit: 0 })],
  ['events.ofGroup with a page mark that is none', (w) => w.user.events.ofGroup('group', { after: 'x' })],
  ['events.agenda of a calendar that is not there', (w) => w.user.events.agenda(['nowhere'], { from: 0, to: 1 })],
  ['runs.list with too large a limit', (w) => w.user.runs.list('group', { limit: 5_000 })],
  ['audit.list with half a limit', (w) => w.user.audit.list('group', { limit: 1.5 })],
  ['conflicts.get of one that is not there', (w) => w.user.conflicts.get('nowhere')],
  ['conflicts.resolve of one that is not there', (w) => w.user.conflicts.resolve('nowhere', {})],
]

describe('what a host hands in wrongly is refused with invalid_input, and nothing is written', () => {
  for (const [name, call] of cases)
    test(name, async () => {
      const w = await world()
      w.calendar(0).add(content('Lunch'))
      await w.settle()
      w.commits.length = 0
      const error = await Promise.resolve()
        .then(() => call(w))
        .then(
          () => undefined,
          (reason: unknown) => reason,
        )
      expect(error).toMatchObject({ code: 'invalid_input', remedy: 'fix_input' })
      expect(isSyncError(error)).toBe(true)
      expect(w.commits).toEqual([])
    })

  const wrong: readonly (readonly [string, (w: World) => unknown])[] = [
    ['nothing', () => undefined],
    ['null', () => null],
    ['no field', () => ({})],
    ['a calendar that is no side', () => ({ location: 'nowhere' })],
    ['another field', (w) => ({ title: w.calendarIds[0] })],
    ['a field of its prototype', () => Object.create({ location: 'x' })],
    ['a list', (w) => [w.calendarIds[0]]],
    ['a side that is no text', () => ({ location: 7 })],
  ]
  for (const [name, take] of wrong)
    test(`conflicts.resolve with ${name}`, async () => {
      const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
      const id = w.calendar(0).add(content('Lunch'))
      await w.settle()
      w.calendar(0).edit(id, { location: 'here' })
      w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'there' })
      await w.sync()
      const [conflict] = (await w.user.conflicts.listOpen('group')).items
      w.commits.length = 0
      await expect(
        Promise.resolve().then(() => w.user.conflicts.resolve(conflict?.id ?? '', take(w) as never)),
      ).rejects.toMatchObject({ code: 'invalid_input' })
      expect(w.commits).toEqual([])
      // and it can still be decided, once
      await w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[0] ?? '' })
      await w.settle()
      await expect(
        w.user.conflicts.resolve(conflict?.id ?? '', { location: w.calendarIds[0] ?? '' }),
      ).rejects.toMatchObject({ code: 'invalid_input' })
    })
})

describe('user ids', () => {
  const engine = () => new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
  for (const id of ['', 'x'.repeat(513), undefined, null, 7, {}, ['ada']])
    test(`${JSON.stringify(id)?.slice(0, 20)} is none`, () => {
      expect(() => engine().user(id as never)).toThrowError(expect.objectContaining({ code: 'invalid_input' }))
    })

  test('any other text is one, and reaches nobody else', async () => {
    const all = engine()
    const odd = ['a/b', '../x', '__proto__', 'constructor', ' ', 'ÄÖ', '%00', "'; drop table"]
    for (const id of odd) {
      const user = all.user(id)
      expect(await user.connections.list()).toEqual([])
      await user.connections.add({ provider: 'memory', id: 'account' })
      expect(await user.connections.list()).toHaveLength(1)
    }
  })
})

test('two providers of one name are refused', () => {
  expect(
    () => new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider(), memoryProvider()] }),
  ).toThrowError(expect.objectContaining({ code: 'invalid_input' }))
})

test('no message holds what was handed in', async () => {
  const w = await world()
  const secret = 'a-secret-value'
  const errors = await Promise.all(
    [
      w.user.groups.create({ name: 'x', members: [], secret } as never),
      w.user.connections.add({ provider: 'memory', id: `${secret}/`, name: secret }),
      w.user.connections.add({ provider: 'memory', settings: { account: [secret] } }),
    ].map((call) => call.then(String, String)),
  )
  for (const text of errors) expect(text).not.toContain(secret)
})
