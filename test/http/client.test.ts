import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type HttpClient, type HttpClientOptions, httpClient, type RequestRecord } from '../../src/http/client.js'
import { retryAfterMs } from '../../src/http/retry-after.js'
import { sameSite } from '../../src/http/trust.js'
import { serve } from './recorder.js'

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

/** A client that may ask the servers of this file. */
function localClient(options: HttpClientOptions = {}): HttpClient {
  return httpClient({ allowedHosts: ['127.0.0.1'], ...options })
}

/** A client whose answers come from a table of addresses; records what was asked. */
function scripted(answers: Record<string, Response | (() => Response)>, options: HttpClientOptions = {}) {
  const asked: { url: string; method: string; authorization: string | null; body: string }[] = []
  const client = httpClient({
    ...options,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      asked.push({
        url: request.url,
        method: request.method,
        authorization: request.headers.get('authorization'),
        body: await request.text(),
      })
      const answer = answers[request.url]
      if (!answer) throw new TypeError('fetch failed')
      return typeof answer === 'function' ? answer() : answer
    },
  })
  return { client, asked }
}

const to = (location: string, status = 302): Response => new Response(null, { status, headers: { location } })
const headers = { authorization: 'Basic c2VjcmV0' }

describe('what is sent', () => {
  test('method, body and its length arrive as given', async () => {
    const seen: {
      method?: string | undefined
      length?: string | undefined
      body: string
      agent?: string | undefined
    }[] = []
    await serve(
      async (request, response) => {
        const body = await bodyOf(request)
        seen.push({
          method: request.method,
          length: request.headers['content-length'],
          body,
          agent: request.headers['user-agent'],
        })
        response.end('ok')
      },
      async (url) => {
        const client = localClient({ userAgent: 'test/1' })
        for (const method of ['PROPFIND', 'REPORT', 'PUT', 'MKCALENDAR']) {
          expect(await client.request({ method, url, body: 'ünï' })).toMatchObject({ status: 200, text: 'ok' })
        }
        expect(seen.map((each) => each.method)).toEqual(['PROPFIND', 'REPORT', 'PUT', 'MKCALENDAR'])
        expect(seen.every((each) => each.length === '5' && each.body === 'ünï' && each.agent === 'test/1')).toBe(true)
      },
    )
  })
})

describe('connections', () => {
  test.each(['PROPFIND', 'REPORT', 'PUT'])('are used again after a %s', async (method) => {
    let connections = 0
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end('ok'))
    })
    server.on('connection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const client = localClient()
    for (let n = 0; n < 30; n++) await client.request({ method, url, body: '<a/>' })
    expect(connections).toBeLessThanOrEqual(4)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i keeps method, body and credentials within a site', async (status) => {
    const { client, asked } = scripted({
      'https://caldav.example.com/': to('https://p1.example.com/x', status),
      'https://p1.example.com/x': new Response('there'),
    })
    const answer = await client.request({
      method: 'PROPFIND',
      url: 'https://caldav.example.com/',
      headers,
      body: '<a/>',
    })
    expect(answer).toMatchObject({ text: 'there', url: 'https://p1.example.com/x' })
    expect(asked[1]).toEqual({
      url: 'https://p1.example.com/x',
      method: 'PROPFIND',
      authorization: headers.authorization,
      body: '<a/>',
    })
  })

  test.each([
    ['https://other.example.org/'],
    ['http://caldav.example.com/'],
    ['https://192.0.2.7/'],
    ['https://localhost/'],
    ['https://[::1]/'],
    ['https://printer.local/'],
    ['file:///etc/passwd'],
    ['https://jane:pw@caldav.example.com/'],
  ])('to %s are refused with credentials, and nothing is sent there', async (target) => {
    const { client, asked } = scripted({ 'https://caldav.example.com/': to(target) })
    const sending = client.request({ method: 'PROPFIND', url: 'https://caldav.example.com/', headers })
    await expect(sending).rejects.toMatchObject({ code: 'invalid_input' })
    expect(asked).toHaveLength(1)
  })

  test('of a plain read may lead to another site', async () => {
    const { client } = scripted({
      'https://a.example.com/': to('https://b.example.org/'),
      'https://b.example.org/': new Response('feed'),
    })
    expect((await client.request({ method: 'GET', url: 'https://a.example.com/' })).text).toBe('feed')
  })

  test('end after five', async () => {
    const { client, asked } = scripted({ 'https://a.example.com/': () => to('/') })
    await expect(client.request({ method: 'GET', url: 'https://a.example.com/' })).rejects.toMatchObject({
      reason: 'REDIRECTS',
    })
    expect(asked).toHaveLength(6)
  })

  test('are asked about before they are dialled', async () => {
    const { client, asked } = scripted(
      { 'https://a.example.com/': to('https://b.example.com/') },
      { allow: (url) => url.hostname.startsWith('a.') },
    )
    await expect(client.request({ method: 'GET', url: 'https://a.example.com/' })).rejects.toMatchObject({
      reason: 'ADDRESS_REFUSED',
    })
    expect(asked).toHaveLength(1)
  })
})

describe('credentials', () => {
  test.each([
    ['https://a.example.com', 'https://b.example.com', true],
    ['https://a.example.com', 'https://example.com', true],
    ['https://a.example.com', 'https://a.example.com:8443', false],
    ['https://a.example.com', 'http://a.example.com', false],
    ['http://a.example.com', 'https://a.example.com', true],
    ['https://a.example.com', 'https://a.example.org', false],
    ['https://a.example.co.uk', 'https://b.other.co.uk', false],
    ['https://a.example.co.uk', 'https://b.example.co.uk', true],
    ['https://a.example.com', 'https://example.com.evil.net', false],
    ['https://192.0.2.1', 'https://192.0.2.1:8443', false],
    ['https://10.0.2.1', 'https://11.0.2.1', false],
    ['https://[2001:db8::1]', 'https://[2001:db8::2]', false],
    ['https://server', 'https://other', false],
    ['https://alice.duckdns.org', 'https://mallory.duckdns.org', false],
    ['https://alice.duckdns.org', 'https://dav.alice.duckdns.org', true],
    ['https://duckdns.org', 'https://alice.duckdns.org', false],
    ['https://a-1.a.run.app', 'https://b-2.a.run.app', false],
    ['https://caldav.web.de', 'https://dav.web.de', true],
    ['https://caldav.icloud.com', 'https://p62-caldav.icloud.com:443', true],
    ['https://caldav.icloud.com', 'https://caldav.icloud.com.example.net', false],
    ['https://caldav.icloud.com', 'https://notcaldav-icloud.com', false],
  ])('of %s for %s: %s', (home, url, expected) => {
    expect(sameSite(new URL(home), new URL(url))).toBe(expected)
  })

  test('go to hosts that are listed as trusted', () => {
    expect(sameSite(new URL('https://a.example.com'), new URL('https://b.example.org'), ['B.example.org'])).toBe(true)
  })
})

describe('bodies', () => {
  test('that are too large are given up while reading, also when they arrive compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    await serve(
      (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      async (url) => {
        const client = localClient({ maxBytes: 1_000_000 })
        await expect(client.request({ method: 'GET', url })).rejects.toMatchObject({ code: 'limit_exceeded' })
        // After a write this would promise that nothing has happened.
        await expect(client.request({ method: 'PUT', url, body: 'x' })).rejects.toMatchObject({
          code: 'invalid_response',
        })
      },
    )
  })

  test('that are cut off are errors', async () => {
    await serve(
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half', () => response.destroy())
      },
      async (url) => {
        await expect(localClient().request({ method: 'GET', url })).rejects.toMatchObject({
          code: 'invalid_response',
          reason: 'TRUNCATED',
        })
      },
    )
  })

  test('that trickle end at the deadline', async () => {
    await serve(
      (_request, response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(timer))
      },
      async (url) => {
        await expect(localClient({ timeoutMs: 150 }).request({ method: 'GET', url })).rejects.toMatchObject({
          code: 'timeout',
        })
      },
    )
  })

  test('with bytes that are not UTF-8 keep their neighbours', async () => {
    await serve(
      (_request, response) => response.end(Buffer.from([0x61, 0xff, 0x62])),
      async (url) => expect((await localClient().request({ method: 'GET', url })).text).toBe('a\uFFFDb'),
    )
  })
})

describe('broken connections', () => {
  test('reading is repeated once, writing never', async () => {
    const counts: Record<string, number> = {}
    await serve(
      (request, response) => {
        counts[request.method ?? ''] = (counts[request.method ?? ''] ?? 0) + 1
        response.destroy()
      },
      async (url) => {
        for (const method of ['REPORT', 'PUT', 'DELETE']) {
          await expect(localClient().request({ method, url })).rejects.toMatchObject({ code: 'unavailable' })
        }
        expect(counts).toEqual({ REPORT: 2, PUT: 1, DELETE: 1 })
      },
    )
  })

  test('an abort is told from a failure, before and during a request', async () => {
    await serve(
      () => undefined,
      async (url) => {
        const aborted = AbortSignal.abort()
        await expect(localClient().request({ method: 'GET', url, signal: aborted })).rejects.toMatchObject({
          code: 'aborted',
        })
        await expect(
          localClient().request({ method: 'GET', url, signal: AbortSignal.timeout(30) }),
        ).rejects.toMatchObject({ code: 'aborted' })
      },
    )
  })

  test('messages hold no credentials and no path', async () => {
    const { client } = scripted({})
    const error = await client
      .request({ method: 'GET', url: 'https://a.example.com/private/token', headers })
      .catch((thrown: unknown) => thrown)
    expect(String(error)).not.toMatch(/private|c2VjcmV0/)
  })
})

test('every request is reported with its size, whatever became of it', async () => {
  const records: RequestRecord[] = []
  await serve(
    (request, response) => (request.url === '/lost' ? response.destroy() : response.writeHead(404).end('none')),
    async (url) => {
      const client = localClient({ onRequest: (record) => records.push(record) })
      await client.request({ method: 'PUT', url, body: 'ü' })
      await client.request({ method: 'PUT', url: `${url}lost`, body: '' }).catch(() => undefined)
      expect(records).toMatchObject([
        { method: 'PUT', status: 404, bytesUp: 2, bytesDown: 4 },
        { method: 'PUT', status: 0, bytesUp: 0, bytesDown: 0 },
      ])
    },
  )
})

describe('retryAfterMs', () => {
  const now = Date.parse('2026-03-04T09:00:00Z')
  test.each([
    ['7', 7_000],
    ['0', 0],
    ['-1', 0],
    ['99999999999', 3_600_000],
    ['Wed, 04 Mar 2026 09:00:30 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Wed, 04 Mar 2099 09:00:30 GMT', 3_600_000],
    ['soon', undefined],
  ])('%s is %s', (text, expected) => {
    expect(retryAfterMs(new Headers({ 'retry-after': text }), now)).toBe(expected)
  })

  test('is undefined without the header', () => {
    expect(retryAfterMs(new Headers(), now)).toBeUndefined()
  })
})
