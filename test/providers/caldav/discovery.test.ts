import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import { caldavProvider } from '../../../src/providers/caldav/index.js'
import { openAt, withStub } from './fixtures.js'

const dav =
  'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/" xmlns:a="http://apple.com/ns/ical/"'
const response = (href: string, props: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
const list = (...responses: readonly string[]): { status: number; body: string } => ({
  status: 207,
  body: `<d:multistatus ${dav}>${responses.join('')}</d:multistatus>`,
})
const calendarType = '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>'

describe('calendars are found from', () => {
  test.each(['', 'principals/jane/', 'calendars/jane/', 'calendars/jane'])('/%s', async (path) => {
    await withStub({ calendars: ['work', 'home life'] }, async (stub) => {
      const calendars = await openAt(`${stub.url}${path}`).listCalendars()
      expect(calendars.map(({ id, name, access }) => ({ id, name, access }))).toEqual([
        { id: '/calendars/jane/work/', name: 'work', access: 'write' },
        { id: '/calendars/jane/home%20life/', name: 'home life', access: 'write' },
      ])
    })
  })

  test('the address of one calendar, which is then the only one', async () => {
    await withStub({ calendars: ['work', 'other'] }, async (stub) => {
      const calendars = await openAt(`${stub.url}calendars/jane/other/`).listCalendars()
      expect(calendars.map((calendar) => calendar.name)).toEqual(['other'])
    })
  })

  test('an address that speaks no DAV, by way of the well-known one', async () => {
    for (const reply of [
      { status: 405 },
      { status: 404 },
      { status: 403 },
      { status: 501 },
      { status: 200, body: '<html/>' },
    ]) {
      await withStub({}, async (stub) => {
        stub.options.fault = (request) => (request.path === '/web/' ? reply : undefined)
        expect(await openAt(`${stub.url}web/`).listCalendars()).toHaveLength(1)
      })
    }
  })
})

test('each kind of calendar is listed for what it is', async () => {
  const privileges = (names: readonly string[]): string =>
    `<d:current-user-privilege-set>${names.map((name) => `<d:privilege><d:${name}/></d:privilege>`).join('')}</d:current-user-privilege-set>`
  await withStub({}, async (stub, account) => {
    stub.options.fault = (request) =>
      request.path === '/calendars/jane/'
        ? list(
            response('/calendars/jane/', '<d:resourcetype><d:collection/></d:resourcetype>'),
            response(
              '/calendars/jane/own/',
              `${calendarType}${privileges(['read', 'write'])}<a:calendar-color>#FF8800CC</a:calendar-color>`,
            ),
            response('/calendars/jane/props/', `${calendarType}${privileges(['read', 'write-properties'])}`),
            response('/calendars/jane/none/', `${calendarType}<d:current-user-privilege-set/>`),
            response(
              '/calendars/jane/feed/',
              '<d:resourcetype><d:collection/><c:calendar/><s:subscribed/></d:resourcetype>',
            ),
            response(
              '/calendars/jane/tasks/',
              `${calendarType}<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>`,
            ),
            response('/calendars/jane/all/', `${calendarType}<c:supported-calendar-component-set/>`),
            response(
              '/calendars/jane/inbox/',
              '<d:resourcetype><d:collection/><c:calendar/><c:schedule-inbox/></d:resourcetype>',
            ),
            response(
              '/calendars/jane/zoned/',
              `${calendarType}<d:displayname>  Zoned </d:displayname><c:calendar-timezone>BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:/vendor/Europe/Berlin\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n</c:calendar-timezone>`,
            ),
          )
        : undefined
    const calendars = await account.listCalendars()
    expect(calendars).toEqual([
      { id: '/calendars/jane/own/', name: 'own', access: 'write', zone: null, color: '#ff8800' },
      { id: '/calendars/jane/props/', name: 'props', access: 'read', zone: null, color: null },
      { id: '/calendars/jane/none/', name: 'none', access: 'read', zone: null, color: null },
      { id: '/calendars/jane/feed/', name: 'feed', access: 'read', zone: null, color: null },
      { id: '/calendars/jane/all/', name: 'all', access: 'write', zone: null, color: null },
      { id: '/calendars/jane/zoned/', name: 'Zoned', access: 'write', zone: 'Europe/Berlin', color: null },
    ])
  })
})

test('calendars of several homes, one of them at another host of the same site, are one list', async () => {
  const asked: string[] = []
  const answer = (body: string): Response => new Response(body, { status: 207 })
  const account = caldavProvider({
    fetch: async (input, init) => {
      const request = new Request(input, init)
      asked.push(`${request.url} ${request.headers.get('authorization')?.slice(0, 5)}`)
      const { hostname } = new URL(request.url)
      if (hostname === 'caldav.example.com') {
        return answer(
          list(
            response(
              '/1/',
              '<d:current-user-principal><d:href>/1/principal/</d:href></d:current-user-principal><c:calendar-home-set><d:href>https://p62-caldav.example.com:443/1/calendars/</d:href><d:href>/1/shared/</d:href></c:calendar-home-set>',
            ),
          ).body,
        )
      }
      return answer(list(response('/1/calendars/home/', calendarType)).body)
    },
  }).open({ settings: { url: 'https://caldav.example.com' }, credentials: { token: 'abc' } })
  const calendars = await account.listCalendars()
  expect(calendars.map((calendar) => calendar.id)).toEqual(['https://p62-caldav.example.com/1/calendars/home/'])
  expect(asked).toContain('https://p62-caldav.example.com/1/calendars/ Beare')
})

test('a home at a foreign site gets no credentials', async () => {
  const asked: string[] = []
  const account = caldavProvider({
    fetch: async (input, init) => {
      asked.push(new Request(input, init).url)
      return new Response(
        list(response('/', '<c:calendar-home-set><d:href>https://evil.example.net/</d:href></c:calendar-home-set>'))
          .body,
        { status: 207 },
      )
    },
  }).open({ settings: { url: 'https://caldav.example.com/' }, credentials: { token: 'abc' } })
  await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_input', reason: 'OTHER_SITE' })
  expect(asked).toEqual(['https://caldav.example.com/'])
})

describe('what is wrong is named', () => {
  test('a wrong password', async () => {
    await withStub({}, async (stub) => {
      await expect(openAt(stub.url, {}, 'wrong').listCalendars()).rejects.toMatchObject({
        code: 'auth_expired',
        remedy: 'reauthorize',
      })
    })
  })

  test.each([
    [
      'a web page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Welcome</title>' },
    ],
    ['a server without this method', { status: 405 }],
    ['nothing there', { status: 404 }],
  ])('%s', async (_name, reply) => {
    await withStub({}, async (stub, account) => {
      stub.options.fault = () => reply
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'not_a_calendar', remedy: 'fix_input' })
    })
  })

  test('a server that is down', async () => {
    await withStub({}, async (stub, account) => {
      await stub.close()
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'unavailable' })
      stub.close = async () => undefined
    })
  })

  test('no access', async () => {
    await withStub({}, async (stub, account) => {
      stub.options.fault = () => ({ status: 403 })
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'forbidden' })
    })
  })
})

describe('settings and credentials are checked before anything is sent', () => {
  test.each([
    [{ url: 'nonsense' }, { username: 'a', password: 'b' }, 'settings.url'],
    [{ url: 'ftp://example.com/' }, { username: 'a', password: 'b' }, 'settings.url'],
    [{ url: 'http://example.com/' }, { username: 'a', password: 'b' }, 'settings.url'],
    [{ url: 'https://jane:hunter2@example.com/' }, { username: 'a', password: 'b' }, 'settings.url'],
    [{}, { username: 'a', password: 'b' }, 'settings.url'],
    [{ url: 'https://example.com/' }, { username: 'a' }, 'credentials'],
    [{ url: 'https://example.com/' }, { username: 'a:b', password: 'hunter2' }, 'credentials'],
    [{ url: 'https://example.com/' }, { token: 'hunter2\r\nX-Evil: 1' }, 'credentials'],
  ])('%j %j', (settings, credentials, path) => {
    let thrown: unknown
    try {
      caldavProvider().open({ settings, credentials })
    } catch (error) {
      thrown = error
    }
    expect(isSyncError(thrown, 'invalid_input')).toBe(true)
    expect(String(thrown)).toContain(path)
    expect(String(thrown)).not.toContain('hunter2')
  })
})
