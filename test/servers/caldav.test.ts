import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/http/client.js'
import type { EventContent } from '../../src/model/content.js'
import { occurrenceOf } from '../../src/model/content.js'
import { digest } from '../../src/model/hash.js'
import type { CreateKey, RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import type { ProviderAccount, RemoteEvent } from '../../src/providers/provider.js'
import { content, ics, Mirror, markOf } from '../providers/caldav/fixtures.js'
import { type RealServer, serverNames, startServer } from './real-server.js'

describe.each(serverNames)('%s', (name) => {
  let server: RealServer
  let account: ProviderAccount
  const requests: RequestRecord[] = []

  beforeAll(async () => {
    server = await startServer(name)
    account = server.open({ onRequest: (record) => requests.push(record) })
  })
  afterAll(async () => {
    await server?.stop()
  })

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
    const wrong = (url: string, password: string): Promise<unknown> =>
      import('../../src/providers/caldav/index.js').then(({ caldavProvider }) =>
        caldavProvider()
          .open({ settings: { url }, credentials: { username: 'jane', password } })
          .listCalendars(),
      )
    await expect(wrong(server.url, 'nonsense')).rejects.toMatchObject({ code: 'auth_expired' })
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
    expect(await mirror.pull()).toEqual([{ type: 'removed', id: created.id }])
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
    const headers = { 'content-type': 'text/calendar; charset=utf-8' }
    expect((await server.request('PUT', `${url}foreign.ics`, { headers, body: text })).status).toBe(201)
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
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
    mirror.cursor = undefined
    requests.length = 0
    const changes = await mirror.pull()
    expect(mirror.complete).toBe(true)
    expect(changes.map((change) => change.type)).toEqual(Array(5).fill('unchanged'))
    expect(requests.length).toBeLessThanOrEqual(2)
  })

  test('an unchanged calendar costs one request and less than 1 kB', async () => {
    const { id: calendar, mirror } = await newCalendar('quiet')
    for (let n = 0; n < 30; n++) await account.create(calendar, draftOf(`quiet-${n}`))
    await mirror.pull()
    await mirror.pull()
    requests.length = 0
    expect(await mirror.pull()).toEqual([])
    expect(requests).toHaveLength(1)
    expect(requests[0]?.bytesDown).toBeLessThan(1000)
  })

  test('a calendar that is gone says so, and so does one that was made anew', async () => {
    const { id: calendar, url, mirror } = await newCalendar('vanishing')
    await account.create(calendar, draftOf('vanishing'))
    await mirror.pull()
    const answer = await server.request('DELETE', url)
    expect([200, 204]).toContain(answer.status)
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'calendar_gone' })
    await expect(account.fetch(calendar, [...mirror.held.keys()])).rejects.toMatchObject({ code: 'calendar_gone' })
    await expect(account.create(calendar, draftOf('vanishing-2'))).rejects.toMatchObject({ code: 'calendar_gone' })
    await server.makeCalendar('vanishing')
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
  })

  test('names with spaces and signs are found again', async () => {
    const { id: calendar, url, mirror } = await newCalendar('names')
    const headers = { 'content-type': 'text/calendar; charset=utf-8' }
    const put = await server.request('PUT', `${url}sp%20ace%40x%2By.ics`, { headers, body: ics(`odd-${name}`, 'Odd') })
    expect(put.status).toBe(201)
    await mirror.pull()
    const [id] = [...mirror.held.keys()]
    if (id === undefined) throw new Error('nothing was listed')
    const fresh = await server.open().fetch(calendar, [id])
    expect(fresh).toMatchObject([{ type: 'found', event: { id, content: { title: 'Odd' } } }])
    await account.remove(calendar, mirror.events.get(id) as RemoteEvent)
    expect(await mirror.pull()).toEqual([{ type: 'removed', id }])
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
    expect(mirror.pages.filter((page) => page.resume !== undefined)).toHaveLength(name === 'cyrus' ? 2 : 0)
    expect(mirror.cursor).toBeDefined()
    expect(await new Mirror(limited, calendar).pull()).toHaveLength(7)
  })
})
