import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import type { Cursor, RemoteCalendarId, RemoteId, Revision } from '../../../src/model/ids.js'
import { icsProvider } from '../../../src/providers/ics/index.js'
import type { ChangePage, ProviderAccount, RemoteChange } from '../../../src/providers/provider.js'

const address = 'https://calendar.example.com/private-1234/team.ics'
const server = setupServer()
beforeAll(() => server.listen())
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const event = (uid: string, ...lines: readonly string[]) =>
  ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', 'DTSTART:20260304T090000Z', ...lines, 'END:VEVENT'].join(
    '\r\n',
  )
const file = (...events: readonly string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'X-WR-CALNAME:Team',
    'X-WR-TIMEZONE:Europe/Berlin',
    ...events,
    'END:VCALENDAR',
    '',
  ].join('\r\n')

/** Serves what `answer` makes, and tells what was asked. */
function serve(answer: (request: Request) => Response): Request[] {
  const requests: Request[] = []
  server.use(
    http.get(address, ({ request }) => {
      requests.push(request)
      return answer(request) as never
    }),
  )
  return requests
}

const serveText = (text: string, headers: Readonly<Record<string, string>> = {}) =>
  serve(() => new HttpResponse(text, { headers: { 'content-type': 'text/calendar', ...headers } }))

const open = (settings: unknown = { url: address }, credentials?: unknown) =>
  icsProvider().open({ settings, credentials })

async function calendarOf(account: ProviderAccount): Promise<RemoteCalendarId> {
  const [calendar] = await account.listCalendars()
  if (!calendar) throw new Error('there is one calendar')
  return calendar.id
}

interface Pulled {
  readonly complete: boolean
  readonly pages: readonly ChangePage[]
  readonly changes: readonly RemoteChange[]
  readonly cursor: Cursor | undefined
  readonly revisions: ReadonlyMap<RemoteId, Revision>
}

async function pull(account: ProviderAccount, id: RemoteCalendarId, before?: Pulled): Promise<Pulled> {
  const known = before?.revisions ?? new Map<RemoteId, Revision>()
  const { complete, pages } = await account.changes(id, {
    ...(before?.cursor !== undefined && { cursor: before.cursor }),
    known: async (ids) => new Map(ids.flatMap((key) => (known.has(key) ? [[key, known.get(key) as Revision]] : []))),
    async *held() {
      yield known
    },
  })
  const all: ChangePage[] = []
  for await (const page of pages) all.push(page)
  const changes = all.flatMap((page) => page.changes)
  const seen = changes.flatMap((change): readonly (readonly [RemoteId, Revision])[] => {
    if (change.type === 'upsert' && change.event.revision) return [[change.event.id, change.event.revision]]
    return change.type === 'unchanged' ? [[change.id, change.revision]] : []
  })
  const cursor = all.at(-1)?.cursor
  return { complete, pages: all, changes, cursor, revisions: new Map([...(complete ? [] : known), ...seen]) }
}

const summary = (changes: readonly RemoteChange[]) =>
  changes.map((change) => `${change.type} ${change.type === 'upsert' ? change.event.id : change.id}`)

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: unknown) => (isSyncError(error) ? `${error.code} ${error.reason}` : String(error)),
  )
}

describe('listing', () => {
  test('one calendar to read, named by the file, under an id that does not give the address away', async () => {
    serveText(file(event('a')))
    const calendars = await open().listCalendars()
    expect(calendars).toEqual([
      { id: expect.any(String), name: 'Team', access: 'read', zone: 'Europe/Berlin', color: null },
    ])
    expect(calendars[0]?.id).not.toContain('private')
  })

  test('everything on the first pull, then only what changed, removals by absence', async () => {
    serveText(file(event('a'), event('b'), event('c')))
    const account = open()
    const id = await calendarOf(account)
    const first = await pull(account, id)
    expect(first).toMatchObject({
      complete: true,
      changes: [{ type: 'upsert', event: { uid: 'a', readOnly: true } }, {}, {}],
    })

    serveText(file(event('a'), event('b', 'SUMMARY:changed')))
    const second = await pull(account, id, first)
    expect(second.complete).toBe(true)
    expect(summary(second.changes)).toEqual(['unchanged a', 'upsert b'])
  })

  test('a file that has not changed is not sent again', async () => {
    const requests = serve((request) =>
      request.headers.get('if-none-match') === '"v1"'
        ? new HttpResponse(null, { status: 304 })
        : new HttpResponse(file(event('a')), {
            headers: { etag: '"v1"', 'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT' },
          }),
    )
    const account = open()
    const id = await calendarOf(account)
    const first = await pull(account, id)
    const second = await pull(account, id, first)
    expect(second).toMatchObject({ complete: false, changes: [], cursor: first.cursor })
    expect(requests.at(-1)?.headers.get('if-modified-since')).toBe('Sun, 01 Nov 2026 00:00:00 GMT')
  })

  test('without conditional requests the content is compared', async () => {
    serveText(file(event('a')))
    const account = open()
    const id = await calendarOf(account)
    const first = await pull(account, id)
    expect(await pull(account, id, first)).toMatchObject({ complete: false, changes: [], cursor: first.cursor })
  })

  test('a new tag for the old text is the one that is asked with from then on', async () => {
    let tag = '"v1"'
    const requests = serve((request) =>
      request.headers.get('if-none-match') === tag
        ? new HttpResponse(null, { status: 304 })
        : new HttpResponse(file(event('a')), { headers: { etag: tag } }),
    )
    const account = open()
    const id = await calendarOf(account)
    const first = await pull(account, id)
    tag = '"v2"'
    const second = await pull(account, id, first)
    expect(second).toMatchObject({ complete: false, changes: [] })
    await pull(account, id, { ...first, cursor: second.cursor })
    expect(requests.at(-1)?.headers.get('if-none-match')).toBe('"v2"')
  })

  const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
  const utf16 = (text: string) => new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer)
  test.each<[string, string, (text: string) => Uint8Array]>([
    ['in the encoding that is announced', 'text/calendar; charset="ISO-8859-1"', latin1],
    ['in UTF-16, if it is announced', 'text/calendar;charset=utf-16le', utf16],
    ['in UTF-8 under a wrong name', 'text/calendar; charset=iso-8859-1', (text) => new TextEncoder().encode(text)],
    [
      'in UTF-8 under a name that nobody knows',
      'text/calendar; charset=x-own',
      (text) => new TextEncoder().encode(text),
    ],
  ])('a file is read %s', async (_how, type, encode) => {
    const bytes = encode(file(event('a', 'SUMMARY:Frühstück')))
    serve(() => new HttpResponse(bytes as never, { headers: { 'content-type': type } }))
    const account = open()
    const { changes } = await pull(account, await calendarOf(account))
    expect(changes).toMatchObject([{ type: 'upsert', event: { content: { title: 'Frühstück' } } }])
  })

  test('feeds that put the time of the request into every event have not changed', async () => {
    serveText(file(event('a'), event('b')))
    const account = open()
    const id = await calendarOf(account)
    const first = await pull(account, id)
    serveText(file(event('a'), event('b')).replaceAll('DTSTAMP:20260101', 'DTSTAMP:20261101'))
    const second = await pull(account, id, first)
    expect(second.complete).toBe(true)
    expect(summary(second.changes)).toEqual(['unchanged a', 'unchanged b'])
  })

  test('pages of at most 200, the cursor on the last one only', async () => {
    serveText(file(...Array.from({ length: 450 }, (_, index) => event(`e${index}`))))
    const account = open()
    const { pages } = await pull(account, await calendarOf(account))
    expect(pages.map((page) => [page.changes.length, page.cursor !== undefined])).toEqual([
      [200, false],
      [200, false],
      [50, true],
    ])
  })

  test('an empty calendar is complete, and says so with a cursor', async () => {
    serveText(file())
    const account = open()
    expect(await pull(account, await calendarOf(account))).toMatchObject({
      complete: true,
      changes: [],
      cursor: expect.any(String),
    })
  })

  test('an event that cannot be read is reported beside its neighbours', async () => {
    const twin = file(event('a')).replace('X-WR-CALNAME:Team\r\n', '')
    serveText(
      file(event('a'), event('bad').replace('20260304', '20261399'), event('b').replace('UID:b\r\n', '')) + twin,
    )
    const account = open()
    const { changes } = await pull(account, await calendarOf(account))
    expect(changes.map((change) => [change.type, change.type === 'unreadable' && change.error.reason])).toEqual([
      ['upsert', false],
      ['unreadable', 'TIME_INVALID'],
      ['unreadable', 'NO_UID'],
      ['unreadable', 'DUPLICATE_UID'],
    ])
    expect(new Set(changes.map((change) => (change.type === 'upsert' ? change.event.id : change.id))).size).toBe(4)
  })

  test('fetch finds what is there, and proves what is not', async () => {
    serveText(file(event('a')))
    const account = open()
    const found = await account.fetch(await calendarOf(account), ['a' as RemoteId, 'x' as RemoteId])
    expect(found).toMatchObject([
      { type: 'found', event: { uid: 'a' } },
      { type: 'gone', id: 'x' },
    ])
  })

  test('the key of a copy of ours is in its UID', async () => {
    const key = '0123456789abcdefghijklmnopqrstuv'
    serveText(file(event(`${key}@calweave`), event('other@example.com')))
    const account = open()
    const { changes } = await pull(account, await calendarOf(account))
    expect(changes.map((change) => change.type === 'upsert' && change.event.key)).toEqual([key, undefined])
  })
})

describe('what goes wrong gives an error and no cursor', () => {
  const bodies: readonly (readonly [what: string, body: string, failure: string])[] = [
    ['a login page', '<!DOCTYPE html><html></html>', 'not_icalendar NOT_ICALENDAR'],
    ['a file that ends too early', file(event('a')).slice(0, 120), 'invalid_response TRUNCATED'],
    ['nothing', '', 'invalid_response EMPTY'],
    ['JSON', '{}', 'not_icalendar NOT_ICALENDAR'],
  ]
  for (const [what, body, failure] of bodies) {
    test(`${what}, with status 200`, async () => {
      serveText(file(event('a')))
      const account = open()
      const id = await calendarOf(account)
      const first = await pull(account, id)
      serveText(body)
      expect(await failureOf(pull(account, id, first))).toBe(failure)
      expect(await failureOf(account.fetch(id, ['a' as RemoteId]))).toBe(failure)
    })
  }

  test('a file that is too large', async () => {
    serveText(file(event('a')))
    const account = icsProvider({ limits: { fileLength: 100 } }).open({
      settings: { url: address },
      credentials: undefined,
    })
    expect(await failureOf(account.listCalendars())).toBe('limit_exceeded LIMIT_BYTES')
    const small = icsProvider({ maxBytes: 100 }).open({ settings: { url: address }, credentials: undefined })
    expect(await failureOf(small.listCalendars())).toBe('limit_exceeded LIMIT_BYTES')
  })

  for (const [status, failure] of [
    [401, 'auth_expired 401'],
    [403, 'forbidden 403'],
    [404, 'calendar_gone 404'],
    [410, 'calendar_gone 410'],
    [429, 'rate_limited 429'],
    [500, 'unavailable 500'],
    [418, 'not_a_calendar 418'],
    [304, 'not_a_calendar 304'],
  ] as const) {
    test(`status ${status}`, async () => {
      serve(() => new HttpResponse(null, { status }))
      expect(await failureOf(open().listCalendars())).toBe(failure)
    })
  }

  test('no message names the address, which is often a secret', async () => {
    for (const status of [401, 403, 404, 429, 500, 418]) {
      serve(() => new HttpResponse(null, { status }))
      await expect(open().listCalendars()).rejects.toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('private') }),
      )
    }
  })

  test('Retry-After is passed on', async () => {
    serve(() => new HttpResponse(null, { status: 429, headers: { 'retry-after': '7' } }))
    await expect(open().listCalendars()).rejects.toMatchObject({ retryAfterMs: 7_000 })
  })

  test('a cursor of something else asks for a new listing', async () => {
    serveText(file(event('a')))
    const account = open()
    const id = await calendarOf(account)
    const from = { cursor: 'sync-token-1' as Cursor, known: async () => new Map(), held: async function* () {} }
    expect(await failureOf(account.changes(id, from))).toBe('cursor_expired undefined')
  })

  test('another calendar than this one', async () => {
    expect(await failureOf(pull(open(), 'other' as RemoteCalendarId))).toBe('calendar_gone OTHER_CALENDAR')
  })

  test('a signal that has fired', async () => {
    expect(await failureOf(open().listCalendars({ signal: AbortSignal.abort() }))).toBe('aborted undefined')
  })
})

describe('accounts', () => {
  test('cannot be written to', async () => {
    const account = open({ text: file(event('a')) })
    const id = await calendarOf(account)
    for (const write of [
      account.create(id, {} as never),
      account.update(id, {} as never),
      account.remove(id, {} as never),
    ]) {
      expect(await failureOf(write)).toBe('unsupported undefined')
    }
  })

  test('read a text', async () => {
    const account = open({ text: file(event('a')) })
    const first = await pull(account, await calendarOf(account))
    expect(summary(first.changes)).toEqual(['upsert a'])
    expect(await pull(account, await calendarOf(account), first)).toMatchObject({ complete: false, changes: [] })
  })

  test('read a file through the host, bytes or text, and see that it is gone', async () => {
    let content: string | Uint8Array = new TextEncoder().encode(file(event('a')))
    const read = async (path: string) => {
      if (path !== '/home/jo/my team.ics') throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return { text: content, modified: 'm1' }
    }
    const provider = icsProvider({ read })
    const account = provider.open({ settings: { url: 'file:///home/jo/my%20team.ics' }, credentials: undefined })
    const id = await calendarOf(account)
    const first = await pull(account, id)
    expect(summary(first.changes)).toEqual(['upsert a'])
    content = file(event('a'), event('b'))
    expect(summary((await pull(account, id, first)).changes)).toEqual(['unchanged a', 'upsert b'])
    const gone = provider.open({ settings: { url: 'file:///home/jo/other.ics' }, credentials: undefined })
    expect(await failureOf(gone.listCalendars())).toBe('calendar_gone undefined')
  })

  test('send credentials that were given, and none otherwise', async () => {
    const requests = serveText(file())
    await open().listCalendars()
    await open({ url: address.replace('https', 'webcal') }, { username: 'jö', password: 'p' }).listCalendars()
    await open({ url: address }, { token: 't' }).listCalendars()
    expect(requests.map((request) => request.headers.get('authorization'))).toEqual([
      null,
      'Basic asO2OnA=',
      'Bearer t',
    ])
  })

  for (const [what, settings, credentials] of [
    ['no address', {}, undefined],
    ['another protocol', { url: 'ftp://example.com/a.ics' }, undefined],
    ['a file without a reader', { url: 'file:///etc/passwd' }, undefined],
    ['a password in the address', { url: 'https://jo:geheim@example.com/a.ics' }, undefined],
    ['credentials of another shape', { url: address }, { user: 'geheim' }],
    ['a line break in a password', { url: address }, { username: 'a', password: 'geheim\r\nX: y' }],
  ] as const) {
    test(`are refused with ${what}, and the message does not quote it`, () => {
      expect(() => open(settings, credentials)).toThrow(
        expect.objectContaining({ code: 'invalid_input', message: expect.not.stringContaining('geheim') }),
      )
    })
  }
})
