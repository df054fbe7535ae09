import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { EventContent, Field } from '../../src/model/content.js'
import { occurrenceOf } from '../../src/model/content.js'
import type { CreateKey, RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import { type CaldavProviderOptions, caldavProvider } from '../../src/providers/caldav/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import type { ProviderAccount, RemoteEvent } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, markOf } from '../providers/caldav/fixtures.js'
import { type RealServer, startServer } from './real-server.js'

/**
 * Servers that mail guests by themselves, and the people on them: jane organizes, bob is invited. Delivery to a user of the
 * same server goes into that user's calendar and inbox, so what stands there is what would have been mailed to others.
 */
interface Place {
  readonly name: 'cyrus' | 'sogo'
  readonly domain: string
  readonly calendar: string
  readonly inbox: string
  readonly home: (user: string, server: RealServer) => string
}

const places: readonly Place[] = [
  { name: 'cyrus', domain: 'internal', calendar: 'Default/', inbox: 'Inbox/', home: homeOf },
  { name: 'sogo', domain: 'example.com', calendar: 'personal/', inbox: 'inbox/', home: homeOf },
]

type User = 'jane' | 'bob'

describe.each(places)('$name, which mails guests by itself', ({ name, domain, calendar, inbox, home }) => {
  let server: RealServer
  let meetings = 0

  beforeAll(async () => {
    server = await startServer(name)
    // One of the two makes a person's calendars with the first request for them, and one of them none at all.
    for (const user of ['jane', 'bob'] as const) {
      await send(user, 'PROPFIND', home(user, server), { depth: '1' })
      await send(user, 'MKCALENDAR', addressOf(user))
    }
  })
  afterAll(async () => {
    await server?.stop()
  })

  const addressOf = (user: User) => `${home(user, server)}${calendar}`

  function send(user: User, method: string, url: string, headers: Record<string, string> = {}, body?: string) {
    const authorization = `Basic ${Buffer.from(`${user}:secret`).toString('base64')}`
    return fetch(url, { method, headers: { ...headers, authorization }, ...(body === undefined ? {} : { body }) })
  }

  function open(user: User, options: CaldavProviderOptions = {}): ProviderAccount {
    return caldavProvider({ allowedHosts: [new URL(server.url).host], ...options }).open({
      settings: { url: server.url },
      credentials: { username: user, password: 'secret' },
    })
  }

  /** Everything of one meeting that stands with somebody, invitations in the inbox included, by its state. */
  async function standsWith(user: User, uid: string): Promise<readonly { url: string; text: string }[]> {
    const found: { url: string; text: string }[] = []
    for (const folder of [addressOf(user), `${home(user, server)}${inbox}`]) {
      const listing = await send(user, 'PROPFIND', folder, { depth: '1' })
      for (const [, href] of (await listing.text()).matchAll(/href>\s*([^<]*\.ics)\s*</g)) {
        const url = new URL(href ?? '', folder).href
        const text = (await (await send(user, 'GET', url)).text()).replaceAll(/\r?\n[ \t]/g, '')
        if (text.includes(uid)) found.push({ url, text })
      }
    }
    return found.sort((a, b) => (a.url < b.url ? -1 : 1))
  }

  /** A meeting as jane's own calendar program puts it in; the server then invites bob. */
  async function meeting({ guests = ['jane', 'bob'] as readonly User[], rule = '' } = {}) {
    const uid = `meeting-${++meetings}-${Date.now()}`
    const lines = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//example//EN',
      'BEGIN:VEVENT',
      `UID:${uid}`,
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20270304T090000Z',
      'DTEND:20270304T100000Z',
      'SUMMARY:Planning',
      ...(rule === '' ? [] : [`RRULE:${rule}`]),
      `ORGANIZER:mailto:jane@${domain}`,
      ...guests.map(
        (user) => `ATTENDEE;PARTSTAT=${user === 'jane' ? 'ACCEPTED' : 'NEEDS-ACTION'}:mailto:${user}@${domain}`,
      ),
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]
    const type = { 'content-type': 'text/calendar; charset=utf-8' }
    const answer = await send('jane', 'PUT', `${addressOf('jane')}${uid}.ics`, type, lines.join('\r\n'))
    expect(answer.status).toBe(201)
    return uid
  }

  /** The event with this UID in somebody's calendar, as the sync sees it. */
  async function seen(account: ProviderAccount, user: User, uid: string) {
    const [own] = (await standsWith(user, uid)).filter(({ url }) => url.startsWith(addressOf(user)))
    if (!own) throw new Error(`${uid} is not in the calendar of ${user}`)
    const path = (url: string) => decodeURIComponent(new URL(url).pathname)
    const id = path(addressOf(user)) as RemoteCalendarId
    const [fetched] = await account.fetch(id, [path(own.url) as RemoteId])
    if (fetched?.type !== 'found') throw new Error('not found')
    return { calendar: id, event: fetched.event }
  }

  const edit = (event: RemoteEvent, changes: Partial<EventContent>) => ({
    current: event,
    content: { ...event.content, ...changes },
    fields: Object.keys(changes) as Field[],
  })
  const refused = { code: 'unsupported', reason: 'WOULD_MAIL' }

  test('invites bob when jane does so herself, so that silence means something', async () => {
    const uid = await meeting()
    expect((await standsWith('bob', uid)).length).toBeGreaterThan(0)
  })

  test('tells bob nothing when a sync would change or remove what jane organizes', async () => {
    const [uid, account] = [await meeting(), open('jane')]
    const before = await standsWith('bob', uid)
    const { calendar: id, event } = await seen(account, 'jane', uid)
    await expect(account.update(id, edit(event, { title: 'Changed' }))).rejects.toMatchObject(refused)
    await expect(account.update(id, edit(event, { attendees: [] }))).rejects.toMatchObject(refused)
    await expect(account.update(id, edit(event, { reminders: [], status: 'cancelled' }))).rejects.toMatchObject(refused)
    await expect(account.remove(id, event)).rejects.toMatchObject(refused)
    expect(await standsWith('bob', uid)).toEqual(before)
    expect((await seen(account, 'jane', uid)).event.content.title).toBe('Planning')
  })

  test('lets a host that wants it so mail the guests', async () => {
    const [uid, account] = [await meeting(), open('jane', { scheduling: 'allow' })]
    const { calendar: id, event } = await seen(account, 'jane', uid)
    await account.update(id, edit(event, { title: 'Changed' }))
    expect((await standsWith('bob', uid)).some(({ text }) => text.includes('SUMMARY:Changed'))).toBe(true)
  })

  test('an event that jane organizes for herself alone is changed and removed like any other', async () => {
    const [uid, account] = [await meeting({ guests: ['jane'] }), open('jane')]
    const { calendar: id, event } = await seen(account, 'jane', uid)
    await account.update(id, edit(event, { title: 'Changed' }))
    await account.remove(id, (await seen(account, 'jane', uid)).event)
    expect(await standsWith('jane', uid)).toEqual([])
  })

  test('jane hears nothing of what a sync changes in the invitation that bob has', async () => {
    const [uid, account] = [await meeting({ rule: 'FREQ=DAILY;COUNT=5' }), open('bob')]
    const before = await standsWith('jane', uid)
    const { calendar: id, event } = await seen(account, 'bob', uid)
    await account.update(
      id,
      edit(event, {
        title: 'With jane',
        availability: 'free',
        reminders: [{ method: 'popup', trigger: { kind: 'offset', seconds: -600, from: 'start' } }],
      }),
    )
    const now = (await seen(account, 'bob', uid)).event
    expect(now.content.title).toBe('With jane')
    const [slot, next] = ['2027-03-05T09:00:00', '2027-03-06T09:00:00']
    const moved = { ...occurrenceOf(now.content), title: 'Other title', time: at('2027-03-05T09:00:00') }
    await account.update(id, edit(now, { overrides: { [slot]: { kind: 'changed', content: moved } } }))
    expect(await standsWith('jane', uid)).toEqual(before)

    const answering = (await seen(account, 'bob', uid)).event
    const attendees = answering.content.attendees.map((one) =>
      one.email.startsWith('bob') ? { ...one, status: 'accepted' as const } : one,
    )
    const overrides = { ...answering.content.overrides, [next]: { kind: 'cancelled' as const } }
    for (const changes of [{ attendees }, { overrides }, { status: 'cancelled' as const }])
      await expect(account.update(id, edit(answering, changes))).rejects.toMatchObject(refused)
    expect(await standsWith('jane', uid)).toEqual(before)
  })

  test('jane hears nothing when a sync removes the invitation that bob has', async () => {
    const [uid, account] = [await meeting(), open('bob')]
    const before = await standsWith('jane', uid)
    const { calendar: id, event } = await seen(account, 'bob', uid)
    if (name === 'sogo') {
      // It declines for him whatever is asked, so the invitation stays.
      await expect(account.remove(id, event)).rejects.toMatchObject(refused)
    } else {
      await account.remove(id, event)
      expect((await standsWith('bob', uid)).filter(({ url }) => url.startsWith(addressOf('bob')))).toEqual([])
    }
    expect(await standsWith('jane', uid)).toEqual(before)
  })

  test('a sync tells nobody, reports what it would not write, and goes on with the rest', async () => {
    const [uid, other] = [await meeting(), `${Date.now()}-alone`]
    const alone = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\nUID:${other}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20270305T090000Z\r\nDTEND:20270305T100000Z\r\nSUMMARY:Alone\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
    const type = { 'content-type': 'text/calendar; charset=utf-8' }
    expect((await send('jane', 'PUT', `${addressOf('jane')}${other}.ics`, type, alone)).status).toBe(201)
    const memory = memoryProvider()
    memory.service.addCalendar({ id: 'elsewhere' })
    const caldav = caldavProvider({ allowedHosts: [new URL(server.url).host] })
    const engine = new SyncEngine({
      storage: memoryStorage(),
      providers: [memory, caldav],
      credentials: async () => ({ username: 'jane', password: 'secret' }),
    })
    const user = engine.user('jane')
    const there = await user.connections.add({ provider: 'memory' })
    const here = await user.connections.add({ provider: 'caldav', settings: { url: addressOf('jane') } })
    const members = [...here.calendars, ...there.calendars].map(({ id }) => ({ calendarId: id }))
    await user.groups.create({ id: 'group', name: 'Jane', members })
    await user.groups.sync('group')
    const before = await standsWith('bob', uid)
    const elsewhere = memory.service.calendar('elsewhere')
    const copyOf = (title: string, on: string) => {
      const copy = elsewhere
        .all()
        .find(({ content: own }) => own.title === title && JSON.stringify(own.time).includes(on))
      if (!copy) throw new Error(`there is no copy of ${title}`)
      return copy
    }
    const meetings = elsewhere.all().filter(({ content: own }) => own.title === 'Planning')
    for (const { id } of meetings) elsewhere.edit(id, { title: 'Renamed' })
    elsewhere.edit(copyOf('Alone', '2027-03-05').id, { title: 'Renamed, too' })
    await user.groups.sync('group')
    const events = (await user.events.ofGroup('group', { limit: 1_000 })).items
    const renamed = events.filter((event) => event.content.title === 'Renamed')
    expect(renamed.length).toBeGreaterThan(0)
    for (const { failure } of renamed) expect(failure).toMatchObject({ code: 'unsupported', reason: 'WOULD_MAIL' })
    const [single] = (await standsWith('jane', other)).map(({ text }) => text)
    expect(single).toContain('SUMMARY:Renamed\\, too')

    for (const { id } of meetings) elsewhere.remove(id)
    await user.groups.sync('group')
    expect(await standsWith('bob', uid)).toEqual(before)
    expect((await standsWith('jane', uid)).some(({ text }) => text.includes('SUMMARY:Planning'))).toBe(true)
  })

  test('a copy of ours lives and dies without a word to anybody', async () => {
    const account = open('jane')
    const { calendar: id } = await seen(account, 'jane', await meeting())
    const key = `${meetings}`.padStart(32, '0') as CreateKey
    const uid = `${key}@calweave`
    await account.create(id, { key, content: content({ title: 'Copy' }), mark: markOf(key) })
    await account.update(id, edit((await seen(account, 'jane', uid)).event, { title: 'Changed' }))
    await account.remove(id, (await seen(account, 'jane', uid)).event)
    const guests = content({
      organizer: { email: `jane@${domain}` },
      attendees: [{ email: `bob@${domain}`, role: 'required', status: 'needs_action', type: 'individual' }],
    })
    await expect(account.create(id, { key, content: guests, mark: markOf(key) })).rejects.toMatchObject(refused)
    expect(await standsWith('bob', uid)).toEqual([])
  })
})

function at(local: string): EventContent['time'] {
  const end = local.replace('T09', 'T10')
  return { start: { kind: 'timed', local, zone: 'UTC' }, end: { kind: 'timed', local: end, zone: 'UTC' } }
}

/** Where the calendars of a user are, from where those of jane are. */
function homeOf(user: string, server: RealServer): string {
  return server.home.replace('/jane/', `/${user}/`)
}
