import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import type { EventContent } from '../../../src/model/content.js'
import type { CreateKey, RemoteCalendarId, RemoteId } from '../../../src/model/ids.js'
import { idFor, toUnit } from '../../../src/providers/google/unit.js'
import type { RemoteChange } from '../../../src/providers/provider.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { accountOf, lunch, monday, mondays, type Opened, opened } from './opened.js'

const orders: readonly FakeGoogleOptions[] = [
  {},
  { order: 'exceptions_first', pageSize: 1 },
  { order: 'reversed', pageSize: 2, seriesVersion: 'own' },
]

test('a copy of ours that came to stand under another id is known by its UID', () => {
  const key = 'r2huu2g2mjjoo8jmsnf8230ao2o6llhr' as CreateKey
  const read = (id: string, iCalUID: string) => {
    const unit = toUnit(
      { master: { ...lunch('Lunch'), id, iCalUID, status: 'confirmed' } as never, exceptions: [] },
      'UTC',
    )
    return unit.type === 'event' ? unit.event.key : unit.error
  }
  expect(read(idFor(key), `${idFor(key)}@google.com`)).toBe(key)
  expect(read('vr38776psugnp4tuoa9pvl6bua', `${idFor(key)}@google.com`)).toBe(key)
  expect(read('vr38776psugnp4tuoa9pvl6bua', `${idFor(key)}_R20260309T080000@google.com`)).toBeUndefined()
})

describe.each(orders)('series in deltas that arrive as they like (%o)', (options) => {
  test('an occurrence that is moved changes its series, and nothing else', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.create(lunch('Lunch'))
    await mirror.pull()
    jane.editOccurrence(id, monday(1), {
      start: { dateTime: '2026-03-09T15:00:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-03-09T15:30:00', timeZone: 'Europe/Berlin' },
    })
    expect((await mirror.pull()).changed).toEqual([id])
    const override = contentOf(mirror, id).overrides['2026-03-09T09:00:00']
    expect(override).toMatchObject({ kind: 'changed', content: { title: 'Stand-up' } })
    expect(override?.kind === 'changed' && override.content.time.start).toMatchObject({ local: '2026-03-09T15:00:00' })
  })

  test('an occurrence that is cancelled is cancelled in its series, and the others stay as they are', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(2), { summary: 'Stand-up with cake' })
    await mirror.pull()
    jane.removeOccurrence(id, monday(1))
    expect((await mirror.pull()).changed).toEqual([id])
    const { overrides } = contentOf(mirror, id)
    expect(overrides['2026-03-09T09:00:00']).toEqual({ kind: 'cancelled' })
    expect(overrides['2026-03-16T09:00:00']).toMatchObject({ content: { title: 'Stand-up with cake' } })
  })

  test('an occurrence that is as its series again is no override any more', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { summary: 'Other' })
    await mirror.pull()
    jane.editOccurrence(id, monday(1), { summary: 'Stand-up' })
    await mirror.pull()
    expect(contentOf(mirror, id).overrides).toEqual({})
  })

  test('"this and following" is a shorter series and a new one; what was changed behind the cut goes with it', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(3), { summary: 'Far away' })
    await mirror.pull()
    const rest = jane.split(id, monday(2), { summary: 'Stand-up, later' })
    const { changed, removed } = await mirror.pull()
    expect([[...changed].sort(), removed]).toEqual([[id, rest.id].sort(), []])
    expect(contentOf(mirror, id).recurrence?.rule).toContain('UNTIL=')
    expect(Object.keys(contentOf(mirror, id).overrides)).not.toContain('2026-03-23T09:00:00')
    expect(contentOf(mirror, rest.id ?? '').title).toBe('Stand-up, later')
  })

  test('a series that ends before a changed occurrence is shorter; the rest of it is no event of its own', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(3), { summary: 'Far away' })
    await mirror.pull()
    jane.truncate(id, monday(2))
    const { pages } = await mirror.begin({ ...(mirror.cursor && { cursor: mirror.cursor }) })
    const told: RemoteChange[] = []
    for await (const page of pages) told.push(...page.changes)
    expect(told.map((one) => (one.type === 'upsert' ? one.event.id : one))).toEqual([id])
  })

  test('a series that is removed is one removal', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.removeOccurrence(id, monday(1))
    jane.editOccurrence(id, monday(2), { summary: 'Other' })
    await mirror.pull()
    jane.remove(id)
    expect((await mirror.pull()).removed).toEqual([id])
    expect((await mirror.pull()).removed).toEqual([])
  })

  test('a complete listing and a fetch say the same of a series, down to its revision', async () => {
    const { jane, mirror, account, calendar } = opened(options)
    const { id = '' } = jane.create({
      ...mondays,
      recurrence: [...mondays.recurrence, 'EXDATE;TZID=Europe/Berlin:20260330T090000'],
    })
    jane.removeOccurrence(id, monday(1))
    jane.editOccurrence(id, monday(2), { summary: 'Other' })
    await mirror.pull()
    const [found] = await account.fetch(calendar, [id as RemoteId])
    expect(found?.type === 'found' && found.event).toEqual(mirror.events.get(id as RemoteId))
    expect(Object.keys(contentOf(mirror, id).overrides).sort()).toEqual([
      '2026-03-09T09:00:00',
      '2026-03-16T09:00:00',
      '2026-03-30T09:00:00',
    ])
    mirror.cursor = undefined
    expect(await mirror.pull()).toMatchObject({ complete: true, changed: [], removed: [] })
  })

  test('a series that stops repeating is a single event', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { summary: 'Other' })
    await mirror.pull()
    jane.edit(id, { recurrence: null } as never)
    await mirror.pull()
    expect(contentOf(mirror, id)).toMatchObject({ recurrence: null, overrides: {} })
    expect([...mirror.events.keys()]).toEqual([id])
  })
})

describe('series whose parts have versions of their own', () => {
  const options: FakeGoogleOptions = { seriesVersion: 'own' }

  test('a change of one occurrence gives the series another revision', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { summary: 'Other' })
    await mirror.pull()
    const before = mirror.events.get(id as RemoteId)?.revision
    jane.editOccurrence(id, monday(1), { summary: 'Another' })
    await mirror.pull()
    expect(mirror.events.get(id as RemoteId)?.revision).not.toBe(before)
  })

  test('a delta that tells of the series alone takes nothing from its occurrences', async () => {
    const { jane, mirror, asked } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { summary: 'Other', location: 'Elsewhere' })
    jane.removeOccurrence(id, monday(2))
    await mirror.pull()
    asked()
    jane.edit(id, { location: 'Room 1' })
    await mirror.pull()
    expect(contentOf(mirror, id)).toMatchObject({
      location: 'Room 1',
      overrides: {
        '2026-03-09T09:00:00': { content: { title: 'Other', location: 'Elsewhere' } },
        '2026-03-16T09:00:00': { kind: 'cancelled' },
      },
    })
    expect(asked()).toEqual(['GET events.list', 'GET events.list'])
  })
})

test('where a listing by UID hides cancelled occurrences, they stay cancelled', async () => {
  const { google, owner, jane, calendar } = opened()
  const hiding: typeof fetch = async (input, init) => {
    const answer = await google.fetch(input, init)
    if (!String(input).includes('iCalUID')) return answer
    const page = (await answer.json()) as { readonly items: readonly { readonly status?: string }[] }
    return Response.json({ ...page, items: page.items.filter(({ status }) => status !== 'cancelled') })
  }
  const account = accountOf({ ...google, fetch: hiding }, owner)
  const mirror = new Mirror({ account, calendar, person: {} as never, close: async () => undefined })
  const { id = '' } = jane.create(mondays)
  await mirror.pull()
  jane.removeOccurrence(id, monday(1))
  await mirror.pull()
  const cancelled = { '2026-03-09T09:00:00': { kind: 'cancelled' } }
  expect(contentOf(mirror, id).overrides).toEqual(cancelled)
  const [found] = await account.fetch(calendar, [id as RemoteId])
  expect(found?.type === 'found' && found.event.content.overrides).toEqual(cancelled)
})

describe('what a listing costs', () => {
  test('one request where nothing changed, and none for each of our own writes', async () => {
    const { account, calendar, jane, mirror, asked } = opened()
    const { id = '' } = jane.create(mondays)
    await mirror.pull()
    const current = mirror.events.get(id as RemoteId)
    if (!current) throw new Error('not listed')
    const overrides = { '2026-03-09T09:00:00': { kind: 'cancelled' } } as const
    const { shown } = await account.update(calendar, {
      current,
      content: { ...current.content, overrides },
      fields: ['overrides'],
    })
    if (shown) mirror.events.set(shown.id, shown)
    asked()
    expect((await mirror.pull()).changed).toEqual([])
    expect(asked()).toEqual(['GET events.list'])
    await mirror.pull()
    expect(asked()).toEqual(['GET events.list'])
  })
})

describe('events that are not like others', () => {
  test('a meeting to which somebody is invited for one occurrence only is an event by itself, and read only', async () => {
    const { jane, mirror } = opened()
    const id = 'theirs_20260302T080000Z'
    const invitation = {
      ...lunch('Just once'),
      recurringEventId: 'theirs',
      originalStartTime: { dateTime: '2026-03-02T09:00:00+01:00', timeZone: 'Europe/Berlin' },
      iCalUID: 'theirs@example.org',
      organizer: { email: 'boss@example.org' },
    }
    jane.place(id, invitation as never)
    await mirror.pull()
    const event = mirror.events.get(id as RemoteId)
    expect(event).toMatchObject({ readOnly: true, content: { title: 'Just once', recurrence: null } })
    expect(event?.uid).toBe('theirs@example.org/2026-03-02T09:00:00')
    jane.place(id, { ...invitation, status: 'cancelled' } as never)
    expect((await mirror.pull()).removed).toEqual([id])
  })

  test.each(['birthday', 'fromGmail', 'workingLocation', 'outOfOffice', 'focusTime'])(
    'a %s is read, and never written',
    async (eventType) => {
      const { account, calendar, jane, mirror, google } = opened()
      const { id = '' } = jane.place('special', { ...lunch('Special'), eventType } as never)
      await mirror.pull()
      const current = mirror.events.get(id as RemoteId)
      expect(current?.readOnly).toBe(true)
      if (!current) return
      const change = { current, content: { ...current.content, title: 'Mine' }, fields: ['title'] as const }
      await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'unsupported', reason: 'READ_ONLY' })
      await expect(account.remove(calendar, current)).rejects.toMatchObject({ reason: 'READ_ONLY' })
      expect(google.requests.filter(({ verb }) => verb !== 'GET')).toEqual([])
    },
  )

  test('what somebody is out of the office for says so; a working place does not block the day', async () => {
    const { jane, mirror } = opened()
    jane.place('away', { ...lunch('Away'), eventType: 'outOfOffice' } as never)
    jane.place('home', { ...lunch('Home'), eventType: 'workingLocation', transparency: 'transparent' } as never)
    await mirror.pull()
    expect(contentOf(mirror, 'away').availability).toBe('out_of_office')
    expect(contentOf(mirror, 'home').availability).toBe('working_elsewhere')
  })

  test('kinds that the host does not want are not read, and the choice is a part of the cursor', async () => {
    const { google, owner, jane, calendar, mirror } = opened({}, { eventTypes: ['default'] })
    jane.create(lunch('Lunch'))
    jane.place('home', { ...lunch('Home'), eventType: 'workingLocation' } as never)
    await mirror.pull()
    expect([...mirror.events.values()].map(({ content }) => content.title)).toEqual(['Lunch'])
    const all = accountOf(google, owner)
    const from = { cursor: mirror.cursor, known: async () => new Map(), held: mirror.from({}).held }
    await expect(all.changes(calendar, from as never)).rejects.toMatchObject({ code: 'cursor_expired' })
  })
})

describe('a series that a person moves between two pages', () => {
  const at = (time: string) => ({ dateTime: `2026-03-02T${time}:00`, timeZone: 'Europe/Berlin' })
  const moved = { start: at('11:00'), end: at('11:30') }

  function movedAfterPage(page: number) {
    const { google, owner, jane, calendar } = opened({ order: 'exceptions_first', pageSize: 1 })
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { location: 'Garden' })
    let pages = 0
    const interfering: typeof fetch = async (input, init) => {
      const answer = await google.fetch(input, init)
      if (new URL(input instanceof Request ? input.url : input).pathname.endsWith('/events') && ++pages === page)
        jane.edit(id, moved)
      return answer
    }
    const account = accountOf({ ...google, fetch: interfering }, owner)
    return { id: id as RemoteId, account, calendar, truth: accountOf(google, owner) }
  }

  test('is not listed with an occurrence of the days that it had before', async () => {
    const { id, account, calendar, truth } = movedAfterPage(1)
    const mirror = new Mirror({ account, calendar, person: {} as never, close: async () => undefined })
    await mirror.pull()
    const [now] = await truth.fetch(calendar, [id])
    expect(now).toMatchObject({ event: { content: { time: { start: { local: '2026-03-02T11:00:00' } } } } })
    expect(contentOf(mirror, id)).toEqual(now?.type === 'found' ? now.event.content : now)
  })

  test('is not read so either', async () => {
    const { id, account, calendar, truth } = movedAfterPage(2)
    const [read] = await account.fetch(calendar, [id])
    const [now] = await truth.fetch(calendar, [id])
    expect(now).toMatchObject({ event: { content: { time: { start: { local: '2026-03-02T11:00:00' } } } } })
    expect(read).toEqual(now)
  })
})

describe('sync tokens', () => {
  test('a token that ran out asks for a new listing; nothing is taken for removed', async () => {
    const { google, jane, calendar, mirror } = opened()
    jane.create(lunch('Lunch'))
    await mirror.pull()
    google.expireSyncTokens(calendar)
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired', remedy: 'resync' })
    expect(mirror.events.size).toBe(1)
    mirror.cursor = undefined
    expect(await mirror.pull()).toMatchObject({ complete: true, changed: [], removed: [] })
  })

  test.each(['empty_page', 'repeat_page'] as const)('loses nothing where a page comes as %s', async (kind) => {
    const { google, jane, mirror } = opened({ pageSize: 3 })
    for (let index = 0; index < 10; index++) jane.create(lunch(`Lunch ${index}`))
    google.fail({ fault: { kind }, method: 'events.list', after: 1 })
    await mirror.pull()
    expect(mirror.events.size).toBe(10)
  })

  test.each([
    ['endless_pages', 'ENDLESS_LISTING'],
    ['no_sync_token', 'NO_SYNC_TOKEN'],
    ['cut', 'NOT_JSON'],
  ] as const)('believes nothing of a listing that ends as %s', async (kind, reason) => {
    const { google, jane, mirror } = opened({ pageSize: 3 })
    for (let index = 0; index < 10; index++) jane.create(lunch(`Lunch ${index}`))
    google.fail({ fault: { kind }, method: 'events.list', times: 20 })
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'invalid_response', reason })
    expect(mirror.cursor).toBeUndefined()
  })
})

describe('calendars', () => {
  test('also hidden ones are listed, by the name that the person gave them, with what may be done there', async () => {
    const { google, owner, account } = opened()
    const sports = owner.addCalendar({ summary: 'Sports', timeZone: 'America/New_York' })
    owner.setListEntry(sports, { hidden: true, summaryOverride: 'My sports' })
    const joe = google.addAccount({ email: 'joe@example.com', token: 'token-of-joe' })
    const theirs = joe.addCalendar({ summary: 'Theirs' })
    joe.share(theirs, owner.email, 'reader')
    const listed = await account.listCalendars()
    expect(listed.map(({ id, name, access, zone }) => [id, name, access, zone])).toEqual([
      [owner.email, owner.email, 'write', 'Europe/Berlin'],
      [sports, 'My sports', 'write', 'America/New_York'],
      [theirs, 'Theirs', 'read', 'Europe/Berlin'],
    ])
  })

  test('a calendar that is not shared any more is gone, and never an empty one', async () => {
    const { google, owner, account } = opened()
    const joe = google.addAccount({ email: 'joe@example.com', token: 'token-of-joe' })
    const theirs = joe.addCalendar({ summary: 'Theirs' })
    joe.share(theirs, owner.email, 'writer')
    joe.share(theirs, owner.email, 'none')
    const error = await account.fetch(theirs as never, ['one' as RemoteId]).catch((cause: unknown) => cause)
    expect(isSyncError(error, 'calendar_gone')).toBe(true)
  })

  test('a calendar that was there a moment ago has not lost its events when it is gone itself', async () => {
    const { owner, account } = opened()
    const sports = owner.addCalendar({ summary: 'Sports' }) as RemoteCalendarId
    const { id = '' } = owner.calendar(sports).create(lunch('Match'))
    expect(await account.fetch(sports, [id as RemoteId])).toMatchObject([{ type: 'found' }])
    owner.removeCalendar(sports)
    await expect(account.fetch(sports, [id as RemoteId])).rejects.toMatchObject({ code: 'calendar_gone' })
  })
})

function contentOf(mirror: Opened['mirror'], id: string): EventContent {
  const event = mirror.events.get(id as RemoteId)
  if (!event) throw new Error(`${id} is not listed`)
  return event.content
}
