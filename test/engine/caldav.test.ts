import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory.js'
import { type CaldavStub, type CaldavStubOptions, startCaldavStub } from '../support/caldav-stub.js'
import { scenarios } from './caldav-scenarios.js'
import { single, weekly, withLine } from './caldav-texts.js'
import { DavWorld, type Place, wrote } from './caldav-world.js'

/** Ways in which servers differ, and what it costs there to learn that nothing has changed. */
const kinds: readonly (readonly [name: string, quietRequests: number, options: CaldavStubOptions])[] = [
  ['servers that can do everything', 1, {}],
  ['servers with ctag only, which tell no tag after a PUT', 1, { syncCollection: false, etagOnPut: false }],
  // First what it can, then the names and tags of everything.
  ['servers without sync reports and ctags', 2, { syncCollection: false, ctag: false }],
  ['servers with weak tags, in small pages', 1, { etags: 'weak', pageSize: 2 }],
  // And then every text.
  ['servers that give no tags at all', 3, { etags: 'none', syncCollection: false, ctag: false }],
]

describe.each(kinds)('two calendars at %s', (_name, quietRequests, options) => {
  for (const scenario of scenarios)
    test(scenario.name, () => withStubs(options, async (world) => scenario.run(await world.start()), quietRequests))
})

describe('servers that fail at the wrong moment', () => {
  test('a PUT that is stored and never answered makes one copy', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      await world.add(0, single('Lunch'))
      there.options.fault = once(({ method }) => method === 'PUT', 'lose_answer')
      await world.sync()
      expect(await world.titles(1)).toEqual(['Lunch'])
      await world.settle()
      expect(await world.titles(0)).toEqual(['Lunch'])
      expect(await world.titles(1)).toEqual(['Lunch'])
    }))

  test('an edit that arrives while ours is on its way is merged and not written over', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      await world.add(0, single('Lunch'))
      await world.settle()
      await world.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      there.options.fault = once(
        ({ method }) => method === 'PUT',
        () => {
          const [file] = there.files('work')
          const text = there.get('work', file ?? '') ?? ''
          there.put('work', file ?? '', withLine(text, 'DESCRIPTION', 'Typed at the same moment'))
          return undefined
        },
      )
      await world.settle()
      for (const side of [0, 1] as const)
        expect((await world.event(side, 'Lunch')).content).toMatchObject({
          location: 'Canteen',
          description: 'Typed at the same moment',
        })
    }))

  test('a password that stops working in the middle of a run leaves nothing half done', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      const titles = ['Five', 'Four', 'One', 'Three', 'Two']
      for (const title of titles) await world.add(0, single(title))
      let puts = 0
      there.options.fault = ({ method }) => (puts > 1 || (method === 'PUT' && ++puts > 1) ? { status: 401 } : undefined)
      const run = await world.sync()
      expect(run.failures).toMatchObject([{ calendarId: world.calendarIds[1], failure: { code: 'auth_expired' } }])
      expect(run.more).toBe(true)
      expect(await world.titles(0)).toEqual(titles)
      delete there.options.fault
      await world.settle()
      expect(await world.titles(1)).toEqual(titles)
    }))

  test('an answer that breaks off half way removes nothing', () =>
    withStubs({}, async (world, [here]) => {
      await world.start()
      for (const title of ['One', 'Two', 'Three', 'Four']) await world.add(0, single(title))
      await world.settle()
      here.forgetTokens('work')
      here.options.fault = ({ method }) => (method === 'REPORT' || method === 'PROPFIND' ? 'cut_answer' : undefined)
      const run = await world.sync()
      expect(run.failures).toMatchObject([{ calendarId: world.calendarIds[0] }])
      expect(wrote(run)).toBe(0)
      delete here.options.fault
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toHaveLength(4)
    }))

  test('a server that forgets its tokens is listed anew; nothing is written and nothing removed', () =>
    withStubs({}, async (world, [here, there]) => {
      await world.start()
      await world.add(0, single('Lunch'))
      await world.add(1, weekly('Stand-up'))
      await world.settle()
      for (const stub of [here, there]) stub.forgetTokens('work')
      expect(wrote(await world.settle())).toBe(0)
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Lunch', 'Stand-up'])
    }))

  test('a server that drops what it does not know and trims titles is not written to again and again', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      there.options.normalize = (text) =>
        text
          .replace(/\r?\n[ \t]/g, '')
          .replace(/^(?:COLOR|PRIORITY|GEO)[;:].*\r?\n/gm, '')
          .replace(/^SUMMARY:(.{0,12}).*$/gm, 'SUMMARY:$1')
      await world.add(0, single('A title of many words', 'COLOR:tomato', 'PRIORITY:3', 'GEO:52.5;13.4'))
      await world.settle()
      expect(await world.titles(1)).toEqual(['A title of m'])
      await world.edit(1, 'A title of m', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.settle()
      expect((await world.event(0, 'A title of many words')).content).toMatchObject({
        location: 'Canteen',
        color: 'tomato',
        priority: 3,
        geo: { latitude: 52.5, longitude: 13.4 },
      })
    }))

  test('a server that drops X- properties loses the mark, and our copies are still known after a crash', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      there.options.normalize = (text) => text.replace(/\r?\n[ \t]/g, '').replace(/^X-.*\r?\n/gm, '')
      await world.add(0, single('Lunch'))
      there.options.fault = once(({ method }) => method === 'PUT', 'lose_answer')
      await world.sync()
      world.restart()
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Lunch'])
    }))

  test('a copy that a person duplicates in their program is an event of its own', () =>
    withStubs({}, async (world) => {
      await world.start()
      await world.add(0, single('Lunch'))
      await world.settle()
      const text = (await world.text(1, 'Lunch')).replace(/\r?\n[ \t]/g, '')
      await world.add(
        1,
        text.replace(/^UID:.*$/m, 'UID:duplicate@example.com').replace('SUMMARY:Lunch', 'SUMMARY:Second lunch'),
      )
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Lunch', 'Second lunch'])
    }))

  test('one event that a server refuses does not stop its neighbours, and the event says why', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      for (const title of ['One', 'Poison', 'Two']) await world.add(0, single(title))
      there.options.fault = ({ method, body }) =>
        method === 'PUT' && body.includes('SUMMARY:Poison') ? { status: 415 } : undefined
      const run = await world.sync()
      expect(run).toMatchObject({ end: 'finished', failures: [], counts: { created: 2, failed: 1 } })
      expect(await world.titles(1)).toEqual(['One', 'Two'])
      const { items } = await world.user.events.ofGroup('group')
      expect(
        items.filter(({ failure }) => failure).map(({ content, failure }) => [content.title, failure?.code]),
      ).toEqual([['Poison', 'event_refused']])
    }))

  test('a server that asks to slow down is left alone for as long as it says', () =>
    withStubs({}, async (world, [, there]) => {
      await world.start()
      await world.add(0, single('Lunch'))
      there.options.fault = ({ method }) =>
        method === 'PUT' ? { status: 429, headers: { 'retry-after': '600' } } : undefined
      expect((await world.sync()).more).toBe(true)
      delete there.options.fault
      await world.sync()
      expect(world.requests.filter(({ method }) => method === 'PUT')).toEqual([])
      world.clock.now += 600_000
      await world.settle()
      expect(await world.titles(1)).toEqual(['Lunch'])
    }))

  test('two workers that sync at the same time make one copy', () =>
    withStubs({ latencyMs: 5 }, async (world) => {
      await world.start()
      for (const title of ['One', 'Two', 'Three']) await world.add(0, single(title))
      const first = world.user
      world.restart()
      const second = world.user
      const ends = (await Promise.all([first.groups.sync('group'), second.groups.sync('group')])).map(({ end }) => end)
      expect(ends.sort()).toEqual(['busy', 'finished'])
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['One', 'Three', 'Two'])
    }))

  test.each([
    ['one of many', 1],
    ['all', 6],
  ])('events that come back under other names, %s of them, are the ones that were there', (_name, count) =>
    withStubs({}, async (world, [here]) => {
      await world.start()
      const titles = ['Five', 'Four', 'One', 'Six', 'Three', 'Two']
      for (const title of titles) await world.add(0, single(title))
      await world.settle()
      const before = await originsOf(world)
      for (const file of here.files('work').slice(0, count)) {
        const text = here.get('work', file) ?? ''
        here.remove('work', file)
        here.put('work', `restored-${file}`, text)
      }
      for (let runs = 0; runs < 3; runs++) await world.sync()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(titles)
      expect(await originsOf(world)).toEqual(before)
    }),
  )

  test('an event that comes back under another name while its copy is edited is one event, with the edit', () =>
    withStubs({}, async (world, [here]) => {
      await world.start()
      for (const title of ['Lunch', 'Other one', 'Other two']) await world.add(0, single(title))
      await world.settle()
      const file = here.files('work').find((name) => here.get('work', name)?.includes('SUMMARY:Lunch')) ?? ''
      const text = here.get('work', file) ?? ''
      here.remove('work', file)
      here.put('work', `restored-${file}`, text)
      await world.edit(1, 'Lunch', (old) => withLine(old, 'LOCATION', 'Canteen'))
      await world.settle()
      for (const side of [0, 1] as const) {
        expect(await world.titles(side)).toEqual(['Lunch', 'Other one', 'Other two'])
        expect((await world.event(side, 'Lunch')).content.location).toBe('Canteen')
      }
    }))

  test('a second group over the same calendars does not copy the copies of the first', () =>
    withStubs({}, async (world) => {
      await world.start()
      await world.add(0, single('Lunch'))
      await world.settle()
      world.restart({ storage: memoryStorage() })
      world.secret = 'another installation'
      world.restart({ storage: world.storage })
      await world.start()
      await world.settle()
      expect(await world.titles(0)).toEqual(['Lunch'])
    }))
})

/** What every event was first seen as. */
async function originsOf(world: DavWorld): Promise<readonly (readonly [title: string, firstSyncedAt: number])[]> {
  const { items } = await world.user.events.ofGroup('group')
  return items.map(({ content, origin }) => [content.title, origin.firstSyncedAt] as const).sort()
}

type Fault = NonNullable<CaldavStubOptions['fault']>
type Request = Parameters<Fault>[0]

/** A fault that strikes the first request of its kind. */
function once(matches: (request: Request) => boolean, fault: ReturnType<Fault> | (() => undefined)): Fault {
  let isDone = false
  return (request) => {
    if (isDone || !matches(request)) return undefined
    isDone = true
    return typeof fault === 'function' ? fault() : fault
  }
}

async function withStubs(
  options: CaldavStubOptions,
  run: (world: DavWorld, stubs: readonly [CaldavStub, CaldavStub]) => Promise<void>,
  quietRequests = 1,
): Promise<void> {
  const stubs = [
    await startCaldavStub({ ...options, ...jane }),
    await startCaldavStub({ ...options, ...jane }),
  ] as const
  try {
    await run(new DavWorld([placeOf(stubs[0], quietRequests), placeOf(stubs[1], quietRequests)]), stubs)
  } finally {
    for (const stub of stubs) await stub.close()
  }
}

const jane = { username: 'jane', password: 'secret' }

function placeOf(stub: CaldavStub, quietRequests: number): Place {
  return {
    url: new URL(stub.calendar('work'), stub.url).href,
    ...jane,
    quietRequests,
    destroy: async () => stub.removeCalendar('work'),
  }
}
