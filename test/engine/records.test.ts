import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { find, put, readAll } from '../../src/engine/records.js'
import { AuditEntrySchema, ChainHeadSchema } from '../../src/model/audit.js'
import { ConflictSchema } from '../../src/model/conflict.js'
import { CalendarSchema, ConnectionSchema } from '../../src/model/connection.js'
import { EventContentSchema } from '../../src/model/content.js'
import { SyncGroupSchema } from '../../src/model/group.js'
import type { UserId } from '../../src/model/ids.js'
import { MarkSchema } from '../../src/model/origin.js'
import { RunSchema } from '../../src/model/run.js'
import { type SyncedEvent, SyncedEventSchema } from '../../src/model/synced-event.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Collection } from '../../src/storage/storage.js'
import { eventContent } from '../support/arbitrary-content.js'
import { content, daily, hours, type World, world } from '../support/world.js'

const user = 'user_1' as UserId

const schemas: { readonly [C in Collection]?: z.ZodType } = {
  connection: ConnectionSchema,
  calendar: CalendarSchema,
  group: SyncGroupSchema,
  event: SyncedEventSchema,
  conflict: ConflictSchema,
  run: RunSchema,
  audit: AuditEntrySchema,
  chain: ChainHeadSchema,
}

/** What does not fit its schema, by collection and path; and how many records of each collection there are. */
async function check({ storage }: World) {
  const misfits: string[] = []
  const counts: Record<string, number> = {}
  for (const [collection, schema] of Object.entries(schemas) as [Exclude<Collection, 'job' | 'limit'>, z.ZodType][])
    for await (const page of readAll(storage, user, collection))
      for (const { value } of page) {
        counts[collection] = (counts[collection] ?? 0) + 1
        for (const issue of schema.safeParse(value).error?.issues ?? [])
          misfits.push(`${collection}.${issue.path.join('.')}: ${issue.message}`)
      }
  for await (const page of readAll(storage, user, 'observed'))
    for (const { value } of page) {
      const { event } = value
      if (!event) continue
      for (const issue of EventContentSchema.safeParse(event.content).error?.issues ?? [])
        misfits.push(`observed.${issue.path.join('.')}: ${issue.message}`)
      if (event.mark) expect(MarkSchema.safeParse(event.mark).success).toBe(true)
    }
  return { misfits, counts }
}

describe('everything that is kept fits its schema', () => {
  test('after an eventful life', async () => {
    const w = await world({
      calendars: 4,
      behaviours: [
        undefined,
        { returnsBody: false, normalize: (given) => ({ ...given, title: given.title.trim().slice(0, 20) }) },
        { cannotHold: ['location', 'reminders'], returnsBody: false, returnsRevision: false },
      ],
      members: [{}, {}, {}, { projection: { show: 'busy' } }],
      group: { strategies: [{ use: 'askAPerson' }], removal: 'askAPerson' },
    })
    const slot = '2026-01-06T09:00:00'
    const { recurrence: _rule, overrides: _none, ...own } = daily('Stand-up')
    const series = w.calendar(0).add(
      daily('Stand-up', {
        reminders: 'default',
        attendees: [{ email: 'ada@example.com', role: 'chair', status: 'accepted', type: 'individual' }],
        overrides: { [slot]: { kind: 'changed', content: { ...own, title: 'Sit-down', time: hours(14) } } },
      }),
    )
    const lunch = w.calendar(1).add(content('   Lunch with a name that is too long', { location: 'Café' }))
    const gone = w.calendar(2).add(content('Gone'))
    w.calendar(0).poison(w.calendar(0).add(content('Poison')))
    await w.settle()
    expect((await check(w)).misfits).toEqual([])
    // in the middle of things: writes refused, answers lost
    w.calendar(0).edit(series, { title: 'Daily' })
    w.calendar(1).edit(lunch, { location: 'Bar' })
    w.calendar(2).remove(gone)
    w.calendar(3).add(content('From d'))
    let calls = 0
    w.fault = ({ method, phase }) => {
      if (!['create', 'update', 'remove'].includes(method)) return undefined
      return ++calls % 3 === 0 ? { code: phase === 'before' ? 'event_refused' : 'timeout' } : undefined
    }
    await w.sync()
    expect((await check(w)).misfits).toEqual([])
    w.fault = undefined
    w.clock.now += 86_400_000
    await w.settle()
    w.calendar(0).edit(
      w
        .calendar(0)
        .all()
        .find(({ content: { title } }) => title.includes('Lunch'))?.id ?? '',
      { url: 'https://a.example' },
    )
    w.calendar(1).edit(lunch, { url: 'https://b.example' })
    await w.sync()
    const [conflict] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(conflict?.id ?? '', { url: w.calendarIds[1] ?? '' })
    expect((await check(w)).misfits).toEqual([])
    await w.settle()
    const { misfits, counts } = await check(w)
    expect(misfits).toEqual([])
    expect(counts).toMatchObject({ connection: 1, calendar: 4, group: 1, conflict: expect.any(Number) })
    expect(Object.keys(counts).sort()).toEqual(Object.keys(schemas).sort())
  })
})

test('a synced event that is written reads back as it was, whatever its copies differ in', async () => {
  const storage = memoryStorage()
  const w = await world()
  w.calendar(0).add(content('Lunch'))
  await w.settle()
  let template: SyncedEvent | undefined
  for await (const page of readAll(w.storage, user, 'event')) template = page[0]?.value
  const known = template as SyncedEvent
  const [here, there] = Object.values(known.replicas)
  let count = 0
  await fc.assert(
    fc.asyncProperty(eventContent(), eventContent(), eventContent(), async (one, two, three) => {
      const event = {
        ...known,
        id: `event_${++count}` as SyncedEvent['id'],
        content: one,
        replicas: {
          [here?.calendarId ?? '']: { ...here, agreed: two },
          [there?.calendarId ?? '']: {
            ...there,
            agreed: one,
            standsFor: { title: two.title, overrides: two.overrides },
            attempt: { kind: 'update', content: three, fields: ['title'], mirrorVersion: 1 },
          },
        },
      } as SyncedEvent
      await storage.commit(user, { changes: [put('event', event, 0)] })
      expect((await find(storage, user, 'event', `${event.groupId}/${event.id}`))?.value).toEqual(event)
    }),
    { numRuns: 100 },
  )
})
