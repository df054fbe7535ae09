import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { RemoteId } from '../../../src/model/ids.js'
import { textsIn, withPair } from '../../bad-input/woven.js'
import { wrote } from '../../engine/caldav-world.js'
import type { StubFault, StubReply, StubRequest } from '../../support/caldav-stub.js'
import { content, ics, keyOf, Mirror, markOf, openAt, withStub } from './fixtures.js'

/*
 * Answers that no server should give, and what becomes of each. The same kinds are met elsewhere, too:
 *
 * truncated multistatus       changes.test.ts "not whole"; bad-input/wire.test.ts 98, D.0; xml.test.ts
 * login page                  changes.test.ts "HTML"; discovery.test.ts "a web page"; bad-input/files.test.ts
 * endless redirect            http/client.test.ts, http/redirects.test.ts; bad-input/wire.test.ts 99
 * slow-loris, gzip bomb       http/limits.test.ts; bad-input/wire.test.ts 97
 * hrefs: collection, ../, %%  bad-input/wire.test.ts 90, 91, 92
 * duplicate hrefs             bad-input/wire.test.ts 84
 * 507                         changes.test.ts "in parts", "repeats", "falls back"; bad-input/wire.test.ts 85, 89
 * invalid sync token          changes.test.ts "a dead token"; bad-input/wire.test.ts 87
 */

const names = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
const multistatus = (inner: string): StubReply => ({
  status: 207,
  headers: { 'content-type': 'application/xml; charset=utf-8' },
  body: `<?xml version="1.0"?><d:multistatus ${names}>${inner}</d:multistatus>`,
})
const found = (href: string, props = '<d:getetag>"new"</d:getetag>'): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
const refusedWith = (href: string, status: string): string =>
  `<d:response><d:href>${href}</d:href><d:status>HTTP/1.1 ${status}</d:status></d:response>`
const gone = (href: string): string => refusedWith(href, '404 Not Found')
const without = (href: string): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop><d:resourcetype/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>`
const token = '<d:sync-token>urn:stub:1:9</d:sync-token>'
const data = (text: string): string => text.replaceAll('\r', '&#13;').replaceAll('&nbsp;', '')
const isSync = ({ body }: StubRequest): boolean => body.includes('sync-collection')
const isMultiget = ({ body }: StubRequest): boolean => body.includes('calendar-multiget')
const isWrite = ({ method }: StubRequest): boolean => method === 'PUT' || method === 'DELETE'
const page = '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>'
const loginPage: StubReply = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page }
const kinds = (changes: Awaited<ReturnType<Mirror['pull']>>): readonly string[] =>
  changes.map((change) => {
    const id = change.type === 'upsert' ? change.event.id : change.id
    return `${change.type} ${id.slice(id.lastIndexOf('/') + 1)}`
  })

/** A calendar with five events that was pulled once; `answer` then speaks for the server where it wants to. */
async function followed(
  answer: (request: StubRequest, calendar: string) => StubFault | undefined,
  run: (mirror: Mirror) => Promise<void>,
): Promise<void> {
  await withStub({}, async (stub, account, calendar) => {
    for (let n = 0; n < 5; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`, `Event ${n}`))
    const mirror = new Mirror(account, calendar)
    await mirror.pull()
    stub.options.fault = (request) => answer(request, calendar)
    await run(mirror)
  })
}

describe('a multistatus that was cut off', () => {
  test('in discovery is no short list of calendars', async () => {
    await withStub({ calendars: ['work', 'home', 'team'] }, async (stub, account) => {
      stub.options.fault = ({ path, headers }) =>
        path === '/calendars/jane/' && headers['depth'] === '1' ? 'cut_answer' : undefined
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_response', reason: 'TRUNCATED' })
      stub.options.fault = ({ path, headers }) =>
        path === '/calendars/jane/' && headers['depth'] === '1'
          ? { status: 207, body: multistatus(found('/calendars/jane/')).body?.replace('</d:multistatus>', '') ?? '' }
          : undefined
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_response', reason: 'NOT_XML' })
    })
  })

  test('inside of its compression is no short list either', async () => {
    const calendars = Array.from({ length: 500 }, (_, n) => found(`/calendars/${(n * 7_919) % 1_000}/`))
    const whole = gzipSync(multistatus(calendars.join('')).body ?? '')
    for (const share of [0.2, 0.5, 0.99]) {
      const part = whole.subarray(0, Math.floor(whole.length * share))
      await answering(
        (response) => response.writeHead(207, { 'content-encoding': 'gzip', 'content-length': part.length }).end(part),
        (url) => expect(openAt(url).listCalendars()).rejects.toMatchObject({ code: 'invalid_response' }),
      )
    }
  })
})

describe('a 207 of only 404s', () => {
  test('in discovery is a server without calendars at this address', async () => {
    await withStub({}, async (stub, account) => {
      stub.options.fault = ({ path }) => multistatus(without(path))
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'not_a_calendar' })
    })
  })

  test('for the calendar itself is a calendar that is gone, and no calendar that is empty', async () => {
    await followed(
      ({ method }, calendar) =>
        method === 'PROPFIND' || method === 'REPORT' ? multistatus(gone(calendar)) : undefined,
      async (mirror) => {
        await expect(mirror.pull()).rejects.toMatchObject({ code: 'calendar_gone' })
        mirror.cursor = undefined
        await expect(mirror.pull()).rejects.toMatchObject({ code: 'calendar_gone' })
        expect(mirror.held.size).toBe(5)
      },
    )
  })

  test('for events that were just listed makes us ask for each of them', async () => {
    await withStub({}, async (stub, account, calendar) => {
      for (let n = 0; n < 5; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      stub.options.fault = (request) =>
        isMultiget(request)
          ? multistatus(
              stub
                .files('work')
                .map((file) => gone(`${calendar}${file}`))
                .join(''),
            )
          : undefined
      const mirror = new Mirror(account, calendar)
      expect(kinds(await mirror.pull())).toEqual([0, 1, 2, 3, 4].map((n) => `upsert e${n}.ics`))
    })
  })

  test('for events that we do not hold removes nothing that we do', async () => {
    await followed(
      (request, calendar) =>
        isSync(request) ? multistatus(gone(`${calendar}x.ics`) + gone(`${calendar}y.ics`) + token) : undefined,
      async (mirror) => {
        await mirror.pull()
        expect(mirror.held.size).toBe(5)
      },
    )
  })

  test('for all events, from a server that still has them, takes nothing out of the other calendar', async () => {
    await withPair(async ({ w, from, to }) => {
      for (let n = 0; n < 4; n++) from.put('work', `e${n}.ics`, ics(`uid-${n}`, `Event ${n}`))
      await w.settle()
      expect(textsIn(to).size).toBe(4)
      const all = from.files('work').map((file) => gone(`${from.calendar('work')}${file}`))
      from.options.fault = ({ method }) => (method === 'REPORT' ? multistatus(all.join('') + token) : undefined)
      for (let n = 0; n < 3; n++) await w.sync()
      expect(textsIn(to).size).toBe(4)
    })
  })
})

describe('a login page with status 200', () => {
  test('in place of an event is no event, and no removal', async () => {
    await withStub({ multiget: false }, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a'))
      stub.options.fault = ({ method }) => (method === 'GET' ? loginPage : undefined)
      await expect(new Mirror(account, calendar).pull()).rejects.toMatchObject({ code: 'invalid_response' })
      await expect(account.fetch(calendar, [`${calendar}a.ics` as RemoteId])).rejects.toMatchObject({
        code: 'invalid_response',
      })
    })
  })

  test('in place of a write is no write that was done', async () => {
    await followed(
      (request) => (isWrite(request) ? loginPage : undefined),
      async ({ account, calendar, events }) => {
        const [current] = events.values()
        if (!current) throw new Error('expected an event')
        const draft = { content: content(), key: keyOf(1), mark: markOf(keyOf(1)) }
        const change = { current, content: { ...current.content, title: 'new' }, fields: ['title'] as const }
        for (const writing of [
          () => account.create(calendar, draft),
          () => account.update(calendar, change),
          () => account.remove(calendar, current),
        ])
          await expect(writing()).rejects.toMatchObject({ code: 'invalid_response' })
      },
    )
  })

  test('for a whole run of syncs leaves both calendars as they are, and the next run goes on', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', ics('uid-a', 'Before'))
      await w.settle()
      from.put('work', 'a.ics', ics('uid-a', 'After'))
      from.put('work', 'b.ics', ics('uid-b', 'New'))
      to.options.fault = (request) => (isWrite(request) ? loginPage : undefined)
      expect(wrote(await w.sync())).toBe(0)
      to.options.fault = () => loginPage
      await w.sync()
      delete to.options.fault
      await w.settle()
      expect(await w.titles(1)).toEqual(['After', 'New'])
    })
  })
})

test('an endless redirect ends after a few steps, wherever it begins', async () => {
  await withStub({}, async (stub, account, calendar) => {
    stub.put('work', 'a.ics', ics('uid-a'))
    const mirror = new Mirror(account, calendar)
    await mirror.pull()
    const { cursor } = mirror
    let asked = 0
    stub.options.fault = ({ path }) => ({ status: 302, headers: { location: `${path}?${++asked}` } })
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'invalid_input', reason: 'REDIRECTS' })
    expect(asked).toBe(6)
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_input', reason: 'REDIRECTS' })
    expect([mirror.cursor, mirror.held.size]).toEqual([cursor, 1])
  })
})

test('a server that sends one byte now and then is given up, and one that falls silent sooner', async () => {
  const slowly = (response: ServerResponse, everyMs: number): void => {
    response.writeHead(207, { 'content-type': 'application/xml' }).write('<?xml version="1.0"?>')
    const timer = setInterval(() => response.write(' '), everyMs)
    response.on('close', () => clearInterval(timer))
  }
  await answering(
    (response) => slowly(response, 20),
    (url) =>
      expect(openAt(url, { timeoutMs: 250 }).listCalendars()).rejects.toMatchObject({
        code: 'timeout',
        reason: 'TOTAL',
      }),
  )
  await answering(
    (response) => slowly(response, 10_000),
    (url) =>
      expect(openAt(url, { idleTimeoutMs: 80 }).listCalendars()).rejects.toMatchObject({
        code: 'timeout',
        reason: 'IDLE',
      }),
  )
})

test('a compressed bomb is given up when it has unfolded to the limit', async () => {
  const bomb = gzipSync(multistatus(found('/a').repeat(150_000)).body ?? '')
  expect(bomb.length).toBeLessThan(200_000)
  await answering(
    (response) => response.writeHead(207, { 'content-encoding': 'gzip' }).end(bomb),
    (url) =>
      expect(openAt(url, { maxBytes: 1_000_000 }).listCalendars()).rejects.toMatchObject({
        code: 'limit_exceeded',
        reason: 'LIMIT_BYTES',
      }),
  )
})

describe('hrefs', () => {
  test('of the collection itself, in all its spellings, are no events, in changes and in full listings', async () => {
    const spellings = (calendar: string, url: string): string =>
      [
        calendar,
        calendar.slice(0, -1),
        calendar.replace('work', '%77ork'),
        `//${calendar.slice(1)}`,
        new URL(calendar, url).href,
        `${calendar}?`,
        `${calendar}#top`,
      ]
        .map((href) => found(href))
        .join('')
    for (const syncCollection of [true, false]) {
      await withStub({ syncCollection, ctag: false }, async (stub, account, calendar) => {
        stub.put('work', 'a.ics', ics('uid-a'))
        stub.options.fault = (request) =>
          isSync(request) || (request.method === 'PROPFIND' && request.headers['depth'] === '1')
            ? multistatus(spellings(calendar, stub.url) + found(`${calendar}a.ics`) + token)
            : undefined
        expect(kinds(await new Mirror(account, calendar).pull())).toEqual(['upsert a.ics'])
      })
    }
  })

  test('that are encoded once more are other events, each asked for by its own name', async () => {
    await withStub({}, async (stub, account, calendar) => {
      const files = ['a@b.ics', 'a%40b.ics', 'a%2540b.ics', '100%.ics', '%.ics', 'x%2Fy.ics']
      for (const [n, file] of files.entries()) stub.put('work', file, ics(`uid-${n}`, file))
      for (const multiget of [true, false]) {
        stub.options.multiget = multiget
        const mirror = new Mirror(openAt(stub.url), calendar)
        await mirror.pull()
        expect([...mirror.events.values()].map((event) => event.content.title).sort()).toEqual([...files].sort())
        expect(mirror.held.size).toBe(files.length)
      }
      const { events } = await pulled(account, calendar)
      for (const event of events.values()) await account.remove(calendar, event)
      expect(stub.files('work')).toEqual([])
    })
  })

  test('of one event in two spellings are one event, with what was said of it last', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a@b.ics', ics('uid-a', 'One'))
      const [plain, encoded] = [`${calendar}a@b.ics`, `${calendar}a%40b.ics`]
      const tagged = (href: string, tag: string) => found(href, `<d:getetag>${tag}</d:getetag>`)
      stub.options.fault = (request) =>
        isSync(request)
          ? multistatus(tagged(plain, '"1"') + tagged(encoded, '"2"') + gone(plain) + tagged(encoded, '"3"') + token)
          : undefined
      const mirror = new Mirror(account, calendar)
      expect(kinds(await mirror.pull())).toEqual(['upsert a@b.ics'])
      expect(mirror.held.size).toBe(1)
    })
  })

  test('that a report gives twice, with two texts, are one event', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a', 'One'))
      const body = (title: string, tag: string): string =>
        found(
          `${calendar}a.ics`,
          `<d:getetag>${tag}</d:getetag><c:calendar-data>${data(ics('uid-a', title))}</c:calendar-data>`,
        )
      stub.options.fault = (request) =>
        isMultiget(request) ? multistatus(body('First', '"1"') + body('Last', '"2"')) : undefined
      const mirror = new Mirror(account, calendar)
      expect(kinds(await mirror.pull())).toEqual(['upsert a.ics'])
      const [event] = mirror.events.values()
      expect([event?.content.title, event?.revision]).toEqual(['Last', '"2"'])
    })
  })

  test('that a report gives though nobody asked for them are left alone', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a', 'One'))
      const extra = ['/calendars/mallory/x/a.ics', `${calendar}other.ics`, 'https://evil.example.net/a.ics'].map(
        (href) =>
          found(href, `<d:getetag>"1"</d:getetag><c:calendar-data>${data(ics('uid-x', 'Foreign'))}</c:calendar-data>`),
      )
      const own = found(
        `${calendar}a.ics`,
        `<d:getetag>"1"</d:getetag><c:calendar-data>${data(ics('uid-a', 'One'))}</c:calendar-data>`,
      )
      stub.options.fault = (request) => (isMultiget(request) ? multistatus(extra.join('') + own) : undefined)
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      expect([...mirror.events.values()].map((event) => event.content.title)).toEqual(['One'])
    })
  })
})

describe('another UID under the same href', () => {
  test('is the same event to us, with the new UID', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-old', 'One'))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.put('work', 'a.ics', ics('uid-new', 'Two'))
      expect(kinds(await mirror.pull())).toEqual(['upsert a.ics'])
      const [event] = mirror.events.values()
      expect([mirror.held.size, event?.uid, event?.content.title]).toEqual([1, 'uid-new', 'Two'])
    })
  })

  test('changes its one copy and makes no second one', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', ics('uid-old', 'One'))
      await w.settle()
      from.put('work', 'a.ics', ics('uid-new', 'Two'))
      await w.settle()
      expect([from.files('work').length, to.files('work').length]).toEqual([1, 1])
      expect(await w.titles(1)).toEqual(['Two'])
      expect(from.get('work', 'a.ics')).toContain('UID:uid-new')
    })
  })
})

describe('507 at the first page', () => {
  test('of a listing that holds nothing but the mark goes on with its token', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a'))
      stub.options.fault = (request) => {
        if (!isSync(request)) return undefined
        const next = request.body.includes('urn:second')
        const mark = refusedWith(calendar, '507 Insufficient Storage')
        return multistatus(next ? found(`${calendar}a.ics`) + token : `${mark}<d:sync-token>urn:second</d:sync-token>`)
      }
      const mirror = new Mirror(account, calendar)
      expect(kinds(await mirror.pull())).toEqual(['upsert a.ics'])
      expect(mirror.complete).toBe(true)
      expect(mirror.cursor).toBeDefined()
    })
  })

  test('without a token to go on with is no complete listing', async () => {
    await withStub({}, async (stub, account, calendar) => {
      for (let n = 0; n < 3; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mark = refusedWith(calendar, '507 Insufficient Storage')
      stub.options.fault = (request) => (isSync(request) ? multistatus(found(`${calendar}e0.ics`) + mark) : undefined)
      const mirror = new Mirror(account, calendar)
      await mirror.pull() // by listing everything instead
      expect(mirror.held.size).toBe(3)
    })
  })

  test('of a plain listing is no listing', async () => {
    await withStub({ syncCollection: false }, async (stub, account, calendar) => {
      for (let n = 0; n < 3; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      stub.put('work', 'new.ics', ics('uid-new'))
      const mark = refusedWith(calendar, '507 Insufficient Storage')
      for (const reply of [multistatus(found(`${calendar}e0.ics`) + mark), { status: 507 }]) {
        stub.options.fault = ({ method, headers }) =>
          method === 'PROPFIND' && headers['depth'] === '1' ? reply : undefined
        await expect(mirror.pull()).rejects.toMatchObject({ remedy: 'retry' })
        expect(mirror.held.size).toBe(3)
      }
    })
  })
})

describe('a sync token', () => {
  test('of any characters goes back as it came', async () => {
    const tokens = ['a&b<c>"d\'e', ']]>', '日本', 'x'.repeat(20_000), 'data:,1-2-3', '0', '1764000000']
    for (const given of tokens) {
      await withStub({}, async (stub, account, calendar) => {
        const seen: string[] = []
        const escaped = given.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
        stub.options.fault = (request) => {
          if (!isSync(request)) return undefined
          seen.push(/<D:sync-token>(.*)<\/D:sync-token>/s.exec(request.body)?.[1] ?? '')
          return multistatus(`<d:sync-token> ${escaped} </d:sync-token>`)
        }
        const mirror = new Mirror(account, calendar)
        await mirror.pull()
        await mirror.pull()
        expect(seen.map((text) => text.replaceAll('&quot;', '"'))).toEqual(['', escaped])
      })
    }
  })

  test('that is empty, or only blank, is none', async () => {
    for (const empty of ['<d:sync-token/>', '<d:sync-token> \n </d:sync-token>', '']) {
      await followed(
        (request) => (isSync(request) ? multistatus(empty) : undefined),
        async (mirror) => {
          const { cursor } = mirror
          await expect(mirror.pull()).rejects.toMatchObject({ code: 'invalid_response', reason: 'NO_TOKEN' })
          expect(mirror.cursor).toBe(cursor)
        },
      )
    }
  })

  test('that is refused for ever makes no circle: the calendar is listed, and then followed without tokens', async () => {
    await withStub({}, async (stub, account, calendar) => {
      stub.put('work', 'a.ics', ics('uid-a'))
      const body = `<d:error ${names}><d:valid-sync-token/></d:error>`
      stub.options.fault = (request) =>
        isSync(request) && !/<D:sync-token><\/D:sync-token>/.test(request.body) ? { status: 403, body } : undefined
      const mirror = new Mirror(account, calendar)
      let refusals = 0
      for (let n = 0; n < 6; n++) {
        await mirror.pull().catch((error: { code: string }) => {
          expect(error.code).toBe('cursor_expired')
          refusals++
          mirror.cursor = undefined
        })
      }
      expect(mirror.held.size).toBe(1)
      expect(refusals).toBeLessThanOrEqual(3)
    })
  })
})

async function pulled(account: Mirror['account'], calendar: Mirror['calendar']): Promise<Mirror> {
  const mirror = new Mirror(account, calendar)
  await mirror.pull()
  return mirror
}

/** A server that answers everything like this. */
async function answering(answer: (response: ServerResponse) => unknown, run: (url: string) => Promise<unknown>) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
