import { beforeAll, describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { type World, world } from '../support/world.js'

/** What comes in over the wire, or from a host that was handed it. No entrance has a use for any of it. */
const makers: Readonly<Record<string, () => unknown>> = {
  'something that holds itself': () => {
    const own: Record<string, unknown> = {}
    for (const key of ['all', 'name', 'members', 'fields', 'settings', 'take']) own[key] = [own, own]
    return own
  },
  'a list nested without end': () => nested((below) => [below]),
  'an object nested without end': () => nested((below) => ({ not: below, settings: below, all: below })),
  'a hundred thousand entries': () => Array.from({ length: 100_000 }, () => ({})),
  'a hundred thousand keys': () => Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`key ${at}`, at])),
  'keys that reach for a prototype': () =>
    JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  'a proxy whose traps throw': () => new Proxy({}, { ownKeys: boom, get: boom, has: boom, getPrototypeOf: boom }),
  'a getter that throws': () => Object.defineProperty({}, 'name', { get: boom, enumerable: true }),
  'a text of megabytes': () => 'canary'.repeat(500_000),
  'a function': () => boom,
  'a symbol': () => Symbol('canary'),
  'a big integer': () => 10n,
  'no number': () => Number.NaN,
}

const hostile = Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make()]))

let w: World
beforeAll(async () => {
  w = await world()
})

const group = (given: object) => {
  const [first, second] = w.calendarIds
  return w.user.groups.create({
    name: 'x',
    members: [{ calendarId: first }, { calendarId: second }],
    ...given,
  } as never)
}
const member = (given: object) => {
  const [first, second] = w.calendarIds
  return group({ members: [{ calendarId: first, ...given }, { calendarId: second }] })
}

const entrances: Readonly<Record<string, (given: never) => Promise<unknown>>> = {
  group: (given) => w.user.groups.create(given),
  'group.name': (name) => group({ name }),
  'group.id': (id) => group({ id }),
  'group.members': (members) => group({ members }),
  'group.members.0': (given) => group({ members: [given, { calendarId: w.calendarIds[1] }] }),
  'group.members.0.calendarId': (calendarId) => member({ calendarId }),
  'group.members.0.priority': (priority) => member({ priority }),
  'group.members.0.projection': (projection) => member({ projection }),
  'group.members.0.projection.busyTitle': (busyTitle) => member({ projection: { busyTitle } }),
  'group.members.0.projection.reminders': (reminders) => member({ projection: { reminders } }),
  'group.members.0.projection.fields': (fields) => member({ projection: { fields } }),
  'group.members.0.projection.fields.title': (title) => member({ projection: { fields: { title } } }),
  'group.members.0.projection.fields.title.0': (step) => member({ projection: { fields: { title: [step] } } }),
  'group.members.0.projection.fields.title.0.template': (template) =>
    member({ projection: { fields: { title: [{ template }] } } }),
  'group.members.0.sends': (sends) => member({ sends }),
  'group.members.0.receives': (receives) => member({ receives }),
  'group.members.0.strategies': (strategies) => member({ strategies }),
  'group.strategies': (strategies) => group({ strategies }),
  'group.strategies.0.order': (order) => group({ strategies: [{ use: 'preferCalendar', order }] }),
  'group.strategies.0.name': (name) => group({ strategies: [{ use: 'host', name }] }),
  'group.fieldStrategies': (fieldStrategies) => group({ fieldStrategies }),
  'group.rules': (rules) => group({ rules }),
  'group.rules.0': (rule) => group({ rules: [rule] }),
  'group.removal': (removal) => group({ removal }),
  'group.removalGuard': (removalGuard) => group({ removalGuard }),
  'the changes of a group': (given) => w.user.groups.change(w.group.id, given),
  'the id of a group': (given) => w.user.groups.get(given),
  connection: (given) => w.user.connections.add(given),
  'connection.settings': (settings) => w.user.connections.add({ provider: w.provider.id, settings }),
  'the id of a conflict': (given) => w.user.conflicts.resolve(given, {}),
}

/** A setting of a provider may be a number, a text or a list: what is refused there is what is no JSON, or too much. */
const harmless = new Set(['connection.settings/a text of megabytes'])

describe.each(Object.keys(entrances))('%s', (entrance) => {
  const values = Object.keys(hostile).filter((value) => !harmless.has(`${entrance}/${value}`))
  test.each(values)('refuses %s with a path, soon, and tells nothing of it', async (value) => {
    const given = hostile[value] as never
    const began = performance.now()
    const error = await entrances[entrance]?.(given).then(
      () => 'taken',
      (refused: unknown) => refused,
    )
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(isSyncError(error, 'invalid_input') ? 'refused' : error).toBe('refused')
    expect((error as Error).message.length).toBeLessThan(1_100)
    expect('polluted' in {}).toBe(false)
  })
})

test('after all of that nothing was written and the group syncs as before', async () => {
  expect(await w.user.groups.list()).toHaveLength(1)
  expect((await w.sync()).end).toBe('finished')
})

function nested(wrap: (below: unknown) => unknown): unknown {
  let made: unknown = 1
  for (let level = 0; level < 100_000; level++) made = wrap(made)
  return made
}

function boom(): never {
  throw new RangeError('canary')
}
