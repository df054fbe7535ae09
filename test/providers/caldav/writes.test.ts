import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../../src/model/content.js'
import type { RemoteEvent } from '../../../src/providers/provider.js'
import { content, ics, keyOf, Mirror, markOf, withStub } from './fixtures.js'

const draft = (n: number, given: Partial<EventContent> = {}) => ({
  key: keyOf(n),
  content: content(given),
  mark: markOf(keyOf(n)),
})

async function only(mirror: Mirror): Promise<RemoteEvent> {
  await mirror.pull()
  const [event] = [...mirror.events.values()]
  if (!event) throw new Error('nothing was listed')
  return event
}

describe('create', () => {
  test('what was created is listed under the promised id, with its mark and key', async () => {
    await withStub({}, async (_stub, account, calendar) => {
      const written = await account.create(calendar, draft(1))
      expect(written.id).toBe(account.idFor(calendar, keyOf(1)))
      const event = await only(new Mirror(account, calendar))
      expect(event).toMatchObject({
        id: written.id,
        revision: written.revision,
        key: keyOf(1),
        uid: `${keyOf(1)}@calweave`,
        mark: markOf(keyOf(1)),
        content: content(),
      })
    })
  })

  test('two creates with one key make one event', async () => {
    await withStub({}, async (stub, account, calendar) => {
      await account.create(calendar, draft(1))
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ code: 'already_exists' })
      expect(stub.files('work')).toHaveLength(1)
    })
  })

  test('a lost answer is a doubt, and the repetition meets the first attempt', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.options.fault = (request) => (request.method === 'PUT' ? 'lose_answer' : undefined)
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ code: 'unavailable' })
      expect(stub.stats.methods['PUT']).toBe(1) // a write is never repeated by itself
      stub.options.fault = () => undefined
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ code: 'already_exists' })
    })
  })

  test('a UID that is taken by another event is a refusal, by our own event it is not', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'elsewhere.ics', ics(`${keyOf(1)}@calweave`))
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({
        code: 'event_refused',
        reason: 'UID_CONFLICT',
      })
      const bare = '<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>'
      stub.options.fault = (request) => (request.method === 'PUT' ? { status: 409, body: bare } : undefined)
      await expect(account.create(calendar, draft(2))).rejects.toMatchObject({ code: 'event_refused' })
      stub.put('work', `${keyOf(2)}.ics`, ics(`${keyOf(2)}@calweave`))
      await expect(account.create(calendar, draft(2))).rejects.toMatchObject({ code: 'already_exists' })
    })
  })

  test('a place that the server chose instead is the id', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.options.fault = (request) =>
        request.method === 'PUT' ? { status: 201, headers: { location: `${calendar}moved%20here.ics` } } : undefined
      expect((await account.create(calendar, draft(1))).id).toBe(`${calendar}moved%20here.ics`)
    })
  })

  test.each([
    [
      403,
      '<d:error xmlns:d="DAV:"><c:valid-calendar-data xmlns:c="urn:ietf:params:xml:ns:caldav"/></d:error>',
      'event_refused',
    ],
    [403, '<d:error xmlns:d="DAV:"><d:need-privileges/></d:error>', 'forbidden'],
    [403, 'no', 'forbidden'],
    [400, '', 'event_refused'],
    [413, '', 'event_refused'],
    [415, '', 'event_refused'],
    [423, '', 'rate_limited'],
    [429, '', 'rate_limited'],
    [507, '', 'rate_limited'],
    [500, '', 'unavailable'],
    [503, '', 'unavailable'],
    [401, '', 'auth_expired'],
    [200 + 2, '', 'invalid_response'],
  ])('%i %s is %s', async (status, body, code) => {
    await withStub({}, async (stub, account, calendar) => {
      stub.options.fault = (request) => (request.method === 'PUT' ? { status, body } : undefined)
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ code })
    })
  })

  const inside = (status: number, error = ''): string =>
    `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/x.ics</d:href>` +
    `<d:status>HTTP/1.1 ${status} X</d:status>${error && `<d:error><${error}/></d:error>`}</d:response></d:multistatus>`

  test.each([
    [inside(412, 'c:valid-calendar-data'), { code: 'event_refused', reason: 'valid-calendar-data' }],
    [inside(412), { code: 'already_exists' }],
    [inside(403, 'd:need-privileges'), { code: 'forbidden' }],
    [inside(412, 'c:no-uid-conflict'), { code: 'event_refused', reason: 'UID_CONFLICT' }],
    [inside(507), { code: 'rate_limited', reason: 'QUOTA' }],
    [inside(500), { code: 'unavailable' }],
    // Neither done nor refused: a doubt, so that the engine looks.
    ['<d:multistatus xmlns:d="DAV:"/>', { code: 'invalid_response' }],
    [inside(200), { code: 'invalid_response' }],
    ['stored', { code: 'invalid_response' }],
  ])('a 207 is what is inside of it: %s', async (body, error) => {
    await withStub({}, async (stub, account, calendar) => {
      stub.options.fault = (request) => (request.method === 'PUT' ? { status: 207, body } : undefined)
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject(error)
    })
  })

  test('a UID that is taken is a refusal where the server says so in words only', async () => {
    await withStub({}, async (stub, account, calendar) => {
      const body = '<html><body>Event UID already in use. (abc)</body></html>'
      stub.options.fault = (request) => (request.method === 'PUT' ? { status: 409, body } : undefined)
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ reason: 'UID_CONFLICT' })
    })
  })

  test('into a calendar that is gone says so', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.removeCalendar('work')
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ code: 'calendar_gone' })
    })
  })

  test('no tag after the write means no revision, not a guessed one', async () => {
    for (const options of [{ etagOnPut: false }, { etags: 'weak' as const }]) {
      await withStub(options, async (_stub, account, calendar) => {
        expect((await account.create(calendar, draft(1))).revision).toBeUndefined()
      })
    }
  })
})

describe('update', () => {
  const text = ics(
    'uid-a',
    'Lunch',
    'X-OTHER;X-PARAM=1:kept\nORGANIZER:mailto:boss@example.com\nATTENDEE:mailto:jane@example.com',
  )

  test('keeps what it does not know, guards the write and asks for silence', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', text)
      const event = await only(new Mirror(account, calendar))
      const seen: Record<string, unknown>[] = []
      stub.options.fault = (request) => void (request.method === 'PUT' && seen.push(request.headers))
      const written = await account.update(calendar, {
        current: event,
        content: { ...event.content, title: 'Dinner' },
        fields: ['title'],
      })
      const now = stub.get('work', 'a.ics')
      expect(now).toContain('SUMMARY:Dinner')
      expect(now).toContain('X-OTHER;X-PARAM=1:kept')
      expect(now).not.toContain('X-CALWEAVE')
      expect(seen).toHaveLength(1)
      expect(seen[0]).toMatchObject({ 'if-match': event.revision, 'schedule-reply': 'F' })
      expect(seen[0]?.['content-length']).toBe(String(Buffer.byteLength(now ?? '')))
      expect(written.revision).toMatch(/^"/)
      expect(written.revision).not.toBe(event.revision)
    })
  })

  test.each(['strong', 'weak', 'none'] as const)(
    'over a change of somebody else is refused (%s tags)',
    async (etags) => {
      await withStub({ etags }, async (stub, account, calendar) => {
        stub.put('work', 'a.ics', text)
        const event = await only(new Mirror(account, calendar))
        const theirs = ics('uid-a', 'Theirs')
        stub.put('work', 'a.ics', theirs)
        const change = { current: event, content: { ...event.content, title: 'Ours' }, fields: ['title'] as const }
        await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'revision_mismatch' })
        await expect(account.remove(calendar, event)).rejects.toMatchObject({ code: 'revision_mismatch' })
        expect(stub.get('work', 'a.ics')).toBe(theirs)
      })
    },
  )

  test.each(['weak', 'none'] as const)('works without guards where the server has none (%s tags)', async (etags) => {
    await withStub({ etags }, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', text)
      const event = await only(new Mirror(account, calendar))
      const guards: unknown[] = []
      stub.options.fault = (request) => void guards.push(request.headers['if-match'])
      await account.update(calendar, {
        current: event,
        content: { ...event.content, title: 'Ours' },
        fields: ['title'],
      })
      expect(stub.get('work', 'a.ics')).toContain('SUMMARY:Ours')
      expect(guards.every((guard) => guard === undefined)).toBe(true)
    })
  })

  test('of an event that is gone is told from one that changed', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', text)
      const event = await only(new Mirror(account, calendar))
      stub.remove('work', 'a.ics')
      const change = { current: event, content: event.content, fields: ['title'] as const }
      // A guard on what is not there fails like any other guard: 412.
      await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'not_found' })
      await expect(account.remove(calendar, event)).rejects.toMatchObject({ code: 'not_found' })
      stub.options.fault = (request) => (request.method === 'PUT' ? { status: 404 } : undefined)
      await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'not_found' })
      expect(await account.fetch(calendar, [event.id])).toEqual([{ type: 'gone', id: event.id }])
    })
  })

  test('starts from what the server has when the text is not at hand', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', text)
      const { raw: _raw, ...event } = await only(new Mirror(account, calendar))
      await account.update(calendar, {
        current: event,
        content: { ...event.content, title: 'Ours' },
        fields: ['title'],
      })
      expect(stub.get('work', 'a.ics')).toContain('X-OTHER;X-PARAM=1:kept')
    })
  })
})

describe('remove', () => {
  test.each([
    [403, 'forbidden'],
    [423, 'rate_limited'],
    [200, 'invalid_response'],
  ])('a 207 with %i inside is %s, and the event is not taken for removed', async (status, code) => {
    await withStub({}, async (stub, account, calendar) => {
      await account.create(calendar, draft(1))
      const event = await only(new Mirror(account, calendar))
      const body = `<d:multistatus xmlns:d="DAV:"><d:response><d:href>/x</d:href><d:status>HTTP/1.1 ${status} X</d:status></d:response></d:multistatus>`
      stub.options.fault = (request) => (request.method === 'DELETE' ? { status: 207, body } : undefined)
      await expect(account.remove(calendar, event)).rejects.toMatchObject({ code })
    })
  })

  test('removes what it knows, once', async () => {
    await withStub({}, async (stub, account, calendar) => {
      await account.create(calendar, draft(1))
      const event = await only(new Mirror(account, calendar))
      await account.remove(calendar, event)
      expect(stub.files('work')).toEqual([])
      stub.options.fault = (request) => (request.method === 'DELETE' ? { status: 410 } : undefined)
      await expect(account.remove(calendar, event)).rejects.toMatchObject({ code: 'not_found' })
    })
  })
})

describe('fetch', () => {
  test.each(['inner_404', 'omit', 'refuse_all'] as const)(
    'settles every id, asked for twice or not (%s)',
    async (missing) => {
      await withStub({ missing }, async (stub, account, calendar) => {
        for (let n = 0; n < 120; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
        const ids = [...Array(120).keys()].map((n) => `${calendar}e${n}.ics` as never)
        const fetched = await account.fetch(calendar, [...ids, `${calendar}none.ics` as never, ...ids])
        expect(fetched.filter((each) => each.type === 'found')).toHaveLength(120)
        expect(fetched.filter((each) => each.type === 'gone')).toEqual([{ type: 'gone', id: `${calendar}none.ics` }])
      })
    },
  )

  test('of nothing asks nothing', async () => {
    await withStub({}, async (stub, account, calendar) => {
      expect(await account.fetch(calendar, [])).toEqual([])
      expect(stub.stats.requests).toBe(0)
    })
  })

  test('an event that breaks the server is unreadable; a server that is broken is unavailable', async () => {
    await withStub({}, async (stub, account, calendar) => {
      for (const name of ['a', 'b', 'poison']) stub.put('work', `${name}.ics`, ics(`uid-${name}`))
      const ids = ['a', 'b', 'poison'].map((name) => `${calendar}${name}.ics` as never)
      stub.options.fault = (request) =>
        `${request.path}${request.body}`.includes('poison') ? { status: 500 } : undefined
      const fetched = await account.fetch(calendar, ids)
      expect(fetched.map((each) => each.type).sort()).toEqual(['found', 'found', 'unreadable'])
      stub.options.fault = () => ({ status: 500 })
      await expect(account.fetch(calendar, ids)).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
})
