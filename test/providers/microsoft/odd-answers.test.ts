import { expect, test } from 'vitest'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { accountOf, lunch, monday, mondays, type Opened, opened } from './opened.js'

test('an exception that comes without a tag kept its whole calendar from being read', async () => {
  const world = opened()
  const { id = '' } = world.jane.create(mondays)
  world.jane.editOccurrence(id, monday(1), { subject: 'With cake' })
  world.jane.create(lunch('Lunch'))
  const untagged = ({ '@odata.etag': _tag, changeKey: _key, ...rest }: Resource): Resource => rest
  const mirror = through(world, (value) =>
    Array.isArray(value['exceptionOccurrences'])
      ? { ...value, exceptionOccurrences: (value['exceptionOccurrences'] as Resource[]).map(untagged) }
      : value,
  )
  await mirror.pull()
  expect(mirror.events.size).toBe(2)
  world.jane.editOccurrence(id, monday(1), { subject: 'With tea' })
  expect((await mirror.pull()).changed).toEqual([id])
})

test('a single event that comes without a tag is set aside alone', async () => {
  const world = opened()
  const { id = '' } = world.jane.create(lunch('Lunch'))
  world.jane.create(lunch('Dinner'))
  const mirror = through(world, (value) => {
    const { '@odata.etag': _tag, changeKey: _key, ...rest } = value
    return value['id'] === id ? rest : value
  })
  const lesson = await mirror.pull()
  expect(lesson.unreadable).toEqual([id])
  expect([...mirror.events.values()].map(({ content }) => content.title)).toEqual(['Dinner'])
})

test('an occurrence that stands in the list of events was taken for an event of its own', async () => {
  const world = opened()
  const { id = '' } = world.jane.create(mondays)
  world.jane.editOccurrence(id, monday(1), { subject: 'With cake' })
  const exception = world.jane.occurrences(id)[1] as Resource
  const mirror = through(world, (value) => {
    const list = value['value']
    const isList =
      Array.isArray(list) &&
      list.some((one) => (one as Resource)['type'] === 'seriesMaster' && !('@odata.type' in (one as Resource)))
    return isList ? { ...value, value: [...list, exception] } : value
  })
  await mirror.pull()
  expect([...mirror.events.keys()]).toEqual([id])
})

test('an occurrence that does not name its series kept its whole calendar from being read', async () => {
  const world = opened()
  const { id = '' } = world.jane.create(mondays)
  const mirror = through(world, (value) => {
    const { seriesMasterId: _series, ...rest } = value
    return rest
  })
  await mirror.pull()
  world.jane.editOccurrence(id, monday(1), { subject: 'With cake' })
  expect((await mirror.pull()).changed).toEqual([id])
})

type Resource = Readonly<Record<string, unknown>>

/** The calendar as it is seen through a service that answers with something else in places. */
function through(world: Opened, change: (value: Resource) => Resource): Mirror {
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside)
    if (typeof value !== 'object' || value === null) return value
    return change(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inside(one)])))
  }
  const send: typeof fetch = async (input, init) => {
    const answer = await world.microsoft.fetch(input, init)
    return Response.json(inside(await answer.json()), { status: answer.status })
  }
  const account = accountOf({ fetch: send }, world.owner, { now: () => Date.UTC(2026, 1, 27, 8) })
  const person = { add: never, edit: never, remove: never }
  return new Mirror({ account, calendar: world.calendar, person, close: async () => undefined })
}

async function never(): Promise<never> {
  throw new Error('people act at their own screen here')
}
