import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import type { EventContent } from '../../src/model/content.js'
import { contentDigest } from '../../src/model/equality.js'
import type { CreateKey, Cursor, RemoteCalendarId, RemoteId, Uid } from '../../src/model/ids.js'
import type { Mark } from '../../src/model/origin.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import type { CalendarProvider, ChangePage, RemoteEvent } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, daily, hours, world } from '../support/world.js'
import { home, views, work } from './story.js'

describe('an application that took a booking', () => {
  /** The application writes its bookings into a calendar of its own; a person has it woven with their own calendar. */
  async function booked() {
    const w = await world()
    w.calendar(work).add(content('Haircut'))
    await w.settle()
    const { id = '' } = (await views(w)).get('Haircut') ?? {}
    return { w, id, copy: w.event(home, 'Haircut').id }
  }

  test('learns that it was moved in the calendar, to when, and by which calendar', async () => {
    const { w, id, copy } = await booked()
    w.calendar(home).edit(copy, { time: hours(15) })
    const run = await w.sync()
    expect((await w.user.events.get('group', id)).content.time).toEqual(hours(15))
    const last = (await w.user.audit.list('group')).items.at(-1)
    expect(last).toMatchObject({ eventId: id, action: 'updated', fields: ['time'], actor: { run: run.id } })
    expect(w.event(work, 'Haircut').content.time).toEqual(hours(15))
  })

  test('learns that it was deleted in the calendar', async () => {
    const { w, id, copy } = await booked()
    w.calendar(home).remove(copy)
    await w.settle()
    expect((await w.user.events.get('group', id)).state).toBe('removed')
    expect((await w.user.audit.list('group')).items.at(-1)).toMatchObject({ eventId: id, action: 'removed' })
    expect(w.titles(work)).toEqual([])
  })

  test('learns that it was called off without being deleted', async () => {
    const { w, id, copy } = await booked()
    w.calendar(home).edit(copy, { status: 'cancelled' })
    await w.settle()
    expect((await w.user.events.get('group', id)).content.status).toBe('cancelled')
  })

  test('sees all calendars of its user in one list, and where each event came from, without asking any service', async () => {
    const { w } = await booked()
    w.calendar(home).add(daily('Gym', { time: hours(18) }))
    await w.settle()
    w.calls.length = 0
    const agenda = await w.user.events.agenda(w.calendarIds, {
      from: Date.UTC(2026, 0, 5),
      to: Date.UTC(2026, 0, 6),
    })
    expect(
      agenda.map(({ calendarId, content: { title }, origin }) => [
        w.calendarIds.indexOf(calendarId),
        title,
        origin ? w.calendarIds.indexOf(origin.calendarId) : 'at home here',
      ]),
    ).toEqual(
      expect.arrayContaining([
        [work, 'Haircut', 'at home here'],
        [home, 'Haircut', work],
        [home, 'Gym', 'at home here'],
        [work, 'Gym', home],
      ]),
    )
    expect(w.calls).toEqual([])
  })
})

describe('every copy says where it came from', () => {
  test('whatever became of the event since: edited, moved, renamed', async () => {
    const w = await world({ calendars: 3 })
    const id = w.calendar(work).add(content('Lunch'))
    await w.settle()
    const born = (await views(w)).get('Lunch')?.origin
    w.calendar(home).edit(w.event(home, 'Lunch').id, { title: 'Dinner', time: hours(19) })
    await w.settle()
    expect((await views(w)).get('Dinner')?.origin).toEqual(born)
    expect(born).toMatchObject({ calendarId: w.calendarIds[work], remoteId: id, initiatedBy: 'user_1' })
    for (const calendar of [1, 2])
      expect(w.event(calendar, 'Dinner').mark?.origin).toMatchObject({ calendarId: w.calendarIds[work], remoteId: id })
  })
})

/** The least that a back end needs to be woven: a list, ids of its own, and no versions, no changes and no marks of time. */
function ownBackEnd() {
  interface Row {
    readonly content: EventContent
    readonly mark?: Mark
    readonly key?: CreateKey
  }
  const rows = new Map<string, Row>()
  const shown = (id: string, { content: own, mark, key }: Row): RemoteEvent => ({
    id: id as RemoteId,
    uid: `${id}@back-end` as Uid,
    content: own,
    stamps: { created: null, updated: null, sequence: 0 },
    ...(mark ? { mark } : {}),
    ...(key ? { key } : {}),
  })
  const must = (id: string): Row => {
    const row = rows.get(id)
    if (!row) throw new SyncError('not_found', 'The event is not there any more.')
    return row
  }
  const written = (id: string, row: Row) => {
    rows.set(id, row)
    return { id: id as RemoteId, shown: shown(id, row) }
  }
  async function* everything(): AsyncGenerator<ChangePage> {
    const changes = [...rows].map(([id, row]) => ({ type: 'upsert' as const, event: shown(id, row) }))
    const state = [...rows].map(([id, row]) => id + contentDigest(row.content)).join()
    yield { changes, cursor: `all/${state.length}` as Cursor }
  }
  const provider: CalendarProvider = {
    id: 'own',
    open: () => ({
      capabilities: { guardedWrites: false, cannotHold: [], concurrentWrites: 1 },
      listCalendars: async () => [
        { id: 'bookings' as RemoteCalendarId, name: 'Bookings', access: 'write', zone: null, color: null },
      ],
      changes: async () => ({ complete: true, pages: everything() }),
      fetch: async (_calendar, ids) =>
        ids.map((id) => {
          const row = rows.get(id)
          return row ? { type: 'found' as const, event: shown(id, row) } : { type: 'gone' as const, id }
        }),
      idFor: (_calendar, key) => key as string as RemoteId,
      create: async (_calendar, { key, content: own, mark }) => {
        if (rows.has(key)) throw new SyncError('already_exists', 'An event with this id is there already.')
        return written(key, { content: own, mark, key })
      },
      update: async (_calendar, { current, content: own, mark }) =>
        written(current.id, { ...must(current.id), content: own, ...(mark ? { mark } : {}) }),
      remove: async (_calendar, { id }) => {
        must(id)
        rows.delete(id)
      },
    }),
  }
  return { provider, rows, titles: () => [...rows.values()].map((row) => row.content.title).sort() }
}

describe('a back end of my own', () => {
  test('is kept in step like any calendar, with sixty lines of adapter', async () => {
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const mine = ownBackEnd()
    const service = memoryProvider({ now: () => clock.now, calendars: [{ id: 'work' }] })
    const calendar = service.service.calendar('work')
    const user = new SyncEngine({
      storage: memoryStorage(),
      providers: [service, mine.provider],
      now: () => clock.now,
    }).user('user_1')
    for (const provider of ['memory', 'own']) await user.connections.add({ provider, id: provider })
    const members = (await user.calendars.list()).map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ id: 'group', name: 'g', members })
    const settle = async () => {
      for (let n = 0; n < 4; n++) {
        clock.now += 60_000
        await user.groups.sync('group')
      }
    }
    const id = calendar.add(content('Lunch'))
    mine.rows.set('b1', { content: content('Booking', { time: hours(15) }) })
    await settle()
    expect([calendar.size, mine.titles()]).toEqual([2, ['Booking', 'Lunch']])

    calendar.edit(id, { title: 'Long lunch' })
    mine.rows.set('b1', { content: content('Booking', { time: hours(16) }) })
    await settle()
    expect(mine.titles()).toEqual(['Booking', 'Long lunch'])
    expect(calendar.all().find((event) => event.content.title === 'Booking')?.content.time).toEqual(hours(16))

    mine.rows.delete('b1')
    await settle()
    expect(calendar.all().map((event) => event.content.title)).toEqual(['Long lunch'])
  })
})
