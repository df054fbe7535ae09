import { expect } from 'vitest'
import type { Slot } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { single, weekly, wholeDays, withLine, withMovedSecond } from './caldav-texts.js'
import { type DavWorld, dyingAfterCreate, wrote } from './caldav-world.js'

/** Something that two people live through, at whatever servers their calendars are. */
export interface Scenario {
  readonly name: string
  run(world: DavWorld): Promise<void>
}

/** What must hold at every pair of CalDAV servers. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'a first sync copies both ways; the next one writes nothing and costs as little as the servers allow',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.add(0, weekly('Stand-up'))
      await world.add(1, wholeDays('Workshop'))
      const first = await world.sync()
      expect(first).toMatchObject({ end: 'finished', failures: [], counts: { created: 3, failed: 0 } })
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Lunch', 'Stand-up', 'Workshop'])
      for (const title of ['Lunch', 'Stand-up', 'Workshop']) {
        const [here, there] = [await world.event(0, title), await world.event(1, title)]
        expect(there.content).toEqual(here.content)
      }
      await world.rest()
      const second = await world.sync()
      expect(second).toMatchObject({ end: 'finished', more: false, counts: { observed: 0 } })
      expect(wrote(second)).toBe(0)
      expect(world.requests).toHaveLength(world.places[0].quietRequests + world.places[1].quietRequests)
    },
  },
  {
    name: 'every copy says where it came from, and the event that a person made carries no mark',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.settle()
      const [source, copy] = [await world.event(0, 'Lunch'), await world.event(1, 'Lunch')]
      expect(source.mark).toBeUndefined()
      expect(copy.mark?.origin).toMatchObject({
        provider: 'caldav',
        calendarId: world.calendarIds[0],
        remoteId: source.id,
      })
    },
  },
  {
    name: 'edits of different fields on both sides merge, and nobody loses',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.settle()
      await world.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.edit(1, 'Lunch', (text) => withLine(text, 'DESCRIPTION', 'Bring the plan'))
      await world.settle()
      for (const side of [0, 1] as const)
        expect((await world.event(side, 'Lunch')).content).toMatchObject({
          location: 'Canteen',
          description: 'Bring the plan',
        })
    },
  },
  {
    name: 'an occurrence that is moved in the copy moves in the series at its origin, and the others stay',
    async run(world) {
      await world.add(0, weekly('Stand-up'))
      await world.settle()
      await world.edit(1, 'Stand-up', (text) => withMovedSecond(text, 'Stand-up at half past two'))
      await world.settle()
      const { content } = await world.event(0, 'Stand-up')
      expect(Object.keys(content.overrides)).toEqual(['2026-03-11T09:00:00' satisfies Slot])
      expect(content.overrides['2026-03-11T09:00:00']).toMatchObject({
        kind: 'changed',
        content: {
          title: 'Stand-up at half past two',
          time: { start: { local: '2026-03-12T14:30:00', zone: 'Europe/Berlin' } },
        },
      })
      expect(content.recurrence).toEqual({ rule: 'FREQ=WEEKLY;COUNT=6', rdates: [] })
      expect((await world.event(1, 'Stand-up')).content).toEqual(content)
    },
  },
  {
    name: 'a removal travels, from the origin and from the copy, and does not come back',
    async run(world) {
      for (const title of ['One', 'Two', 'Three', 'Four', 'Five']) await world.add(0, single(title))
      await world.settle()
      await world.remove(0, 'One')
      await world.remove(1, 'Two')
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Five', 'Four', 'Three'])
    },
  },
  {
    name: 'what another program wrote into its event stays there when the copy is edited',
    async run(world) {
      await world.add(
        0,
        single(
          'Lunch',
          'X-OTHER-APP;X-LEVEL=high:kept',
          'BEGIN:VALARM',
          'ACTION:DISPLAY',
          'DESCRIPTION:Soon',
          'TRIGGER:-PT10M',
          'X-ALARM-ID:7',
          'END:VALARM',
        ),
      )
      await world.settle()
      await world.edit(1, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.settle()
      const text = await world.text(0, 'Lunch')
      expect(text).toMatch(/^LOCATION:Canteen\r?$/m)
      expect(text).toMatch(/^X-OTHER-APP;X-LEVEL=high:kept\r?$/m)
      expect(text).toMatch(/^X-ALARM-ID:7\r?$/m)
      expect(await world.text(1, 'Lunch')).not.toMatch(/^TRIGGER/m)
    },
  },
  {
    name: 'a worker that dies between a create and its commit leaves one copy, which the next worker takes over',
    async run(world) {
      await world.add(0, single('Lunch'))
      const { provider, died } = dyingAfterCreate(world.provider())
      world.restart({ provider })
      void world.sync()
      await died
      expect(await world.titles(1)).toEqual(['Lunch'])
      const { id } = await world.event(1, 'Lunch')
      world.restart()
      await world.settle()
      expect(await world.titles(0)).toEqual(['Lunch'])
      expect(await world.event(1, 'Lunch')).toMatchObject({ id })
      await world.edit(1, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.settle()
      expect((await world.event(0, 'Lunch')).content.location).toBe('Canteen')
    },
  },
  {
    name: 'a new database finds the copies of the old one and makes no second ones',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.add(1, weekly('Stand-up'))
      await world.settle()
      world.restart({ storage: memoryStorage() })
      await world.start()
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Lunch', 'Stand-up'])
      await world.edit(1, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.settle()
      expect((await world.event(0, 'Lunch')).content.location).toBe('Canteen')
      const { items } = await world.user.events.ofGroup('group')
      const origins = items.map(({ content, origin }) => [content.title, origin.calendarId]).sort()
      expect(origins).toEqual([
        ['Lunch', world.calendarIds[0]],
        ['Stand-up', world.calendarIds[1]],
      ])
    },
  },
  {
    name: 'a calendar that is gone from the server removes nothing from the other one, and the run says so',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.add(1, single('Dinner'))
      await world.settle()
      await world.places[1].destroy()
      await world.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      for (let runs = 0; runs < 3; runs++) {
        const run = await world.sync()
        expect(run.failures).toMatchObject([{ calendarId: world.calendarIds[1], failure: { code: 'calendar_gone' } }])
        expect(wrote(run)).toBe(0)
      }
      expect(await world.titles(0)).toEqual(['Dinner', 'Lunch'])
    },
  },
  {
    name: 'a password that is wrong from one day on stops that calendar only, and all is made up for later',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.settle()
      world.passwords[1] = 'changed on the web'
      world.restart()
      await world.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.add(0, single('Dinner'))
      for (let runs = 0; runs < 2; runs++) {
        const run = await world.sync()
        expect(run.failures).toMatchObject([
          { calendarId: world.calendarIds[1], failure: { code: 'auth_expired', remedy: 'reauthorize' } },
        ])
        expect(run.more).toBe(true)
      }
      expect(await world.titles(0)).toEqual(['Dinner', 'Lunch'])
      expect(await world.titles(1)).toEqual(['Lunch'])
      world.passwords[1] = world.places[1].password
      await world.settle()
      expect(await world.titles(1)).toEqual(['Dinner', 'Lunch'])
      expect((await world.event(1, 'Lunch')).content.location).toBe('Canteen')
    },
  },
  {
    name: 'a calendar that a person empties is not emptied elsewhere before somebody says that it is meant',
    async run(world) {
      const titles = ['Five', 'Four', 'One', 'Three', 'Two']
      for (const title of titles) await world.add(0, single(title))
      await world.settle()
      for (const title of titles) await world.remove(0, title)
      const held = await world.sync()
      expect(held.counts).toMatchObject({ held: 5, removed: 0 })
      expect(await world.titles(1)).toEqual(titles)
      await world.user.held.approve('group', { calendarId: world.calendarIds[0], what: 'removals' })
      await world.settle()
      expect(await world.titles(1)).toEqual([])
    },
  },
  {
    name: 'an event that is removed here and edited there lives on, in both calendars, once',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.add(0, single('Dinner'))
      await world.settle()
      await world.remove(1, 'Lunch')
      await world.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
      await world.remove(0, 'Dinner')
      await world.edit(1, 'Dinner', (text) => withLine(text, 'LOCATION', 'Home'))
      await world.settle()
      for (const side of [0, 1] as const) {
        expect(await world.titles(side)).toEqual(['Dinner', 'Lunch'])
        expect((await world.event(side, 'Lunch')).content.location).toBe('Canteen')
        expect((await world.event(side, 'Dinner')).content.location).toBe('Home')
      }
    },
  },
  {
    name: 'an event that a person moves from one calendar to the other is in both, once',
    async run(world) {
      await world.add(0, single('Lunch'))
      await world.add(0, single('Dinner'))
      await world.settle()
      const text = await world.text(0, 'Lunch')
      await world.remove(0, 'Lunch')
      await world.remove(1, 'Lunch')
      await world.add(1, text)
      await world.settle()
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['Dinner', 'Lunch'])
      await world.edit(0, 'Lunch', (old) => withLine(old, 'LOCATION', 'Canteen'))
      await world.settle()
      expect((await world.event(1, 'Lunch')).content.location).toBe('Canteen')
    },
  },
  {
    name: 'one occurrence that is cancelled at the origin and another that is moved in the copy are both so everywhere',
    async run(world) {
      await world.add(0, weekly('Stand-up'))
      await world.settle()
      await world.edit(0, 'Stand-up', (text) => withLine(text, 'EXDATE;TZID=Europe/Berlin', '20260318T090000'))
      await world.edit(1, 'Stand-up', (text) => withMovedSecond(text, 'Stand-up at half past two'))
      await world.settle()
      for (const side of [0, 1] as const) {
        const { overrides } = (await world.event(side, 'Stand-up')).content
        expect(Object.keys(overrides).sort()).toEqual(['2026-03-11T09:00:00', '2026-03-18T09:00:00'])
        expect(overrides).toMatchObject({
          '2026-03-11T09:00:00': { kind: 'changed', content: { title: 'Stand-up at half past two' } },
          '2026-03-18T09:00:00': { kind: 'cancelled' },
        })
      }
    },
  },
  {
    name: 'runs that end after every write come to the same end as one long run',
    async run(world) {
      for (const title of ['One', 'Two', 'Three']) await world.add(0, single(title))
      await world.add(1, weekly('Stand-up'))
      for (let runs = 0; runs < 12; runs++) {
        world.clock.now += 60_000
        const run = await world.user.groups.sync('group', { maxWrites: 1 })
        if (!run.more) break
      }
      for (const side of [0, 1] as const) expect(await world.titles(side)).toEqual(['One', 'Stand-up', 'Three', 'Two'])
      expect(wrote(await world.settle())).toBe(0)
    },
  },
]
