import { describe, expect, test } from 'vitest'
import type { EventContent, Field } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId, Revision } from '../../../src/model/ids.js'
import { toEvent } from '../../../src/providers/caldav/event-map.js'
import type { CaldavProviderOptions } from '../../../src/providers/caldav/index.js'
import { ordinary } from '../../../src/providers/caldav/traits.js'
import { ics, openAt } from './fixtures.js'

/** How the server of a test is. */
interface Server {
  /** Its `DAV` header; undefined: it does not know OPTIONS. */
  readonly dav?: string
  readonly addresses?: readonly string[]
  readonly headers?: Record<string, string>
  readonly optionsStatus?: number
}

const site = 'https://dav.example.com'
const calendar = '/cal/jane/work/' as RemoteCalendarId
const automatic = '1, 3, calendar-access, Calendar-Auto-Schedule'
const jane = 'mailto:jane@example.com'
const refused = { code: 'unsupported', reason: 'WOULD_MAIL' }

const people = (organizer: string, ...guests: readonly string[]): string =>
  [`ORGANIZER:mailto:${organizer}@example.com`, ...guests.map((guest) => `ATTENDEE;${guest}@example.com`)].join('\n')

const organized = people('jane', 'PARTSTAT=ACCEPTED:mailto:Jane', 'PARTSTAT=NEEDS-ACTION:mailto:bob')
const invited = people('bob', 'PARTSTAT=ACCEPTED:mailto:bob', 'PARTSTAT=NEEDS-ACTION:mailto:jane')

/** An account at a server that takes every write, and what it was asked. */
function at(server: Server, text: string, options: CaldavProviderOptions = {}) {
  const asked: { readonly method: string; readonly path: string; readonly headers: Headers }[] = []
  const xml = (inner: string) =>
    new Response(`<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${inner}</D:multistatus>`, {
      status: 207,
      headers: server.headers ?? {},
    })
  const told = (href: string, props: string) =>
    xml(
      `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`,
    )
  const account = openAt(site, {
    ...options,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const path = new URL(request.url).pathname
      asked.push({ method: request.method, path, headers: request.headers })
      if (request.method === 'OPTIONS') {
        const headers = { ...server.headers, ...(server.dav === undefined ? {} : { dav: server.dav }) }
        return new Response(null, { status: server.optionsStatus ?? (server.dav === undefined ? 405 : 200), headers })
      }
      if (request.method === 'PROPFIND') {
        const addresses = (server.addresses ?? [jane]).map((one) => `<D:href>${one}</D:href>`).join('')
        return path === calendar
          ? told(path, '<D:owner><D:href>/people/jane</D:href></D:owner>')
          : told(path, `<C:calendar-user-address-set>${addresses}</C:calendar-user-address-set>`)
      }
      if (request.method === 'REPORT') {
        const data = `<C:calendar-data>${text.replaceAll('\r', '&#13;')}</C:calendar-data>`
        return told('/cal/jane/work/a.ics', `<D:getetag>"1"</D:getetag>${data}`)
      }
      if (request.method === 'GET') return new Response(text, { headers: { etag: '"1"' } })
      return new Response(null, { status: 204, headers: { etag: '"2"' } })
    },
  })
  const read = toEvent('/cal/jane/work/a.ics' as RemoteId, text, '"1"' as Revision, ordinary())
  if (read.type !== 'event') throw new Error('the text of the test is no event')
  const { event } = read
  return {
    asked,
    update: (changes: Partial<EventContent>) =>
      account.update(calendar, {
        current: event,
        content: { ...event.content, ...changes },
        fields: Object.keys(changes) as Field[],
      }),
    remove: () => account.remove(calendar, event),
    writes: () => asked.map(({ method }) => method).filter((method) => ['PUT', 'DELETE'].includes(method)),
    /** What was asked about mail and people. */
    questions: () => asked.filter(({ method, path }) => method === 'OPTIONS' || path.startsWith('/people/')).length,
    content: event.content,
  }
}

const title = { title: 'Changed' }

describe('events without guests', () => {
  test.each([
    ['nobody', ''],
    ['their organizer alone', people('jane', 'PARTSTAT=ACCEPTED:mailto:JANE')],
  ])('cost no question: %s', async (_who, lines) => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', lines))
    await place.update(title)
    await place.remove()
    expect(place.writes()).toEqual(['PUT', 'DELETE'])
    expect(place.questions()).toBe(0)
  })
})

describe('an event with guests that the account organizes', () => {
  test('is not changed and not removed where the server mails guests; the question is asked once', async () => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', organized))
    await expect(place.update(title)).rejects.toMatchObject(refused)
    await expect(place.remove()).rejects.toMatchObject(refused)
    expect(place.writes()).toEqual([])
    expect(place.questions()).toBe(2)
  })

  test('cannot be emptied of its guests either, which cancels it for them', async () => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', organized))
    await expect(place.update({ attendees: [], organizer: null })).rejects.toMatchObject(refused)
  })

  test.each([
    ['says that it does no scheduling', { dav: '1, 3, calendar-access' }],
    ['does not know the question', {}],
  ])('is changed where the server %s', async (_how, server) => {
    const place = at(server, ics('a', 'Lunch', organized))
    await place.update(title)
    expect(place.writes()).toEqual(['PUT'])
    expect(place.questions()).toBe(1)
  })

  test('is changed where the host lets the server mail', async () => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', organized), { scheduling: 'allow' })
    await place.update(title)
    expect(place.writes()).toEqual(['PUT'])
    expect(place.questions()).toBe(0)
  })

  test('is changed where its own program does the mailing, but not at a server that mails all the same', async () => {
    const silent = organized.replaceAll('PARTSTAT', 'SCHEDULE-AGENT=CLIENT;PARTSTAT')
    await at({ dav: automatic }, ics('a', 'Lunch', silent)).update(title)
    const sope = at({ dav: automatic, headers: { server: 'SOPE 4.9.37/WebDAV' } }, ics('a', 'Lunch', silent))
    await expect(sope.update(title)).rejects.toMatchObject(refused)
  })

  test('is left alone when nobody says who the account is', async () => {
    const place = at({ dav: automatic, addresses: [] }, ics('a', 'Lunch', invited))
    await expect(place.update(title)).rejects.toMatchObject(refused)
  })

  test('is left alone when it does not say who organizes it', async () => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', 'ATTENDEE:mailto:bob@example.com'))
    await expect(place.update(title)).rejects.toMatchObject(refused)
  })

  test.each([
    ['a path', '/people/jane/', 'ORGANIZER:/People/Jane'],
    [
      'a path, with the mail address beside it',
      'mailto:jane@example.com',
      'ORGANIZER;EMAIL=Jane@example.com:/x/principal/',
    ],
    ['a urn', 'urn:uuid:00A1', 'ORGANIZER:urn:uuid:00a1'],
  ])('is known by %s, too', async (_what, address, organizer) => {
    const lines = `${organizer}\nATTENDEE:mailto:bob@example.com`
    const place = at({ dav: automatic, addresses: [address] }, ics('a', 'Lunch', lines))
    await expect(place.update(title)).rejects.toMatchObject(refused)
  })

  test('waits when the server cannot be asked', async () => {
    const place = at({ dav: automatic, optionsStatus: 503 }, ics('a', 'Lunch', organized))
    await expect(place.update(title)).rejects.toMatchObject({ code: 'unavailable' })
    expect(place.writes()).toEqual([])
  })
})

describe('an event to which the account is invited', () => {
  const series = `${invited}\nRRULE:FREQ=DAILY;COUNT=5`

  test('is changed in what is its own', async () => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', series))
    await place.update({ ...title, availability: 'free', reminders: [] })
    expect(place.writes()).toEqual(['PUT'])
  })

  test.each<[string, (content: EventContent) => Partial<EventContent>]>([
    ['an answer', ({ attendees }) => ({ attendees: attendees.map((one) => ({ ...one, status: 'accepted' })) })],
    ['an occurrence that is left out', () => ({ overrides: { '2026-03-05T11:00:00': { kind: 'cancelled' } } })],
    ['a cancellation', () => ({ status: 'cancelled' })],
    ['other people', () => ({ attendees: [] })],
  ])('%s is a reply, and is not written', async (_what, change) => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', series))
    await expect(place.update(change(place.content))).rejects.toMatchObject(refused)
  })

  test('is removed with the wish that nobody is told, unless the server tells all the same', async () => {
    const place = at({ dav: automatic }, ics('a', 'Lunch', invited))
    await place.remove()
    const [removal] = place.asked.filter(({ method }) => method === 'DELETE')
    expect(removal?.headers.get('schedule-reply')).toBe('F')
    const sope = at({ dav: automatic, headers: { 'x-dav-error': '200 No error' } }, ics('a', 'Lunch', invited))
    await expect(sope.remove()).rejects.toMatchObject(refused)
  })
})
