import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import type { RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import type { ProviderAccount, RemoteEvent } from '../../src/providers/provider.js'
import type { StubFault, StubRequest } from '../support/caldav-stub.js'
import {
  calendar,
  cpuMs,
  davAccount,
  event,
  type Pulled,
  pull,
  refusalOf,
  start,
  stubOfThisFile,
  verdict,
} from './support.js'

/** Rows of the catalogue that concern answers, their headers and their addresses. */

const dav = stubOfThisFile()

/** A calendar with events `a` and `b`, listed once. */
async function listedOnce(): Promise<{ readonly name: string; readonly id: string; readonly first: Pulled }> {
  const name = `wire-${++count}`
  dav.stub.addCalendar(name)
  for (const uid of ['a', 'b']) dav.stub.put(name, `${uid}.ics`, calendar(...event(`${uid}-${name}`, start)))
  const id = dav.stub.calendar(name)
  return { name, id, first: await pull(davAccount(dav.stub), id) }
}
let count = 0

/** Sync reports are answered with this, everything else as usual. */
function answerSync(answer: StubFault | ((request: StubRequest, nth: number) => StubFault | undefined)): void {
  let nth = 0
  dav.stub.options.fault = (request) => {
    if (!request.body.includes('sync-collection')) return undefined
    return typeof answer === 'function' ? answer(request, ++nth) : answer
  }
}

const head = '<?xml version="1.0" encoding="utf-8"?>'
const names = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'

function multistatus(content: string, token: string | null = 'urn:stub:1:1'): StubFault & { body: string } {
  const last = token === null ? '' : `<d:sync-token>${token}</d:sync-token>`
  return { status: 207, body: `${head}<d:multistatus ${names}>${content}${last}</d:multistatus>` }
}

function response(href: string, tag = '"new"', status = '200 OK'): string {
  const props = `<d:prop><d:getetag>${tag}</d:getetag></d:prop><d:status>HTTP/1.1 ${status}</d:status>`
  return `<d:response><d:href>${href}</d:href><d:propstat>${props}</d:propstat></d:response>`
}

const gone = (href: string) =>
  `<d:response><d:href>${href}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`

const kinds = ({ changes }: Pulled) =>
  changes.map((change) => {
    const id = change.type === 'upsert' ? change.event.id : change.id
    return `${change.type} ${id.split('/').at(-1)}`
  })

describe('listings', () => {
  test('84 one event twice in a page counts by its last word', async () => {
    const { id, first } = await listedOnce()
    answerSync(multistatus(gone(`${id}a.ics`) + response(`${id}a.ics`) + response(`${id}b.ics`) + gone(`${id}b.ics`)))
    expect(kinds(await pull(davAccount(dav.stub), id, first))).toEqual(['removed b.ics', 'upsert a.ics'])
  })

  test('85 a listing that leads back to a part of itself', async () => {
    const { id, first } = await listedOnce()
    const more = `<d:response><d:href>${id}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`
    answerSync(multistatus(response(`${id}a.ics`) + more, 'urn:again'))
    expect(await refusalOf(pull(davAccount(dav.stub), id, first))).toBe('invalid_response ENDLESS_LISTING')
  })

  test('87 a last page without a token gives no cursor', async () => {
    const { id, first } = await listedOnce()
    answerSync(multistatus(response(`${id}a.ics`), null))
    expect(await refusalOf(pull(davAccount(dav.stub), id, first))).toBe('invalid_response NO_TOKEN')
  })

  test('88 a property that is not found is no event that is not found', async () => {
    const { id, first } = await listedOnce()
    const missing = `<d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>`
    answerSync(multistatus(`<d:response><d:href>${id}a.ics</d:href>${missing}</d:response>`))
    expect(kinds(await pull(davAccount(dav.stub), id, first))).toEqual(['upsert a.ics'])
  })

  test('89 "too many to list at once" goes on with the new token', async () => {
    const { id, first } = await listedOnce()
    const more = `<d:response><d:href>${id}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`
    answerSync(({ body }) =>
      body.includes('urn:second')
        ? multistatus(response(`${id}b.ics`), 'urn:end')
        : multistatus(response(`${id}a.ics`) + more, 'urn:second'),
    )
    const next = await pull(davAccount(dav.stub), id, first)
    expect(kinds(next)).toEqual(['upsert a.ics', 'upsert b.ics'])
    expect(next.cursor).toContain('urn:end')
  })

  test('90 the calendar itself, and a folder inside of it, are no events', async () => {
    const { id, first } = await listedOnce()
    answerSync(multistatus(response(id) + response(id.slice(0, -1)) + response(`${id}inner/`) + response(`${id}a.ics`)))
    expect(kinds(await pull(davAccount(dav.stub), id, first))).toEqual(['upsert a.ics'])
  })

  test('91 an event at a foreign site ends the pull, and nothing is asked there', async () => {
    const { id, first } = await listedOnce()
    const dialled: string[] = []
    const send: typeof fetch = (input, init) => {
      dialled.push(new URL(new Request(input, init).url).host)
      return fetch(input, init)
    }
    const account = caldavProvider({ fetch: send, allowedHosts: [new URL(dav.stub.url).host] }).open({
      settings: { url: dav.stub.url },
      credentials: { username: 'jane', password: 'secret' },
    })
    answerSync(multistatus(response('https://evil.example.net/calendars/jane/a.ics')))
    expect(await refusalOf(pull(account, id, first))).toBe('invalid_input OTHER_SITE')
    expect(new Set(dialled)).toEqual(new Set([new URL(dav.stub.url).host]))
  })

  test('92 an address that climbs out of the calendar', async () => {
    const { id, first } = await listedOnce()
    for (const href of [
      `${id}../other/a.ics`,
      `${id}%2e%2E/a.ics`,
      `${id}.%2e/a.ics`,
      '../../a.ics',
      `${id}..\\a.ics`,
    ]) {
      answerSync(multistatus(response(href) + response(`${id}a.ics`)))
      expect(await refusalOf(pull(davAccount(dav.stub), id, first))).toBe('invalid_response HREF')
    }
  })

  // Stated: refused. But a server that names files after UIDs has to encode a percent sign of the UID once more. It is
  // decoded once and never twice, and the server is asked for exactly what it said.
  test('92 a percent sign that is part of a name is not decoded twice', async () => {
    const { name, id, first } = await listedOnce()
    dav.stub.put(name, 'x%2f..%2fy.ics', calendar(...event(`x-${name}`, start)))
    const { changes } = await pull(davAccount(dav.stub), id, first)
    expect(changes.map((change) => change.type === 'upsert' && change.event.id)).toEqual([`${id}x%252f..%252fy.ics`])
  })
})

describe('entity tags', () => {
  const headers: StubRequest['headers'][] = []

  async function writesUnder(tag: string | undefined): Promise<void> {
    const { id, first } = await listedOnce()
    const tagged = first.changes.map((change) =>
      change.type === 'upsert' ? change.event : undefined,
    )[0] as RemoteEvent
    const inner = tag === undefined ? '' : `<d:getetag>${tag}</d:getetag>`
    const data = `<c:calendar-data>${calendar(...event(tagged.uid, start)).replaceAll('\r', '&#13;')}</c:calendar-data>`
    dav.stub.options.fault = ({ method, body }) =>
      method === 'REPORT' && body.includes('multiget')
        ? multistatus(
            `<d:response><d:href>${tagged.id}</d:href><d:propstat><d:prop>${inner}${data}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`,
          )
        : undefined
    const account = davAccount(dav.stub)
    const [found] = await account.fetch(id as RemoteCalendarId, [tagged.id as RemoteId])
    if (found?.type !== 'found') throw new Error('expected to find the event')
    headers.length = 0
    dav.stub.options.fault = (request) => {
      if (request.method === 'PUT') headers.push(request.headers)
      return undefined
    }
    await account.update(id as RemoteCalendarId, {
      current: found.event,
      content: { ...found.event.content, title: 'new' },
      fields: ['title'],
    })
    expect(headers).toHaveLength(1)
  }

  test('93 none: events are known by their text, and writes compare instead of naming a tag', async () => {
    await writesUnder(undefined)
    expect(headers[0]).not.toHaveProperty('if-match')
  })

  test('94 a weak one is never sent in If-Match', async () => {
    await writesUnder('W/"weak"')
    expect(headers[0]).not.toHaveProperty('if-match')
  })

  test('95 one with quotes, letters beyond ASCII or a line end inside never gets into a header', async () => {
    for (const tag of ['"a"b"', '"ä"', '"a&#13;&#10;x-evil: 1"', '"a b"', '""']) {
      await writesUnder(tag)
      expect(headers[0]).not.toHaveProperty('if-match')
      expect(headers[0]).not.toHaveProperty('x-evil')
    }
  })
})

describe('answers', () => {
  test('96 a wait of minus one, of three thousand years or until 1970 is one between none and an hour', async () => {
    for (const [said, waits] of [
      ['-1', 0],
      ['99999999999', 3_600_000],
      ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
      ['Fri, 01 Jan 2100 00:00:00 GMT', 3_600_000],
      ['soon', undefined],
    ] as const) {
      dav.stub.options.fault = () => ({ status: 429, headers: { 'retry-after': said } })
      await expect(davAccount(dav.stub).listCalendars()).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterMs: waits,
      })
    }
  })

  test('97 a small compressed answer that unfolds without end is given up while reading', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000))
    expect(bomb.length).toBeLessThan(200_000)
    await serving(
      (_request, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      async (account) => expect(await refusalOf(account.listCalendars())).toBe('limit_exceeded LIMIT_BYTES'),
    )
  })

  test('98 an answer that is shorter than it said', async () => {
    const { id, first } = await listedOnce()
    answerSync('cut_answer')
    expect(await refusalOf(pull(davAccount(dav.stub), id, first))).toBe('invalid_response TRUNCATED')
    const text = calendar(...event('a', start))
    await serving(
      (_request, answer) => {
        answer.writeHead(200, { 'content-length': text.length + 10 })
        answer.write(text, () => answer.destroy())
      },
      async (account) => expect(await refusalOf(account.listCalendars())).toBe('invalid_response TRUNCATED'),
    )
  })

  test('99 redirects: eleven in a row, from https to http, to a file, a number or an inner name', async () => {
    const steps: string[] = []
    const from = (location: (url: URL) => string) => {
      steps.length = 0
      const send = async (input: string | URL | Request, init?: RequestInit) => {
        const url = new URL(new Request(input, init).url)
        steps.push(url.href)
        return new Response(null, { status: 302, headers: { location: location(url) } })
      }
      const provider = icsProvider({ fetch: send })
      return provider.open({ settings: { url: 'https://example.com/0' }, credentials: undefined }).listCalendars()
    }
    expect(await refusalOf(from((url) => `/${Number(url.pathname.slice(1)) + 1}`))).toBe('invalid_input REDIRECTS')
    expect(steps.length).toBeLessThan(11)
    for (const target of [
      'http://example.com/a',
      'file:///etc/passwd',
      'https://169.254.169.254/latest',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://[::1]/',
      'https://[::ffff:7f00:1]/',
      'https://localhost./',
      'https://intranet/',
      'https://router.local/',
      'https://user:password@example.com/',
    ]) {
      expect([target, await refusalOf(from(() => target))]).toEqual([target, 'invalid_input ADDRESS_REFUSED'])
      expect(steps).toEqual(['https://example.com/0'])
    }
  })
})

describe('XML', () => {
  test('D.0 a document that ends between two elements is not believed', async () => {
    const { id, first } = await listedOnce()
    const whole = multistatus(response(`${id}a.ics`) + response(`${id}b.ics`)).body
    for (const end of ['</d:response>', '</d:multistatus>', '</d:propstat>']) {
      answerSync({ status: 207, body: whole.slice(0, whole.lastIndexOf(end)) })
      expect(await refusalOf(pull(davAccount(dav.stub), id, first))).toBe('invalid_response NOT_XML')
    }
  })

  test('D.0 entities that multiply, that read files, and any other document type', async () => {
    const { id, first } = await listedOnce()
    const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
    for (const types of [`[<!ENTITY l0 "ha">${laughs}]`, '[<!ENTITY l9 SYSTEM "file:///etc/passwd">]', 'SYSTEM "x"']) {
      const body = `${head}<!DOCTYPE d:multistatus ${types}><d:multistatus ${names}>&l9;</d:multistatus>`
      answerSync({ status: 207, body })
      expect(await refusalOf(pull(davAccount(dav.stub), id, first))).toBe('invalid_response NOT_XML')
    }
  })

  test('D.0 elements and attributes called __proto__ are only names', async () => {
    const { id, first } = await listedOnce()
    const odd = '<__proto__ __proto__="x" constructor="y"><polluted>1</polluted></__proto__>'
    answerSync(multistatus(odd + response(`${id}a.ics`)))
    expect(kinds(await pull(davAccount(dav.stub), id, first))).toEqual(['upsert a.ics'])
    expect({}).not.toHaveProperty('polluted')
  })

  test('D.0 a document as deep as it is long', async () => {
    const { id, first } = await listedOnce()
    answerSync({ status: 207, body: `${head}<d:multistatus ${names}>${'<a>'.repeat(1_000_000)}` })
    let found = ''
    const ms = await cpuMs(async () => {
      found = await refusalOf(pull(davAccount(dav.stub), id, first))
    })
    expect(found).toBe('limit_exceeded LIMIT_DEPTH')
    expect(ms).toBeLessThan(1_000)
  })

  test('D.0 one event full of characters that XML forbids does not hide the other', async () => {
    const { name, id } = await listedOnce()
    dav.stub.put(name, 'c.ics', calendar(...event(`c-${name}`, start, 'SUMMARY:\u0001\u0008\uffff')))
    expect(await verdict(pull(davAccount(dav.stub), id))).toBe('3 read')
  })
})

describe('credentials', () => {
  test('D.0 a redirect to another site gets neither password nor key', async () => {
    const asked: string[] = []
    const send = async (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init)
      asked.push(`${new URL(request.url).host} ${request.headers.get('authorization')}`)
      return new Response(null, { status: 307, headers: { location: 'https://other.example.net/' } })
    }
    const dav = caldavProvider({ fetch: send }).open({
      settings: { url: 'https://dav.example.com/' },
      credentials: { username: 'jane', password: 'secret' },
    })
    const ics = icsProvider({ fetch: send }).open({
      settings: { url: 'https://dav.example.com/a.ics' },
      credentials: { token: 'key' },
    })
    for (const account of [dav, ics]) expect(await refusalOf(account.listCalendars())).toBe('invalid_input OTHER_SITE')
    expect(asked.filter((line) => !line.startsWith('dav.example.com '))).toEqual([])
  })

  test('83 settings with numbers, prototypes or nothing in place of texts', async () => {
    for (const settings of [
      { url: Number.POSITIVE_INFINITY },
      { url: ['x'] },
      {},
      null,
      JSON.parse('{"url":"https://example.com","__proto__":{"polluted":1}}'),
    ])
      for (const provider of [caldavProvider(), icsProvider()])
        try {
          provider.open({ settings, credentials: { username: 'a', password: 'b' } })
          throw new Error(`opened with ${JSON.stringify(settings)}`)
        } catch (error) {
          expect(isSyncError(error, 'invalid_input')).toBe(true)
        }
  })
})

/** A calendar file at a server that answers like this. */
async function serving(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  run: (account: ProviderAccount) => Promise<void>,
): Promise<void> {
  const server = createServer((request, reply) => void answer(request, reply))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.ics`
    await run(icsProvider({ allowedHosts: ['127.0.0.1'] }).open({ settings: { url }, credentials: undefined }))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
