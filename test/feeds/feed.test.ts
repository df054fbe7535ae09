import { describe, expect, test } from 'vitest'
import { feedOf } from '../../src/feeds/feed.js'
import type { FeedSettings } from '../../src/feeds/settings.js'
import { readCalendar } from '../../src/ical/read.js'
import type { EventContent } from '../../src/model/content.js'
import { occurrenceOf } from '../../src/model/content.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import type { RemoteEvent } from '../../src/providers/provider.js'
import { normalContent } from '../support/normal-content.js'
import { content, daily, hours, type World, world } from '../support/world.js'

const group: FeedSettings = { source: { group: 'group' }, name: 'Jane', projection: { show: 'everything' } }

const make = (w: World, settings: FeedSettings = group) => feedOf(w.user, settings, { now: () => w.clock.now })

/** The events of a feed as our own provider of calendar files reads them. */
async function subscribe(text: string): Promise<readonly RemoteEvent[]> {
  const account = icsProvider().open({ settings: { text }, credentials: undefined })
  const [calendar] = await account.listCalendars()
  if (!calendar) throw new Error('there is one calendar')
  const { pages } = await account.changes(calendar.id, { known: async () => new Map(), async *held() {} })
  const events: RemoteEvent[] = []
  for await (const { changes } of pages) {
    for (const change of changes) {
      if (change.type !== 'upsert') throw new Error(`the feed has something that is ${change.type}`)
      events.push(change.event)
    }
  }
  return events
}

const byTitle = (events: readonly RemoteEvent[]) => new Map(events.map((event) => [event.content.title, event]))

describe('a feed of a group', () => {
  test('reads back as what the group holds, a series with its overrides as one', async () => {
    const w = await world()
    const moved = { ...occurrenceOf(daily('Moved')), title: 'Moved', time: hours(15, 16, '2026-01-07') }
    const series = daily('Stand-up', {
      description: 'Two lines\nof text, with signs; \\ and ü 🎉',
      overrides: {
        '2026-01-07T09:00:00': { kind: 'changed', content: moved },
        '2026-01-08T09:00:00': { kind: 'cancelled' },
      },
    })
    const tokyo = { kind: 'timed', zone: 'Asia/Tokyo' } as const
    const far = content('Call', {
      time: { start: { ...tokyo, local: '2031-05-05T09:00:00' }, end: { ...tokyo, local: '2031-05-05T10:00:00' } },
      categories: ['A,B', 'C'],
    })
    const day = content('Holiday', {
      time: { start: { kind: 'date', date: '2026-02-01' }, end: { kind: 'date', date: '2026-02-03' } },
    })
    for (const event of [series, far, day]) w.calendar(0).add(event)
    w.calendar(1).add(content('Lunch', { time: hours(12) }))
    await w.settle()

    const events = byTitle(await subscribe((await make(w)).body))
    expect([...events.keys()].sort()).toEqual(['Call', 'Holiday', 'Lunch', 'Stand-up'])
    for (const event of [series, far, day]) {
      expect(events.get(event.title)?.content).toEqual(normalContent(withoutReminders(event)))
    }
  })

  test('asks no calendar, and every zone stands in it once', async () => {
    const w = await world()
    for (let n = 0; n < 5; n++) w.calendar(0).add(content(`Event ${n}`))
    await w.settle()
    w.calls.length = 0
    const { body } = await make(w)
    expect(w.calls).toEqual([])
    expect(body.match(/^TZID:/gm)).toEqual(['TZID:'])
    expect(body).not.toMatch(/^METHOD/m)
    for (const line of body.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
    expect(body).toMatch(
      /^NAME:Jane\r\nX-WR-CALNAME:Jane\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r$/m,
    )
  })

  test('describes zones from its first event on, wherever that stands in it', async () => {
    const w = await world()
    for (const year of [2026, 1985, 2030])
      w.calendar(0).add(content(`In ${year}`, { time: hours(9, 10, `${year}-07-01`) }))
    await w.settle()
    const events = byTitle(await subscribe((await make(w)).body))
    expect(events.size).toBe(3)
    const first = /BEGIN:VTIMEZONE[\s\S]*END:VTIMEZONE/.exec((await make(w)).body)?.[0].match(/DTSTART:(\d{4})/g) ?? []
    expect(first.map((line) => Number(line.slice(8))).sort()[0]).toBeLessThanOrEqual(1985)
  })

  test('the same event has the same UID for ever, and it is not the one at its source', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const { uid } = w.event(0, 'Lunch')
    const [before] = await subscribe((await make(w)).body)
    w.calendar(0).edit(w.event(0, 'Lunch').id, { title: 'Dinner', time: hours(19) })
    await w.settle()
    const [after] = await subscribe((await make(w)).body)
    const [busy] = await subscribe((await make(w, { ...group, projection: { show: 'busy' } })).body)
    expect(after?.content.title).toBe('Dinner')
    expect(after?.uid).toBe(before?.uid)
    expect(busy?.uid).toBe(before?.uid)
    expect((await make(w)).body).not.toContain(uid)
  })

  test('is the same text, tag and date as long as nothing changes', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    const first = await make(w)
    w.clock.now += 3_600_000
    await w.settle()
    const again = await feedOf(w.user, group, { now: () => w.clock.now, previous: first })
    expect(again).toEqual(first)
    w.calendar(0).edit(w.event(0, 'Lunch').id, { title: 'Dinner' })
    await w.settle()
    const other = await feedOf(w.user, group, { now: () => first.lastModified, previous: first })
    expect(other.etag).not.toBe(first.etag)
    expect(other.lastModified).toBeGreaterThan(first.lastModified) // within one second, too
  })

  test.each([
    [false, 'adds nothing to the group that it is of'],
    [true, 'runs in circles where the host said that it may be copied'],
  ])('subscribed to with mayBeCopied %s, it %s', async (mayBeCopied) => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    let { body } = await make(w, { ...group, mayBeCopied })
    const read = async () => ({ text: body, modified: String(w.clock.now) })
    const user = w.worker({ providers: [w.provider, icsProvider({ read })] })
    const { calendars } = await user.connections.add({ provider: 'ics', settings: { url: 'file:///feed.ics' } })
    const members = [...w.calendarIds, ...calendars.map(({ id }) => id)].map((calendarId, at) => ({
      calendarId,
      ...(at === 2 ? { direction: 'read' as const } : {}),
    }))
    await user.groups.change('group', { members })
    for (let round = 0; round < 3; round++) {
      w.clock.now += 60_000
      await user.groups.sync('group')
      body = (await make(w, { ...group, mayBeCopied })).body
    }
    if (mayBeCopied) expect(w.titles(0).length).toBeGreaterThan(1)
    else expect([w.titles(0), w.titles(1)]).toEqual([['Lunch'], ['Lunch']])
  })

  test('an event that is removed is gone, one that is cancelled says so, and takes no time where nothing is told', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch', { status: 'cancelled' }))
    w.calendar(0).add(content('Gone', { time: hours(14) }))
    await w.settle()
    w.calendar(0).remove(w.event(0, 'Gone').id)
    await w.settle()
    const [event, ...more] = await subscribe((await make(w)).body)
    expect(event?.content).toMatchObject({ title: 'Lunch', status: 'cancelled' })
    expect(more).toEqual([])
    expect(await subscribe((await make(w, { ...group, projection: { show: 'busy' } })).body)).toEqual([])
  })

  test('is read in pages, and refused when it grows too long', async () => {
    const w = await world()
    for (let n = 0; n < 450; n++) w.calendar(0).add(content(`Event ${n}`))
    await w.settle()
    const { body } = await make(w)
    expect(body.match(/^BEGIN:VEVENT/gm)).toHaveLength(450)
    await expect(feedOf(w.user, group, { maxLength: 50_000 })).rejects.toMatchObject({ code: 'limit_exceeded' })
  })

  test('shows a span around today, and of a series all when any of it is in the span', async () => {
    const w = await world() // 5 January 2026
    w.calendar(0).add(content('Long ago', { time: hours(9, 10, '2025-12-01') }))
    w.calendar(0).add(content('Yesterday', { time: hours(9, 10, '2026-01-04') }))
    w.calendar(0).add(content('Far ahead', { time: hours(9, 10, '2026-03-01') }))
    w.calendar(0).add(
      daily('Since December', { time: hours(7, 8, '2025-12-20'), recurrence: { rule: 'FREQ=DAILY', rdates: [] } }),
    )
    await w.settle()
    const events = await subscribe((await make(w, { ...group, pastDays: 2, futureDays: 30 })).body)
    expect(events.map(({ content: { title } }) => title).sort()).toEqual(['Since December', 'Yesterday'])
    // It changes by the day, not by the hour.
    w.clock.now = Date.UTC(2026, 0, 5, 0, 30)
    const [one] = [(await make(w, { ...group, pastDays: 1 })).etag]
    w.clock.now = Date.UTC(2026, 0, 5, 23, 30)
    expect((await make(w, { ...group, pastDays: 1 })).etag).toBe(one)
  })
})

describe('a feed of a calendar', () => {
  test('shows what stands there, copies included, without a group', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    w.calendar(1).add(content('Dinner', { time: hours(19) }))
    await w.settle()
    const [calendar = ''] = w.calendarIds
    const feed = await make(w, { ...group, source: { calendar } })
    expect([...byTitle(await subscribe(feed.body)).keys()].sort()).toEqual(['Dinner', 'Lunch'])
  })

  test.each([
    ['a group', { source: { group: 'nothing' } }],
    ['a calendar', { source: { calendar: 'nothing' } }],
  ])('%s that the user does not have cannot be published', async (_what, given) => {
    const w = await world()
    await expect(make(w, { ...group, ...given })).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('a feed that tells little', () => {
  const canary = 'CANARY'
  const secret = (given: Partial<EventContent> = {}): EventContent =>
    content(`${canary} title`, {
      description: `${canary} description`,
      location: `${canary} location`,
      url: `https://${canary}.example.com/`,
      categories: [canary],
      attendees: [
        { email: `${canary}@example.com`, name: canary, role: 'required', status: 'accepted', type: 'individual' },
      ],
      organizer: { email: `${canary}@example.com`, name: canary },
      conferences: [{ url: `https://meet.example.com/${canary}` }],
      attachments: [{ url: `https://files.example.com/${canary}` }],
      geo: { latitude: 12.345678, longitude: 87.654321 },
      color: 'tomato',
      ...given,
    })
  const changed = { ...occurrenceOf(secret({ time: hours(11, 12, '2026-01-06') })) }
  const series = secret({
    recurrence: { rule: 'FREQ=DAILY;COUNT=5', rdates: [] },
    overrides: { '2026-01-06T09:00:00': { kind: 'changed', content: changed } },
  })

  test.each<[string, FeedSettings['projection'], EventContent['visibility']]>([
    ['nothing is said', undefined, 'default'],
    ['busy is said', { show: 'busy' }, 'public'],
    ['only times are said of private events', { show: 'everything', privateEvents: 'busy' }, 'private'],
  ])('holds no word of the source when %s', async (_how, projection, visibility) => {
    const w = await world()
    const overrides = Object.fromEntries(
      Object.entries(series.overrides).map(([slot, one]) => [
        slot,
        one.kind === 'changed' ? { ...one, content: { ...one.content, visibility } } : one,
      ]),
    )
    w.calendar(0).add({ ...series, visibility, overrides })
    w.calendar(0).add(secret({ time: hours(20), visibility }))
    await w.settle()
    const settings = { source: group.source, name: 'Jane', ...(projection && { projection }) }
    const { body } = await make(w, settings)
    const text = body.replaceAll('\r\n ', '')
    expect(text.match(/^SUMMARY.*$/gm)).toEqual(Array(3).fill('SUMMARY:Busy'))
    const decoded = [...text.matchAll(/^X-CALWEAVE-MARK:(.*)$/gm)].map(([, mark]) => atob(String(mark).trim()))
    for (const told of [text, ...decoded]) expect(told).not.toMatch(/canary|12\.34|tomato/i)
    const ids = [
      ...w.calendarIds,
      ...w
        .calendar(0)
        .all()
        .flatMap(({ id, uid }) => [String(id), String(uid)]),
    ]
    for (const id of ids) expect([text, ...decoded].join('\n')).not.toContain(id)
  })

  test('a title is all that is told where a title is asked for', async () => {
    const w = await world()
    w.calendar(0).add(secret({ title: 'Lunch' }))
    await w.settle()
    const { body } = await make(w, { ...group, projection: { show: 'title' } })
    expect(body).toContain('SUMMARY:Lunch')
    expect(body).not.toMatch(/canary/i)
  })
})

test('what people type cannot write lines of its own into a feed', async () => {
  const w = await world()
  w.calendar(0).add(content('x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged', { location: 'a\u0000b\u2028c' }))
  await w.settle()
  const { body } = await make(w, { ...group, name: 'Jane\r\nMETHOD:CANCEL' })
  expect(readCalendar(body).units).toHaveLength(1)
  expect(body).not.toMatch(/^(METHOD|SUMMARY:forged)/m)
})

/** Copies ring only where they are asked to. */
function withoutReminders(event: EventContent): EventContent {
  const overrides = Object.entries(event.overrides).map(([slot, override]) => [
    slot,
    override.kind === 'changed' ? { ...override, content: { ...override.content, reminders: [] } } : override,
  ])
  return { ...event, reminders: [], overrides: Object.fromEntries(overrides) }
}
