import { describe, expect, test } from 'vitest'
import type { RemoteId } from '../../../src/model/ids.js'
import { ics, Mirror, openAt, withStub } from './fixtures.js'

const titles = (mirror: Mirror): readonly string[] =>
  [...mirror.events.values()].map((event) => event.content.title).sort()

describe.each([
  { name: 'with sync-collection', options: {} },
  { name: 'with sync-collection in parts', options: { pageSize: 3 } },
  { name: 'with ctag and entity tags', options: { syncCollection: false } },
  { name: 'without ctag', options: { syncCollection: false, ctag: false } },
  { name: 'with weak tags', options: { etags: 'weak' } },
  { name: 'without tags', options: { etags: 'none' } },
  { name: 'without multiget', options: { multiget: false } },
  { name: 'with a multiget that leaves out what is missing', options: { missing: 'omit' } },
  { name: 'with a multiget that refuses when one is missing', options: { missing: 'refuse_all' } },
] as const)('$name', ({ options }) => {
  test('a calendar is listed, then followed through changes and removals', async () => {
    await withStub(options, async (stub, account, calendar) => {
      for (let n = 0; n < 8; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`, `Event ${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      expect(mirror.complete).toBe(true)
      expect(titles(mirror)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => `Event ${n}`))

      stub.put('work', 'e1.ics', ics('uid-1', 'Changed'))
      stub.remove('work', 'e2.ics')
      stub.put('work', 'new.ics', ics('uid-new', 'New'))
      await mirror.pull()
      expect([...mirror.held.keys()].sort()).toEqual(
        stub
          .files('work')
          .map((file) => `${calendar}${file}`)
          .sort(),
      )
      expect(mirror.events.get(`${calendar}e1.ics` as RemoteId)?.content.title).toBe('Changed')
      expect(mirror.events.get(`${calendar}new.ics` as RemoteId)?.content.title).toBe('New')
    })
  })

  test('only the last page has a cursor, and it is there', async () => {
    await withStub(options, async (stub, account, calendar) => {
      for (let n = 0; n < 230; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      expect(mirror.held.size).toBe(230)
      const withCursor = mirror.pages.map((page) => page.cursor !== undefined)
      expect(withCursor.lastIndexOf(true)).toBe(withCursor.length - 1)
      expect(withCursor.filter(Boolean)).toHaveLength(1)
      expect(Math.max(...mirror.pages.map((page) => page.changes.length))).toBeLessThanOrEqual(500)
    })
  })
})

test('an unchanged calendar costs one request and less than 1 kB, with either kind of cursor', async () => {
  for (const options of [{}, { syncCollection: false }]) {
    await withStub(options, async (stub, account, calendar) => {
      for (let n = 0; n < 300; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      await mirror.pull()
      const { cursor } = mirror
      stub.resetStats()
      expect(await mirror.pull()).toEqual([])
      expect(mirror.complete).toBe(false)
      expect(mirror.cursor).toBe(cursor)
      expect(stub.stats.requests).toBe(1)
      expect(stub.stats.bytesDown).toBeLessThan(1000)
    })
  }
})

test('one change costs one report and one read, not a listing', async () => {
  await withStub({}, async (stub, account, calendar) => {
    for (let n = 0; n < 50; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
    const mirror = new Mirror(account, calendar)
    await mirror.pull()
    stub.put('work', 'e7.ics', ics('uid-7', 'Moved'))
    stub.resetStats()
    const changes = await mirror.pull()
    expect(changes.map((change) => change.type)).toEqual(['upsert'])
    expect(stub.stats.requests).toBe(2)
  })
})

test('a complete listing reads only bodies that are not held, and says of the others that they are there', async () => {
  await withStub({}, async (stub, account, calendar) => {
    for (let n = 0; n < 5; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
    const mirror = new Mirror(account, calendar)
    await mirror.pull()
    mirror.cursor = undefined
    stub.put('work', 'e0.ics', ics('uid-0', 'Other'))
    const changes = await mirror.pull()
    expect(mirror.complete).toBe(true)
    expect(changes.map((change) => change.type).sort()).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
      'unchanged',
      'upsert',
    ])
  })
})

test('a calendar that vanished is not a calendar from which everything was removed', async () => {
  for (const options of [{}, { syncCollection: false }]) {
    await withStub(options, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a'))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.removeCalendar('work')
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'calendar_gone' })
      await expect(account.fetch(calendar, [...mirror.held.keys()])).rejects.toMatchObject({ code: 'calendar_gone' })
      await expect(new Mirror(account, calendar).pull()).rejects.toMatchObject({ code: 'calendar_gone' })
    })
  }
})

test('a calendar that vanishes while single events are read does not remove them', async () => {
  await withStub({ multiget: false }, async (stub, account, calendar) => {
    stub.put('work', 'a.ics', ics('uid-a'))
    stub.options.fault = (request) => {
      if (request.method === 'GET') stub.removeCalendar('work')
      return undefined
    }
    await expect(new Mirror(account, calendar).pull()).rejects.toMatchObject({ code: 'calendar_gone' })
  })
})

describe('a dead token', () => {
  test.each([400, 403, 409, 410, 412, 415, 500])('answered with %i asks for a new listing', async (status) => {
    await withStub({}, async (stub, account, calendar) => {
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.options.fault = (request) => (request.method === 'REPORT' ? { status, body: '<oops' } : undefined)
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
    })
  })

  test('is told from a lost privilege, a wrong password, and a busy server', async () => {
    await withStub({}, async (stub, account, calendar) => {
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      const body = '<d:error xmlns:d="DAV:"><d:need-privileges/></d:error>'
      for (const [reply, code] of [
        [{ status: 403, body }, 'forbidden'],
        [{ status: 401 }, 'auth_expired'],
        [{ status: 429, headers: { 'retry-after': '7' } }, 'rate_limited'],
        [{ status: 503 }, 'unavailable'],
      ] as const) {
        stub.options.fault = () => reply
        await expect(mirror.pull()).rejects.toMatchObject({ code })
      }
    })
  })

  test('that the server refuses right after handing it out leads to listings without tokens', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a'))
      stub.options.fault = (request) =>
        request.body.includes('sync-token>urn:') ? { status: 415, body: 'not on this url' } : undefined
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
      mirror.cursor = undefined
      await mirror.pull()
      await mirror.pull()
      expect(mirror.complete).toBe(false)
      expect(mirror.held.size).toBe(1)
    })
  })

  test('that the server forgot without a word is found out by the removals it hides', async () => {
    await withStub({ forgetsSilently: true }, async (stub, account, calendar) => {
      for (let n = 0; n < 20; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.remove('work', 'e3.ics')
      stub.forgetTokens('work')
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired', reason: 'LOST_REMOVALS' })
    })
  })

  test('the echo of many writes of our own is not mistaken for a forgotten token', async () => {
    await withStub({}, async (stub, account, calendar) => {
      for (let n = 0; n < 40; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      for (const event of [...mirror.events.values()].slice(0, 20)) {
        const written = await account.update(calendar, {
          current: event,
          content: { ...event.content, title: 'x' },
          fields: ['title'],
        })
        mirror.held.set(event.id, written.revision)
      }
      stub.resetStats()
      expect(await mirror.pull()).toEqual([])
      expect(stub.stats.requests).toBe(1)
    })
  })
})

describe('an answer that is not whole is never taken for a short list', () => {
  test.each([
    ['cut at a byte', 'cut_answer' as const, 'invalid_response'],
    ['lost', 'lose_answer' as const, 'unavailable'],
    [
      'cut at an element, with a matching length',
      { status: 207, body: '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/x/a.ics</d:href></d:response>' },
      'invalid_response',
    ],
    [
      'an HTML page with status 200',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
      'invalid_response',
    ],
    ['an HTML page with status 207', { status: 207, body: '<html><body><p>Sign in</body></html>' }, 'invalid_response'],
    ['well-formed HTML with status 207', { status: 207, body: '<html><body/></html>' }, 'invalid_response'],
    ['empty', { status: 207, body: '' }, 'invalid_response'],
    ['not XML', { status: 207, body: 'ok' }, 'invalid_response'],
    [
      'a document type declaration',
      { status: 207, body: '<!DOCTYPE d [<!ENTITY a "b">]><d:multistatus xmlns:d="DAV:"/>' },
      'invalid_response',
    ],
    ['without a token', { status: 207, body: '<d:multistatus xmlns:d="DAV:"/>' }, 'invalid_response'],
  ])('%s', async (_name, fault, code) => {
    await withStub({}, async (stub, account, calendar) => {
      for (let n = 0; n < 5; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      const { cursor } = mirror
      stub.options.fault = () => fault
      await expect(mirror.pull()).rejects.toMatchObject({ code })
      expect(mirror.cursor).toBe(cursor)
    })
  })

  test('a multiget that is cut off hands over no cursor', async () => {
    await withStub({}, async (stub, account, calendar) => {
      for (let n = 0; n < 5; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      stub.options.fault = (request) => (request.body.includes('multiget') ? 'cut_answer' : undefined)
      const mirror = new Mirror(account, calendar)
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'invalid_response' })
      expect(mirror.cursor).toBeUndefined()
    })
  })
})

test('a failure inside of an answer is about that event alone', async () => {
  await withStub({}, async (stub, account, calendar) => {
    for (const name of ['good', 'locked', 'broken']) stub.put('work', `${name}.ics`, ics(`uid-${name}`))
    const entry = (name: string, inner: string) =>
      `<d:response><d:href>${calendar}${name}.ics</d:href>${inner}</d:response>`
    const there =
      '<d:propstat><d:prop><d:getetag>"1"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>'
    const refused = (status: number) => `<d:status>HTTP/1.1 ${status} X</d:status>`
    const entries = [entry('locked', refused(403)), entry('good', there), entry('broken', there)]
    stub.options.fault = ({ method, path, body }) => {
      if (method === 'GET' && path.endsWith('broken.ics')) return { status: 500 }
      if (method !== 'REPORT') return undefined
      const text = `<c:calendar-data>${ics('uid-good')}</c:calendar-data>`
      const answer = body.includes('multiget')
        ? [entry('broken', refused(500)), entry('good', there.replace('</d:prop>', `${text}</d:prop>`))]
        : [...entries, '<d:sync-token>urn:next</d:sync-token>']
      const spaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
      return { status: 207, body: `<d:multistatus ${spaces}>${answer.join('')}</d:multistatus>` }
    }
    const mirror = new Mirror(account, calendar)
    const told = await mirror.pull()
    expect(told.map((change) => [change.type, change.type === 'upsert' ? change.event.id : change.id]).sort()).toEqual([
      ['unreadable', `${calendar}broken.ics`],
      ['unreadable', `${calendar}locked.ics`],
      ['upsert', `${calendar}good.ics`],
    ])
    expect(mirror.cursor).toContain('urn:next')
  })
})

test('a listing in parts can go on after a crash from the last whole part', async () => {
  await withStub({ pageSize: 4 }, async (stub, account, calendar) => {
    for (let n = 0; n < 10; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
    const first = new Mirror(account, calendar)
    const pull = await account.changes(calendar, first.from())
    for await (const page of pull.pages) {
      first.pages.push(page)
      break
    }
    const resume = first.pages[0]?.resume
    expect(resume).toBeDefined()
    if (!resume) return
    const second = new Mirror(account, calendar)
    await second.pull({ resume })
    expect(second.complete).toBe(true)
    expect([...second.held.keys()]).toEqual([4, 5, 6, 7, 8, 9].map((n) => `${calendar}e${n}.ics`))
    expect(second.cursor).toBeDefined()
  })
})

test('a server that repeats a part for ever is given up', async () => {
  await withStub({}, async (stub, account, calendar) => {
    const body =
      `<d:multistatus xmlns:d="DAV:"><d:response><d:href>${calendar}</d:href><d:status>HTTP/1.1 507 x</d:status></d:response>` +
      '<d:sync-token>again</d:sync-token></d:multistatus>'
    stub.options.fault = (request) =>
      request.body.includes('sync-collection') && request.method === 'REPORT' ? { status: 207, body } : undefined
    await expect(new Mirror(account, calendar).pull()).rejects.toMatchObject({ reason: 'ENDLESS_LISTING' })
  })
})

test('sync-collection that is offered but broken falls back to listings', async () => {
  for (const status of [400, 403, 500, 501, 507]) {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a'))
      stub.options.fault = (request) => (request.body.includes('<D:sync-collection') ? { status } : undefined)
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      expect(mirror.held.size).toBe(1)
      stub.resetStats()
      await mirror.pull()
      expect(stub.stats.requests).toBe(1)
    })
  }
})

test('one event that cannot be read does not hide its neighbours, and is not read again while it stays the same', async () => {
  await withStub({}, async (stub, account, calendar) => {
    stub.put('work', 'good.ics', ics('uid-good', 'Good'))
    stub.put('work', 'bad.ics', ics('uid-bad').replace('DTSTART:20260304T110000Z', 'DTSTART:20261399T999999Z'))
    stub.put('work', 'control.ics', ics('uid-control', 'Bell\u0007'))
    stub.put(
      'work',
      'task.ics',
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\nUID:t\r\nDTSTAMP:20260101T000000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n',
    )
    const mirror = new Mirror(account, calendar)
    const changes = await mirror.pull()
    expect(changes.map((change) => change.type).sort()).toEqual(['unreadable', 'upsert', 'upsert'])
    mirror.cursor = undefined
    stub.resetStats()
    const again = await mirror.pull()
    expect(again.map((change) => change.type)).toEqual(['unchanged', 'unchanged', 'unchanged'])
  })
})

test('events without tags that the server would honour are known by their text', async () => {
  await withStub({ etags: 'weak' }, async (stub, account, calendar) => {
    stub.put('work', 'a.ics', ics('uid-a'))
    const mirror = new Mirror(account, calendar)
    await mirror.pull()
    expect([...mirror.held.values()][0]).toMatch(/^hash:/)
  })
})

test('a cursor of another kind, or damaged, asks for a new listing', async () => {
  await withStub({}, async (_stub, account, calendar) => {
    for (const text of ['', '{}', '{"kind":"sync"}', 'abc']) {
      const mirror = new Mirror(account, calendar)
      mirror.cursor = text as never
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
    }
  })
})

test('names with spaces, signs and letters beyond ASCII are one id, whoever spells them', async () => {
  await withStub({}, async (stub, account, calendar) => {
    const file = 'sp ace@x+ü.ics'
    stub.put('work', file, ics('uid-odd', 'Odd'))
    const mirror = new Mirror(account, calendar)
    await mirror.pull()
    const [id] = [...mirror.held.keys()]
    if (id === undefined) throw new Error('nothing was listed')
    const other = `${calendar}${encodeURIComponent(file).replace('%40', '@').replace('%2B', '%2b')}`
    stub.options.fault = (request) =>
      request.body.includes('sync-token>urn:')
        ? {
            status: 207,
            body: `<d:multistatus xmlns:d="DAV:"><d:response><d:href>${other}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:sync-token>t</d:sync-token></d:multistatus>`,
          }
        : undefined
    expect(await mirror.pull()).toEqual([{ type: 'removed', id }])
    stub.options.fault = () => undefined
    expect(await openAt(stub.url).fetch(calendar, [id])).toMatchObject([
      { type: 'found', event: { id, content: { title: 'Odd' } } },
    ])
  })
})

test('an abort ends a pull', async () => {
  await withStub({ latencyMs: 200 }, async (_stub, account, calendar) => {
    const mirror = new Mirror(account, calendar)
    const pulling = account.changes(calendar, mirror.from(), { signal: AbortSignal.timeout(50) })
    await expect(pulling).rejects.toMatchObject({ code: 'aborted' })
  })
})
