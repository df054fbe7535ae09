import type { ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type HttpClientOptions, httpClient } from '../../src/http/client.js'
import { guardedFetch } from '../../src/node/guarded-fetch.js'
import { serve } from './recorder.js'

/** Threat 7: bombs and slow answers, by the platform's own `fetch` and by a guarded one. */

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const zeros = new Uint8Array(32_000_000)
const here = { allowedHosts: ['127.0.0.1'] }

describe.each([
  ['fetch', undefined],
  ['a guarded fetch', guardedFetch(here)],
])('by %s', (_name, send) => {
  const client = (options: HttpClientOptions) => httpClient({ ...here, ...(send && { fetch: send }), ...options })

  test.each([
    ['gzip', gzipSync(zeros)],
    ['br', brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
    ['deflate', deflateSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ])('a bomb in %s is given up when it has unfolded to the limit', async (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(100_000)
    await serve(
      (_request, response) => response.writeHead(207, { 'content-encoding': encoding }).end(bomb),
      async (url) => {
        const before = process.memoryUsage().arrayBuffers
        const asking = client({ maxBytes: 1_000_000 }).request({ method: 'REPORT', url, body: '<a/>' })
        await expect(asking).rejects.toMatchObject({ code: 'limit_exceeded', reason: 'LIMIT_BYTES' })
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000)
      },
    )
  })

  test('an answer without end is given up at the limit, and its connection with it', async () => {
    let closed = false
    await serve(
      (_request, response) => {
        response.on('close', () => {
          closed = true
        })
        const part = 'x'.repeat(65_536)
        const more = (): void => {
          while (!closed && response.write(part));
        }
        response.on('drain', more)
        more()
      },
      async (url) => {
        const asking = client({ maxBytes: 1_000_000 }).request({ method: 'GET', url })
        await expect(asking).rejects.toMatchObject({ code: 'limit_exceeded' })
        await expect.poll(() => closed).toBe(true)
      },
    )
  })

  const times = { timeoutMs: 250 }
  const trickle = (response: ServerResponse, write: () => unknown): void => {
    const timer = setInterval(write, 20)
    response.on('close', () => clearInterval(timer))
  }

  test('an answer that falls silent is given up before the whole time has passed', async () => {
    await serve(
      (_request, response) => response.writeHead(200).write('half'),
      async (url) => {
        const started = performance.now()
        await expect(
          client({ idleTimeoutMs: 100, timeoutMs: 20_000 }).request({ method: 'GET', url }),
        ).rejects.toMatchObject({
          code: 'timeout',
          reason: 'IDLE',
        })
        expect(performance.now() - started).toBeLessThan(5_000)
      },
    )
  })

  test('an answer of one byte now and then is given up when the whole time has passed', async () => {
    await serve(
      (_request, response) => {
        response.writeHead(200)
        trickle(response, () => response.write('x'))
      },
      async (url) => {
        const asking = client(times).request({ method: 'GET', url })
        await expect(asking).rejects.toMatchObject({ code: 'timeout', reason: 'TOTAL' })
      },
    )
  })

  test('so is a head of one byte now and then', async () => {
    await serve(
      (_request, response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\nx-slow: ')
        trickle(response, () => response.socket?.write('x'))
      },
      async (url) => {
        const asking = client(times).request({ method: 'GET', url })
        await expect(asking).rejects.toMatchObject({ code: 'timeout', reason: 'TOTAL' })
      },
    )
  })

  test('so is a chain of redirects, each of them quick enough', async () => {
    await serve(
      (request, response) => {
        const hop = Number(request.url?.slice(1) || 0)
        setTimeout(() => response.writeHead(302, { location: `/${hop + 1}` }).end(), 80)
      },
      async (url) => {
        await expect(client(times).request({ method: 'GET', url })).rejects.toMatchObject({ code: 'timeout' })
      },
    )
  })

  test('a service may think for longer than it may be silent, also after a redirect', async () => {
    await serve(
      (request, response) => {
        if (request.url === '/') response.writeHead(302, { location: '/there' }).end('moved')
        else setTimeout(() => response.end('thought'), 250)
      },
      async (url) => {
        const { text } = await client({ idleTimeoutMs: 100 }).request({ method: 'GET', url })
        expect(text).toBe('thought')
      },
    )
  })

  test.each(['/body', '/head'])('a deadline holds although garbage was collected while it ran: %s', async (path) => {
    let closed = 0
    await serve(
      (request, response) => {
        response.on('close', () => closed++)
        if (request.url === '/body') response.writeHead(200).write('half')
      },
      async (url) => {
        const asking = client({ timeoutMs: 300 }).request({ method: 'GET', url: new URL(path, url).href })
        const failed = expect(asking).rejects.toMatchObject({ code: 'timeout' })
        for (let n = 0; n < 5; n++) {
          await new Promise((resolve) => setTimeout(resolve, 30))
          collectGarbage()
        }
        await failed
        await expect.poll(() => closed).toBe(1)
      },
    )
  })

  test('heads without end are no answer', async () => {
    await serve(
      (_request, response) => {
        response.socket?.write(`HTTP/1.1 200 OK\r\n${`x-long: ${'x'.repeat(8_000)}\r\n`.repeat(100)}\r\n`)
      },
      async (url) => {
        await expect(client({}).request({ method: 'PUT', url, body: '' })).rejects.toMatchObject({
          code: 'unavailable',
        })
      },
    )
  })
})
