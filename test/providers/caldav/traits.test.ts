import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId } from '../../../src/model/ids.js'
import { learnFromAnswer, learnFromTag, ordinary } from '../../../src/providers/caldav/traits.js'
import type { ProviderAccount, RemoteEvent } from '../../../src/providers/provider.js'
import type { CaldavStub } from '../../support/caldav-stub.js'
import { content, ics, keyOf, Mirror, markOf, withStub } from './fixtures.js'

const draft = (n: number, given: Partial<EventContent> = {}) => ({
  key: keyOf(n),
  content: content(given),
  mark: markOf(keyOf(n)),
})

const own = (n: number): string => `${keyOf(n)}.ics`

/** A server that does what it is asked whatever the guards say, and whose tags all look the same. */
const careless: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const headers = new Headers(request.headers)
  for (const guard of ['if-match', 'if-none-match']) headers.delete(guard)
  const body = await request.text()
  const answer = await fetch(request.url, { method: request.method, headers, ...(body === '' ? {} : { body }) })
  const sent = new Headers(answer.headers)
  if (sent.has('etag')) sent.set('etag', '"gcs00000000"')
  const text = (await answer.text()).replaceAll(/(<d:getetag>).*?(<\/d:getetag>)/g, '$1"gcs00000000"$2')
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) sent.delete(name)
  return new Response(answer.status === 204 ? null : text, { status: answer.status, headers: sent })
}

/** The same, which also says who it is. */
const namedCareless: typeof fetch = async (input, init) => {
  const answer = await careless(input, init)
  if (answer.status === 207) answer.headers.set('server', 'SOPE 4.9.37/WebDAV')
  return answer
}

function atCareless(
  run: (stub: CaldavStub, account: ProviderAccount, calendar: RemoteCalendarId) => Promise<void>,
  server: typeof fetch = namedCareless,
): Promise<void> {
  return withStub({}, run, { fetch: server })
}

async function one(account: ProviderAccount, calendar: RemoteCalendarId): Promise<RemoteEvent> {
  const mirror = new Mirror(account, calendar)
  await mirror.pull()
  const [event] = [...mirror.events.values()]
  if (!event) throw new Error('nothing was listed')
  return event
}

describe('a server that ignores guards', () => {
  test('a create writes over nothing, though it is the first thing that is asked of the server', () =>
    atCareless(async (stub, account, calendar) => {
      stub.put('work', own(1), ics('theirs', 'Theirs'))
      await expect(account.create(calendar, draft(1))).rejects.toMatchObject({ code: 'already_exists' })
      expect(stub.get('work', own(1))).toContain('SUMMARY:Theirs')
    }))

  test('an update from an old state writes over nothing, and one of what is gone makes nothing', () =>
    atCareless(async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a', 'First'))
      const event = await one(account, calendar)
      stub.put('work', 'a.ics', ics('uid-a', 'Second'))
      const change = { current: event, content: { ...event.content, title: 'Ours' }, fields: ['title'] as const }
      await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'revision_mismatch' })
      expect(stub.get('work', 'a.ics')).toContain('SUMMARY:Second')
      stub.remove('work', 'a.ics')
      await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'not_found' })
      expect(stub.files('work')).toEqual([])
    }))

  test('a removal of an old state removes nothing', () =>
    atCareless(async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a', 'First'))
      const event = await one(account, calendar)
      stub.put('work', 'a.ics', ics('uid-a', 'Second'))
      await expect(account.remove(calendar, event)).rejects.toMatchObject({ code: 'revision_mismatch' })
      expect(stub.files('work')).toEqual(['a.ics'])
      await account.remove(calendar, await one(account, calendar))
      expect(stub.files('work')).toEqual([])
    }))

  test('of many writes to one event at once, one wins', () =>
    atCareless(async (_stub, account, calendar) => {
      const creates = await Promise.allSettled(Array.from({ length: 5 }, () => account.create(calendar, draft(1))))
      expect(creates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const event = await one(account, calendar)
      const updates = await Promise.allSettled(
        Array.from({ length: 5 }, (_, n) =>
          account.update(calendar, {
            current: event,
            content: { ...event.content, title: `Writer ${n}` },
            fields: ['title'],
          }),
        ),
      )
      expect(updates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    }))

  test('costs other servers nothing', async () => {
    await withStub({}, async (stub, account, calendar) => {
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.resetStats()
      await account.create(calendar, draft(1))
      expect(stub.stats.methods).toEqual({ PUT: 1 })
    })
  })

  test('a create that did not end with 201 is the last one without a look', () =>
    withStub({}, async (stub, account, calendar) => {
      stub.options.fault = ({ method }) => (method === 'PUT' ? { status: 204 } : undefined)
      await account.create(calendar, draft(1))
      stub.put('work', own(2), ics('theirs', 'Theirs'))
      await expect(account.create(calendar, draft(2))).rejects.toMatchObject({ code: 'already_exists' })
      expect(stub.get('work', own(2))).toContain('SUMMARY:Theirs')
    }))
})

describe('a server whose tags come again', () => {
  test.each([
    ['which says who it is', namedCareless],
    ['whose tags alone say who it is', careless],
  ])('an event that was removed and made anew is read anew (%s)', (_name, server) =>
    atCareless(async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a', 'First'))
      stub.put('work', 'b.ics', ics('uid-b', 'Other'))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.remove('work', 'a.ics')
      stub.put('work', 'a.ics', ics('uid-a', 'Second'))
      const [id] = [...mirror.held.keys()] as [RemoteId]
      const listedAnew = new Mirror(account, calendar)
      for (const [known, revision] of mirror.held) listedAnew.held.set(known, revision)
      await mirror.pull()
      expect(mirror.events.get(id)?.content.title).toBe('Second')
      // In a whole listing, too; what is the same is not told as a change.
      expect((await listedAnew.pull()).map(({ type }) => type).sort()).toEqual(['unchanged', 'upsert'])
    }, server),
  )

  test('a forgotten token is found out by the removals it hides, though no tag is what is held', () =>
    atCareless(async (stub, account, calendar) => {
      stub.options.forgetsSilently = true
      for (let n = 0; n < 12; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.remove('work', 'e0.ics')
      stub.forgetTokens('work')
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired', reason: 'LOST_REMOVALS' })
    }))

  test('a write answers with no revision, because the tag alone is none', () =>
    atCareless(async (_stub, account, calendar) => {
      expect(await account.create(calendar, draft(1))).not.toHaveProperty('revision')
    }))
})

test('a server that writes PUBLIC by itself has said nothing of who may see an event', () =>
  atCareless(async (stub, account, calendar) => {
    const override = 'BEGIN:VEVENT\nUID:uid-a\nRECURRENCE-ID:20260305T110000Z\nDTSTART:20260305T130000Z\nCLASS:PUBLIC'
    const series = `RRULE:FREQ=DAILY;COUNT=3\nCLASS:PUBLIC\nEND:VEVENT\n${override}`
    stub.put('work', 'a.ics', ics('uid-a', 'Lunch', series))
    const { visibility, overrides } = (await one(account, calendar)).content
    expect(visibility).toBe('default')
    expect(Object.values(overrides)).toMatchObject([{ kind: 'changed', content: { visibility: 'default' } }])
    stub.put('work', 'a.ics', ics('uid-a', 'Lunch', 'CLASS:PRIVATE'))
    expect((await one(account, calendar)).content.visibility).toBe('private')
  }))

describe('a server that forgets tokens without a word', () => {
  /** DAViCal says so of itself. */
  const forgetful: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    const headers = new Headers(answer.headers)
    headers.set('x-davical-version', 'DAViCal/1.1.12; DB/1.3.5')
    return new Response(answer.status === 204 ? null : await answer.arrayBuffer(), { status: answer.status, headers })
  }

  test.each([1, 3])('a removal that it says nothing of is found among %i that are left', (left) =>
    withStub(
      { forgetsSilently: true },
      async (stub, account, calendar) => {
        for (let n = 0; n <= left; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
        const mirror = new Mirror(account, calendar)
        await mirror.pull()
        stub.remove('work', 'e0.ics')
        stub.forgetTokens('work')
        await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired', reason: 'LOST_REMOVALS' })
      },
      { fetch: forgetful },
    ),
  )

  test('a calendar that was emptied meanwhile is noticed by its new token', () =>
    withStub(
      { forgetsSilently: true },
      async (stub, account, calendar) => {
        stub.put('work', 'a.ics', ics('uid-a'))
        const mirror = new Mirror(account, calendar)
        await mirror.pull()
        stub.removeCalendar('work')
        stub.addCalendar('work')
        await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired', reason: 'LOST_REMOVALS' })
      },
      { fetch: forgetful },
    ))

  test('an unchanged calendar costs one request', () =>
    withStub(
      { forgetsSilently: true },
      async (stub, account, calendar) => {
        stub.put('work', 'a.ics', ics('uid-a'))
        const mirror = new Mirror(account, calendar)
        await mirror.pull()
        stub.resetStats()
        expect(await mirror.pull()).toEqual([])
        expect(stub.stats.requests).toBe(1)
      },
      { fetch: forgetful },
    ))
})

describe('what a server says of itself', () => {
  const answer = (url: string, headers: Record<string, string> = {}, status = 207) => ({
    url,
    status,
    headers: new Headers(headers),
    text: '',
  })
  const learnt = (...given: Parameters<typeof answer>) => {
    const traits = ordinary()
    learnFromAnswer(traits, answer(...given))
    return traits
  }

  test.each([
    ['https://dav.example.com/', { server: 'SOPE 4.9.37/WebDAV' }],
    ['https://dav.example.com/', { 'x-dav-error': '200 No error' }],
    ['https://dav.example.com/SOGo/dav/jane/Calendar/personal/', {}],
    ['https://dav.example.com/', { etag: '"gcs00000012"' }],
  ])('%s %o ignores guards', (url, headers) => {
    expect(learnt(url, headers)).toMatchObject({ ignoresGuards: true, repeatsTags: true, writesPublic: true })
  })

  test.each([
    ['https://dav.example.com/', { server: 'nginx' }],
    ['https://dav.example.com/remote.php/dav/', { server: 'Apache', etag: '"gcs"' }],
  ])('%s %o is taken for an ordinary server', (url, headers) => {
    expect(learnt(url, headers)).toEqual({ ...ordinary(), isKnown: true })
  })

  test('an answer to a write leaves open what the server is', () => {
    expect(learnt('https://dav.example.com/', {}, 201)).toEqual(ordinary())
    const traits = ordinary()
    learnFromTag(traits, '"5f2b"')
    expect(traits).toEqual(ordinary())
  })
})
