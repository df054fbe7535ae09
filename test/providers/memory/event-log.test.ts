import fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeContent } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId } from '../../../src/model/ids.js'
import {
  longestLag,
  type MemoryBehaviour,
  type MemoryCalendar,
  type MemoryService,
  memoryProvider,
} from '../../../src/providers/memory/index.js'
import type { RemoteChange } from '../../../src/providers/provider.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'

type Step =
  | { readonly do: 'add' }
  | { readonly do: 'edit' | 'remove' | 'touch' | 'copy' | 'poison'; readonly which: number }
  | { readonly do: 'expire' | 'pull' | 'cutOff' }
  | { readonly do: 'lag'; readonly by: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'add' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('edit', 'remove', 'touch', 'copy', 'poison' as const),
      which: fc.nat(40),
    }) as fc.Arbitrary<Step>,
  },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: 'pull' }, { do: 'cutOff' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'expire' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lag'), by: fc.nat(70) }) as fc.Arbitrary<Step> },
)

test.each<[string, MemoryBehaviour]>([
  ['with deltas', {}],
  ['with deltas that lag now and then', { lagging: () => 0 }],
  ['without deltas', { deltas: false, skipsUnchanged: true }],
])('law: whoever follows the listings ends with what is there, %s', async (_name, behaviour) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 5 }), async (steps, pageSize) => {
      let lag = 0
      const lags = behaviour.lagging === undefined ? {} : { lagging: () => lag }
      const provider = memoryProvider({
        behaviour: { ...behaviour, ...lags },
        calendars: [{ id: 'work' }],
        pageSize,
        now: () => 0,
      })
      const calendar = provider.service.calendar('work')
      const account = provider.open({ settings: undefined, credentials: undefined })
      const mirror = new Mirror({ account, calendar: 'work' as RemoteCalendarId } as never)
      let edits = 0
      for (const one of steps) {
        const ids = calendar.all().map((event) => event.id)
        const id = 'which' in one ? ids[one.which % Math.max(1, ids.length)] : undefined
        if (one.do === 'add') calendar.add({ title: `event ${ids.length}`, time: aDay })
        if (one.do === 'expire') calendar.expireCursors()
        if (one.do === 'lag') lag = one.by
        if (one.do === 'pull') await pullWhatever(mirror)
        if (one.do === 'cutOff') await cutOff(mirror, () => calendar.add({ title: 'in between', time: aDay }))
        if (id === undefined) continue
        if (one.do === 'edit') calendar.edit(id, { title: `edit ${++edits}` })
        if (one.do === 'touch') calendar.touch(id)
        if (one.do === 'remove') calendar.remove(id)
        if (one.do === 'copy') calendar.copy(id)
        if (one.do === 'poison') calendar.poison(id)
      }
      lag = 0
      await pullWhatever(mirror)
      const isReadable = (event: { readonly id: RemoteId }): boolean => !calendar.log.live(event.id)?.poisoned
      const expected = calendar.all().filter(isReadable)
      const followed = [...mirror.events.values()].filter(isReadable)
      expect(followed.sort(byId)).toEqual([...expected].sort(byId))
      expect(calendar.size).toBe(calendar.all().length)
      const again = await mirror.pull()
      expect([again.changed, again.removed]).toEqual([[], []])
    }),
    { numRuns: 150 },
  )
})

test('the log does not grow with edits of the same events', () => {
  const calendar = memoryProvider({ calendars: [{ id: 'work' }] }).service.calendar('work')
  const ids = Array.from({ length: 10 }, (_, index) => calendar.add({ title: `${index}`, time: aDay }))
  for (let round = 0; round < 1_000; round += 1) for (const id of ids) calendar.touch(id)
  expect(calendar.log.dump().events).toHaveLength(10)
  expect([...calendar.log.after(0)].map((entry) => entry.event.id)).toEqual(ids)
  expect(calendar.log.length).toBeLessThanOrEqual(2 * 10 + 64)
})

test('a lagging listing shows events as they were, and its cursor is as old', async () => {
  const { calendar, mirror, lag } = lagging()
  const edited = calendar.add({ title: 'old', time: aDay })
  const removed = calendar.add({ title: 'removed', time: aDay })
  calendar.edit(edited, { title: 'new' })
  calendar.remove(removed)
  const added = calendar.add({ title: 'added', time: aDay })
  lag(3)
  await mirror.pull()
  expect([...mirror.events.values()].map(({ id, content }) => [id, content.title])).toEqual([
    [edited, 'old'],
    [removed, 'removed'],
  ])
  lag(0)
  const caughtUp = await mirror.pull()
  expect(caughtUp.complete).toBe(false)
  expect([...caughtUp.changed].sort()).toEqual([edited, added].sort())
  expect(caughtUp.removed).toEqual([removed])
})

test('a lagging listing never gives an older cursor, nor events that are known', async () => {
  const { calendar, mirror, lag } = lagging()
  const known = calendar.add({ title: 'known', time: aDay })
  await mirror.pull()
  const { cursor } = mirror
  calendar.edit(known, { title: 'not told yet' })
  lag(1)
  expect(await changesOf(mirror)).toEqual([])
  lag(2) // now the listing has not even heard of the add
  expect(await changesOf(mirror)).toEqual([])
  await mirror.pull()
  expect(mirror.cursor).toBe(cursor)
})

test('a lagging listing knows the past as far back as it may lag', async () => {
  const { calendar, mirror, lag } = lagging()
  const id = calendar.add({ title: 'first', time: aDay })
  for (let edit = 1; edit <= longestLag; edit += 1) calendar.edit(id, { title: `edit ${edit}` })
  lag(longestLag)
  await mirror.pull()
  expect(mirror.events.get(id)?.content.title).toBe('first')
})

test('a lagging listing that goes on from a resume token still lags', async () => {
  const { calendar, mirror, lag } = lagging(1)
  const [first, second] = [calendar.add({ title: 'a', time: aDay }), calendar.add({ title: 'b', time: aDay })]
  calendar.edit(second, { title: 'b, edited' })
  lag(1)
  const titles: string[] = []
  const listing = await mirror.begin({})
  for await (const page of listing.pages) {
    lag(0)
    expect(page.changes).toMatchObject([{ event: { id: first } }])
    const resumed = await mirror.begin({ ...(page.resume !== undefined && { resume: page.resume }) })
    for await (const next of resumed.pages) {
      for (const change of next.changes) if (change.type === 'upsert') titles.push(change.event.content.title)
    }
    break
  }
  expect(titles).toEqual(['b'])
})

test('a cursor from after a restored snapshot has expired', async () => {
  const { calendar, mirror, service } = lagging()
  const snapshot = service.snapshot()
  calendar.add({ title: 'lost', time: aDay })
  await mirror.pull()
  service.restore(snapshot)
  await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
})

const aDay = completeContent({
  time: { start: { kind: 'date', date: '2026-03-04' }, end: { kind: 'date', date: '2026-03-05' } },
}).time

function lagging(pageSize = 200): {
  readonly calendar: MemoryCalendar
  readonly service: MemoryService
  readonly mirror: Mirror
  lag(by: number): void
} {
  let lag = 0
  const provider = memoryProvider({ behaviour: { lagging: () => lag }, calendars: [{ id: 'work' }], pageSize })
  const account = provider.open({ settings: undefined, credentials: undefined })
  return {
    calendar: provider.service.calendar('work'),
    service: provider.service,
    mirror: new Mirror({ account, calendar: 'work' as RemoteCalendarId } as never),
    lag(by: number): void {
      lag = by
    },
  }
}

/** What the next listing says, without taking it in. */
async function changesOf(mirror: Mirror): Promise<readonly RemoteChange[]> {
  const changes: RemoteChange[] = []
  const listing = await mirror.begin(mirror.cursor === undefined ? {} : { cursor: mirror.cursor })
  for await (const page of listing.pages) changes.push(...page.changes)
  return changes
}

async function pullWhatever(mirror: Mirror): Promise<void> {
  await mirror.pull().catch(async (error: { readonly code?: string }) => {
    expect(error.code).toBe('cursor_expired')
    mirror.cursor = undefined
    await mirror.pull()
  })
}

/** Reads one page, lets something happen, and goes on from the resume token. */
async function cutOff(mirror: Mirror, meanwhile: () => void): Promise<void> {
  const listing = await mirror
    .begin(mirror.cursor === undefined ? {} : { cursor: mirror.cursor })
    .catch(() => undefined)
  if (listing === undefined) return pullWhatever(mirror)
  const pages = []
  for await (const page of listing.pages) {
    pages.push(page)
    if (page.resume !== undefined) break
  }
  meanwhile()
  const resume = pages.at(-1)?.resume
  if (resume !== undefined) for await (const page of (await mirror.begin({ resume })).pages) pages.push(page)
  mirror.learn(listing.complete, pages)
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}
