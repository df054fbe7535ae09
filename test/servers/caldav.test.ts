import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/http/client.js'
import type { EventContent } from '../../src/model/content.js'
import { occurrenceOf } from '../../src/model/content.js'
import { digest } from '../../src/model/hash.js'
import type { CreateKey, RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import type { ProviderAccount, RemoteEvent } from '../../src/providers/provider.js'
import { content, ics, Mirror, markOf } from '../providers/caldav/fixtures.js'
import { recordedBehaviours } from './behaviours.js'
import { type RealServer, serverNames, startServers, startTimeoutMs, stopServers } from './real-server.js'

const behaviours = recordedBehaviours()
let servers: readonly RealServer[] = []

beforeAll(async () => {
  servers = await startServers(serverNames)
}, startTimeoutMs)
afterAll(() => stopServers(servers))

describe.each(serverNames)('%s', (name) => {
  const behaviour = behaviours[name]
  const repeatsTags = behaviour['tagOfNext'] !== 'another'
  let server: RealServer
  let account: ProviderAccount
  const requests: RequestRecord[] = []

  beforeAll(() => {
    server = servers.find((one) => one.name === name) as RealServer
    account = server.open({ onRequest: (record) => requests.push(record) })
  })

  /** What another program of the same person puts into a calendar. */
  async function put(url: string, text: string): Promise<void> {
    const headers = { 'content-type': 'text/calendar; charset=utf-8' }
    const answer = await server.request('PUT', url, { headers, body: text })
    if (!answer.ok || answer.status === 207) throw new Error(`${name} does not store an event: ${answer.status}`)
  }

  /** How a removal is told: as such, or by a whole listing without it. */
  const removalOf = (id: RemoteId) => (behaviour['changes'] === 'sync-collection' ? [{ type: 'removed', id }] : [])

  /** Pulls until nothing is told any more: one server tells the changes of its last second twice. */
  async function rest(mirror: Mirror): Promise<void> {
    for (let pulls = 0; pulls < 5; pulls++) {
      requests.length = 0
      if ((await mirror.pull()).length === 0 && requests.length === 1) return
      await new Promise((resolve) => setTimeout(resolve, 1_100))
    }
    throw new Error('the calendar does not come to rest')
  }

  /** A new calendar, by the id under which the account lists it, and what a mirror of it holds. */
  async function newCalendar(label: string): Promise<{ id: RemoteCalendarId; url: string; mirror: Mirror }> {
    const url = await server.makeCalendar(label)
    const found = (await account.listCalendars()).find((calendar) => url.endsWith(calendar.id))
    if (!found) throw new Error(`${label} is not listed`)
    return { id: found.id, url, mirror: new Mirror(account, found.id) }
  }

  const draftOf = (label: string, given: Partial<EventContent> = {}) => {
    const key = digest(name, label) as CreateKey
    return { key, content: content(given), mark: markOf(key) }
  }

  async function read(calendar: RemoteCalendarId, id: RemoteId): Promise<RemoteEvent> {
    const [fetched] = await account.fetch(calendar, [id])
    if (fetched?.type !== 'found') throw new Error(`not found: ${fetched?.type}`)
    return fetched.event
  }

  test('calendars are found from the bare address of the server', async () => {
    const { id } = await newCalendar('found')
    expect(await account.listCalendars()).toContainEqual(expect.objectContaining({ id, access: 'write' }))
  })

  test('a wrong password is told from a wrong address', async () => {
    const listed = caldavProvider({ allowedHosts: [new URL(server.url).host] })
      .open({ settings: { url: server.url }, credentials: { username: 'jane', password: 'nonsense' } })
      .listCalendars()
    if (behaviour['password'] === 'no') await expect(listed).resolves.toBeInstanceOf(Array)
    else await expect(listed).rejects.toMatchObject({ code: 'auth_expired' })
  })

  test('an event lives: created, read, changed, with an override, removed', async () => {
    const { id: calendar, mirror } = await newCalendar('life')
    await mirror.pull()
    expect(mirror.held.size).toBe(0)

    const draft = draftOf('life', {
      title: 'Weekly, with commas; and signs — ü 🎉',
      description: 'First line\nSecond line',
      location: 'Room 1',
      recurrence: { rule: 'FREQ=WEEKLY;COUNT=4', rdates: [] },
    })
    const created = await account.create(calendar, draft)
    expect(created.id).toBe(account.idFor(calendar, draft.key))
    expect((await mirror.pull()).map((change) => change.type)).toEqual(['upsert'])
    const first = await read(calendar, created.id)
    expect(first).toMatchObject({ key: draft.key, mark: draft.mark, content: draft.content })

    const moved = {
      ...occurrenceOf(draft.content),
      title: 'Moved',
      time: {
        start: { kind: 'timed', local: '2026-03-12T14:00:00', zone: 'Europe/Berlin' },
        end: { kind: 'timed', local: '2026-03-12T15:00:00', zone: 'Europe/Berlin' },
      },
    } as const
    const changed: EventContent = {
      ...draft.content,
      location: 'Room 2',
      overrides: {
        '2026-03-11T09:00:00': { kind: 'changed', content: moved },
        '2026-03-18T09:00:00': { kind: 'cancelled' },
      },
    }
    await account.update(calendar, {
      current: first,
      content: changed,
      fields: ['location', 'overrides'],
      mark: draft.mark,
    })
    const second = await read(calendar, created.id)
    expect(second.content).toEqual(changed)
    expect(second.revision).not.toBe(first.revision)
    expect((await mirror.pull()).map((change) => change.type)).toEqual(['upsert'])
    expect(await mirror.pull()).toEqual([])

    await account.remove(calendar, second)
    expect(await mirror.pull()).toEqual(removalOf(created.id))
    expect(mirror.held.size).toBe(0)
    expect(await account.fetch(calendar, [created.id])).toEqual([{ type: 'gone', id: created.id }])
  })

  test('writes that know an old revision are refused, and a second create meets the first', async () => {
    const { id: calendar } = await newCalendar('guards')
    const draft = draftOf('guards')
    const { id } = await account.create(calendar, draft)
    await expect(account.create(calendar, draft)).rejects.toMatchObject({ code: 'already_exists' })
    const old = await read(calendar, id)
    const change = (title: string) => ({ current: old, content: { ...old.content, title }, fields: ['title'] as const })
    await account.update(calendar, change('One'))
    await expect(account.update(calendar, change('Two'))).rejects.toMatchObject({ code: 'revision_mismatch' })
    await expect(account.remove(calendar, old)).rejects.toMatchObject({ code: 'revision_mismatch' })
    const now = await read(calendar, id)
    expect(now.content.title).toBe('One')
    await account.remove(calendar, now)
    await expect(account.remove(calendar, now)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('what other programs wrote into an event stays through a change of ours', async () => {
    const { id: calendar, url, mirror } = await newCalendar('foreign')
    const text = ics(
      `foreign-${name}@example.com`,
      'Theirs',
      'X-OTHER-APP;X-LEVEL=high:kept\nCLASS:PRIVATE\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Soon\nTRIGGER:-PT10M\nX-ALARM-ID:7\nEND:VALARM',
    )
    await put(`${url}foreign.ics`, text)
    await mirror.pull()
    const [event] = [...mirror.events.values()]
    if (!event) throw new Error('nothing was listed')
    expect(event.key).toBeUndefined()
    await account.update(calendar, { current: event, content: { ...event.content, title: 'Ours' }, fields: ['title'] })
    const now = await (await server.request('GET', `${url}foreign.ics`)).text()
    expect(now).toMatch(/^X-OTHER-APP;X-LEVEL=high:kept\r?$/m)
    expect(now).toMatch(/^X-ALARM-ID:7\r?$/m)
    expect(now).toMatch(/^SUMMARY:Ours\r?$/m)
    expect((await read(calendar, event.id)).content).toEqual({ ...event.content, title: 'Ours' })
  })

  test('a dead token asks for a new listing, which reads no body that is held', async () => {
    const { id: calendar, mirror } = await newCalendar('tokens')
    for (let n = 0; n < 5; n++) await account.create(calendar, draftOf(`tokens-${n}`))
    await mirror.pull()
    expect(mirror.held.size).toBe(5)
    mirror.cursor = JSON.stringify({ kind: 'sync', token: 'data:,nonsense' }) as never
    if (behaviour['unknownToken'] === '**answers as if it knew it**') expect(await mirror.pull()).toEqual([])
    else await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
    mirror.cursor = undefined
    requests.length = 0
    const changes = await mirror.pull()
    expect(mirror.complete).toBe(true)
    expect(changes.map((change) => change.type)).toEqual(Array(5).fill('unchanged'))
    // Where tags come again, only the bodies tell that nothing changed.
    expect(requests.length).toBeLessThanOrEqual(repeatsTags ? 3 : 2)
  })

  test('what is removed while the token is dead is gone from the next listing', async () => {
    const { id: calendar, url, mirror } = await newCalendar('silent')
    for (let n = 0; n < 4; n++) await put(`${url}silent-${n}.ics`, ics(`silent-${n}-${name}`, `Silent ${n}`))
    await mirror.pull()
    const before = mirror.cursor
    expect((await server.request('DELETE', `${url}silent-0.ics`)).ok).toBe(true)
    mirror.cursor = JSON.stringify({ kind: 'sync', token: 'data:,nonsense' }) as never
    const pulled = await mirror.pull().catch((error: unknown) => error)
    if (!Array.isArray(pulled)) {
      expect(pulled).toMatchObject({ code: 'cursor_expired' })
      mirror.cursor = undefined
      await mirror.pull()
    }
    expect([...mirror.held.keys()].map((id) => id.slice(-5)).sort()).toEqual(['1.ics', '2.ics', '3.ics'])
    expect(mirror.cursor).not.toBe(before)
    expect(await account.fetch(calendar, [...mirror.held.keys()])).toHaveLength(3)
  })

  test('an unchanged calendar costs one request and less than 1 kB', async () => {
    const { id: calendar, mirror } = await newCalendar('quiet')
    for (let n = 0; n < 30; n++) await account.create(calendar, draftOf(`quiet-${n}`))
    await mirror.pull()
    await rest(mirror)
    requests.length = 0
    expect(await mirror.pull()).toEqual([])
    expect(requests).toHaveLength(1)
    expect(requests[0]?.bytesDown).toBeLessThan(1000)
  })

  test('a calendar that is gone says so, and so does one that was made anew', async () => {
    const { id: calendar, url, mirror } = await newCalendar('vanishing')
    await account.create(calendar, draftOf('vanishing'))
    await mirror.pull()
    await rest(mirror)
    const answer = await server.request('DELETE', url)
    expect([200, 204]).toContain(answer.status)
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'calendar_gone' })
    await expect(account.fetch(calendar, [...mirror.held.keys()])).rejects.toMatchObject({ code: 'calendar_gone' })
    await expect(account.create(calendar, draftOf('vanishing-2'))).rejects.toMatchObject({ code: 'calendar_gone' })
    await server.makeCalendar('vanishing')
    if (name === 'sogo') {
      // It answers with the token that it was asked with, as if nothing had happened. Only a listing from the start tells.
      expect(await mirror.pull()).toEqual([])
      mirror.cursor = undefined
    } else if (behaviour['changes'] === 'sync-collection') {
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
      mirror.cursor = undefined
    }
    await mirror.pull()
    expect(mirror).toMatchObject({ complete: true, held: new Map() })
  })

  test('a create writes over nothing, and an update makes nothing anew', async () => {
    const { id: calendar, url } = await newCalendar('over')
    const draft = draftOf('over')
    const there = new URL(account.idFor(calendar, draft.key) as string, url).href
    await put(there, ics(`over-${name}`, 'Theirs'))
    // An account that knows nothing yet of the server.
    await expect(server.open().create(calendar, draft)).rejects.toMatchObject({ code: 'already_exists' })
    expect(await (await server.request('GET', there)).text()).toMatch(/^SUMMARY:Theirs\r?$/m)
    const event = await read(calendar, account.idFor(calendar, draft.key) as RemoteId)
    expect((await server.request('DELETE', there)).ok).toBe(true)
    const change = { current: event, content: { ...event.content, title: 'Ours' }, fields: ['title'] as const }
    await expect(server.open().update(calendar, change)).rejects.toMatchObject({ code: 'not_found' })
    await expect(server.open().remove(calendar, event)).rejects.toMatchObject({ code: 'not_found' })
    expect((await server.request('GET', there)).status).toBe(404)
  })

  test('an event that is removed and made anew under its name is another one, whatever its tag', async () => {
    const { id: calendar, url, mirror } = await newCalendar('anew')
    await put(`${url}anew.ics`, ics(`anew-${name}`, 'First'))
    await mirror.pull()
    const [first] = [...mirror.events.values()]
    if (!first) throw new Error('nothing was listed')
    expect((await server.request('DELETE', `${url}anew.ics`)).ok).toBe(true)
    await put(`${url}anew.ics`, ics(`anew-${name}`, 'Second'))
    const change = { current: first, content: { ...first.content, title: 'Ours' }, fields: ['title'] as const }
    await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'revision_mismatch' })
    await expect(account.remove(calendar, first)).rejects.toMatchObject({ code: 'revision_mismatch' })
    const listedAnew = new Mirror(account, calendar)
    listedAnew.held.set(first.id, first.revision)
    await listedAnew.pull()
    for (const one of [mirror, listedAnew]) {
      await one.pull()
      expect(one.events.get(first.id)?.content.title).toBe('Second')
    }
  })

  test('many writes at once all arrive', async () => {
    const { id: calendar, mirror } = await newCalendar('busy')
    const drafts = Array.from({ length: 12 }, (_, n) => draftOf(`busy-${n}`, { title: `Busy ${n}` }))
    await Promise.all(drafts.map((draft) => account.create(calendar, draft)))
    await mirror.pull()
    expect(mirror.events.size).toBe(12)
    await Promise.all(
      [...mirror.events.values()].map((current) =>
        account.update(calendar, {
          current,
          content: { ...current.content, location: current.content.title },
          fields: ['location'],
        }),
      ),
    )
    await mirror.pull()
    const places = [...mirror.events.values()].map(({ content }) => content.location).sort()
    expect(places).toEqual(drafts.map(({ content }) => content.title).sort())
  })

  test('a UID that the account has elsewhere is a clear refusal, where the server minds at all', async () => {
    const { url: elsewhere } = await newCalendar('uid-1')
    const { id: calendar, url } = await newCalendar('uid-2')
    const outcome = async (label: string, taken: string): Promise<string> => {
      const draft = draftOf(label)
      await put(taken, ics(`${draft.key}@calweave`))
      return account.create(calendar, draft).then(
        () => 'takes it',
        ({ code, reason }) => `${code} ${reason}`,
      )
    }
    const expected = (answer: string | undefined) => (answer === 'takes it' ? answer : 'event_refused UID_CONFLICT')
    expect(await outcome('uid-here', `${url}other.ics`)).toBe(expected(behaviour['uidHere']))
    expect(await outcome('uid-elsewhere', `${elsewhere}other.ics`)).toBe(expected(behaviour['uidElsewhere']))
  })

  test('names with spaces and signs are found again', async () => {
    const { id: calendar, url, mirror } = await newCalendar('names')
    await put(`${url}sp%20ace%40x%2By.ics`, ics(`odd-${name}`, 'Odd'))
    await mirror.pull()
    const [id] = [...mirror.held.keys()]
    if (id === undefined) throw new Error('nothing was listed')
    const fresh = await server.open().fetch(calendar, [id])
    expect(fresh).toMatchObject([{ type: 'found', event: { id, content: { title: 'Odd' } } }])
    await account.remove(calendar, mirror.events.get(id) as RemoteEvent)
    expect(await mirror.pull()).toEqual(removalOf(id))
    expect(mirror.held.size).toBe(0)
  })

  test('a listing that the server cuts into parts is put together', async () => {
    const { id: calendar } = await newCalendar('parts')
    for (let n = 0; n < 7; n++) await account.create(calendar, draftOf(`parts-${n}`))
    // We never ask for parts ourselves; here a limit is smuggled in, which one of the servers honours.
    const limited = server.open({
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const body = (await request.text()).replace(
          '</D:sync-level>',
          '</D:sync-level><D:limit><D:nresults>3</D:nresults></D:limit>',
        )
        const headers = Object.fromEntries(request.headers)
        return fetch(request.url, { method: request.method, headers, ...(body === '' ? {} : { body }) })
      },
    })
    const mirror = new Mirror(limited, calendar)
    await mirror.pull()
    expect(mirror.held.size).toBe(7)
    expect(mirror.pages.filter((page) => page.resume !== undefined)).toHaveLength(behaviour['limit'] === 'yes' ? 2 : 0)
    expect(mirror.cursor).toBeDefined()
    expect(await new Mirror(limited, calendar).pull()).toHaveLength(7)
  })
})
