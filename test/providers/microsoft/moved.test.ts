import { describe, expect, test } from 'vitest'
import type { RemoteId } from '../../../src/model/ids.js'
import type { Fetched, RemoteEvent } from '../../../src/providers/provider.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { accountOf, lunch, monday, mondays, type Opened, opened } from './opened.js'

const kinds: readonly FakeMicrosoftOptions[] = [
  {},
  { occurrenceTombstones: 'given', removedType: 'absent', originalStart: 'given' },
]

describe.each(kinds)('what a person moves to another calendar, where its id stays (%o)', (options) => {
  test('a series was told of as removed, and as changed right after', async () => {
    const { jane, owner, mirror } = lax(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { subject: 'With cake' })
    await mirror.pull()
    jane.move(id, owner.addCalendar({ name: 'Second' }))
    expect(await mirror.pull()).toMatchObject({ removed: [id], changed: [] })
    expect([...mirror.events.keys()]).toEqual([])
  })

  test('a series of which an occurrence was changed before was told of as still there', async () => {
    const { jane, owner, mirror } = lax(options)
    const { id = '' } = jane.create(mondays)
    await mirror.pull()
    jane.editOccurrence(id, monday(1), { subject: 'With cake' })
    jane.removeOccurrence(id, monday(2))
    jane.move(id, owner.addCalendar({ name: 'Second' }))
    expect(await mirror.pull()).toMatchObject({ removed: [id], changed: [] })
  })

  test.each(['a single event', 'a series'])('%s that nobody has seen moving was removed there', async (kind) => {
    const world = lax(options)
    const { second, current } = await movedUnseen(world, kind)
    await expect(world.account.remove(world.calendar, current)).rejects.toMatchObject({ code: 'not_found' })
    expect(world.owner.calendar(second).all()).toHaveLength(1)
  })

  test.each(['a single event', 'a series'])('%s that nobody has seen moving was changed there', async (kind) => {
    const world = lax(options)
    const { second, current } = await movedUnseen(world, kind)
    const change = { current, content: { ...current.content, title: 'Other' }, fields: ['title'] as const }
    await expect(world.account.update(world.calendar, change)).rejects.toMatchObject({ code: 'not_found' })
    expect(world.owner.calendar(second).all()[0]?.subject).not.toBe('Other')
  })
})

/** A service that finds an event by its id, whichever calendar it is asked for in: that none does so is not documented. */
function lax(options: FakeMicrosoftOptions): Opened {
  const world = opened(options)
  const anywhere = (url: string): string => url.replace(/calendars\/[^/?]+\/events\/(?=[^?])/, 'events/')
  const send: typeof fetch = async (input, init) => {
    const url = anywhere(String(input))
    if (!url.endsWith('$batch')) return await world.microsoft.fetch(url, init)
    const { requests } = JSON.parse(String(init?.body)) as { readonly requests: readonly { readonly url: string }[] }
    const body = JSON.stringify({ requests: requests.map((one) => ({ ...one, url: anywhere(one.url) })) })
    return await world.microsoft.fetch(url, { ...init, body })
  }
  const account = accountOf({ fetch: send }, world.owner, { now: () => Date.UTC(2026, 1, 27, 8) })
  const person = { add: never, edit: never, remove: never }
  const mirror = new Mirror({ account, calendar: world.calendar, person, close: async () => undefined })
  return { ...world, account, mirror }
}

async function never(): Promise<never> {
  throw new Error('people act at their own screen here')
}

async function movedUnseen(world: Opened, kind: string): Promise<{ second: string; current: RemoteEvent }> {
  const { id = '' } = world.jane.create(kind === 'a series' ? mondays : lunch('Lunch'))
  const [found] = (await world.account.fetch(world.calendar, [id as RemoteId])) as [Fetched]
  if (found.type !== 'found') throw new Error('it was there')
  const second = world.owner.addCalendar({ name: 'Second' })
  world.jane.move(id, second)
  // That a move is a change of its tag is a guess; where it is none, nothing refuses a write there.
  world.owner.calendar(second).touch(id)
  return { second, current: found.event }
}
