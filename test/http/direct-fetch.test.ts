import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { guardedFetch } from '../../src/node/guarded-fetch.js'
import { serve } from './recorder.js'

const send = guardedFetch({ allowedHosts: ['127.0.0.1'] })
const large = 'text of an answer, '.repeat(20_000)

test('a request that is sent without fetch is sent and answered as by fetch', async () => {
  const seen: unknown[] = []
  await serve(
    (request, response) => {
      let body = ''
      request.on('data', (part) => {
        body += String(part)
      })
      request.on('end', () => {
        const { 'x-own': own, 'content-length': length, 'content-type': type, accept, host } = request.headers
        seen.push({ method: request.method, url: request.url, own, length, type, accept, host, body })
        const status = Number(request.url?.slice(1, 4))
        const isZipped = request.url?.includes('zipped') === true
        response.writeHead(status, { etag: '"ü"', 'set-cookie': ['a=1', 'b=2'], ...(isZipped && zipped) })
        response.end(request.method === 'HEAD' || status === 204 ? undefined : isZipped ? gzipSync(large) : 'short')
      })
    },
    async (url) => {
      const paths = ['200', '200?zipped', '201', '204', '302', '304', '404?a=b%20c', '500?zipped']
      for (const method of ['GET', 'HEAD', 'PUT', 'REPORT', 'DELETE'])
        for (const path of paths) {
          const body = method === 'PUT' || method === 'REPORT' ? { body: 'ünï' } : {}
          const headers = { 'X-Own': 'ü', 'content-type': 'text/calendar; charset=utf-8' }
          const init = { method, headers, redirect: 'manual', ...body } as const
          const directly = await read(await send(url + path, init))
          const byFetch = await read(await send(new Request(url + path, init)))
          expect(directly).toEqual(byFetch)
          expect(seen[0]).toEqual(seen[1])
          seen.length = 0
        }
    },
  )
})

const zipped = { 'content-encoding': 'gzip' }

async function read(answer: Response): Promise<object> {
  const { status, url, headers } = answer
  const cookies = headers.getSetCookie()
  return { status, url, cookies, etag: headers.get('etag'), text: await answer.text() }
}

test.each([
  ['gzip', gzipSync(large)],
  ['X-GZIP', gzipSync(large)],
  ['deflate', deflateSync(large)],
  ['br', brotliCompressSync(large)],
  ['gzip, br', brotliCompressSync(gzipSync(large))],
  ['unheard-of', Buffer.from('short')],
  ['gzip, unheard-of', Buffer.from('short')],
])('an answer in %s is read as by fetch, though not all of these are asked for', async (coding, body) => {
  await serve(
    (_request, response) => response.writeHead(200, { 'content-encoding': coding }).end(body),
    async (url) => {
      const directly = await read(await send(url, { redirect: 'manual' }))
      expect(directly).toEqual(await read(await send(new Request(url, { redirect: 'manual' }))))
    },
  )
})

test('an answer with a status that is none is no answer, and its connection is closed', async () => {
  let isClosed = false
  await serve(
    (_request, response) => {
      response.on('close', () => {
        isClosed = true
      })
      response.writeHead(999, { 'content-length': 100 })
      response.write('half')
    },
    async (url) => {
      await expect(send(url, { redirect: 'manual' })).rejects.toThrow(new TypeError('fetch failed'))
      await expect.poll(() => isClosed).toBe(true)
    },
  )
})

test('an answer that breaks off in the middle is no whole answer', async () => {
  await serve(
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    },
    async (url) => {
      const answer = await send(url, { redirect: 'manual' })
      await expect(answer.text()).rejects.toThrow()
    },
  )
})

test('a connection that breaks before the answer is told like one of fetch', async () => {
  await serve(
    (_request, response) => void response.destroy(),
    async (url) => {
      await expect(send(url, { redirect: 'manual' })).rejects.toThrow(new TypeError('fetch failed'))
    },
  )
})

test('a request that is sent without fetch is ended by its caller, also when garbage was collected since', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await serve(
    (_request, response) => response.writeHead(200).write('half'),
    async (url) => {
      const caller = new AbortController()
      const answer = await send(url, { redirect: 'manual', signal: caller.signal })
      const reading = expect(answer.text()).rejects.toMatchObject({ name: 'AbortError' })
      for (let n = 0; n < 5; n++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        collectGarbage()
      }
      caller.abort()
      await reading
      await expect(send(url, { redirect: 'manual', signal: caller.signal })).rejects.toMatchObject({
        name: 'AbortError',
      })
    },
  )
})
