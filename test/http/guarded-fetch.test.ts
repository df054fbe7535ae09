import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { httpClient } from '../../src/http/client.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import { guardedFetch } from '../../src/node/guarded-fetch.js'
import type { ProviderAccount } from '../../src/providers/provider.js'
import { content, ics, keyOf, Mirror, markOf, withStub } from '../providers/caldav/fixtures.js'
import type { CaldavStub } from '../support/caldav-stub.js'
import { freePort, serve, startRecorder } from './recorder.js'

const here = { allowedHosts: ['127.0.0.1'] }

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

describe('a guarded fetch', () => {
  test.each(['GET', 'PROPFIND', 'REPORT', 'PUT'])('keeps connections open after a %s', async (method) => {
    let connections = 0
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end('ok'))
    })
    server.on('connection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const client = httpClient({ ...here, fetch: guardedFetch(here) })
    const body = method === 'GET' ? {} : { body: '<a/>' }
    for (let n = 0; n < 20; n++) expect((await client.request({ method, url, ...body })).text).toBe('ok')
    expect(connections).toBeLessThanOrEqual(3)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('gives back a connection that it does not use, though the server would keep it', async () => {
    let closed = 0
    const server = createServer((_request, response) => {
      response.writeHead(201, { connection: 'keep-alive', 'keep-alive': 'timeout=300', 'content-length': 0 }).end()
    })
    server.keepAliveTimeout = 300_000
    server.on('connection', (socket) => socket.on('close', () => closed++))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await httpClient({ ...here, fetch: guardedFetch(here) }).request({ method: 'PUT', url, body: 'x' })
    await expect.poll(() => closed, { timeout: 15_000 }).toBe(1)
    await new Promise((resolve) => server.close(resolve))
  }, 20_000)

  test('carries an account: listed, created, changed, removed, over few connections', async () => {
    const run = async (stub: CaldavStub, account: ProviderAccount, calendar: RemoteCalendarId): Promise<void> => {
      for (let n = 0; n < 250; n++) stub.put('work', `e${n}.ics`, ics(`uid-${n}`))
      const mirror = new Mirror(account, calendar)
      await mirror.pull()
      expect(mirror.held.size).toBe(250)
      const { id } = await account.create(calendar, { content: content(), key: keyOf(1), mark: markOf(keyOf(1)) })
      await mirror.pull()
      const current = mirror.events.get(id)
      if (!current) throw new Error('expected the event that was created')
      await account.update(calendar, { current, content: { ...current.content, title: 'New' }, fields: ['title'] })
      await mirror.pull()
      expect(mirror.events.get(id)?.content.title).toBe('New')
      await account.remove(calendar, mirror.events.get(id) ?? current)
      expect(stub.files('work')).toHaveLength(250)
      expect(stub.stats.connections).toBeLessThanOrEqual(6)
    }
    await withStub({}, run, { fetch: guardedFetch(here) })
  })

  test('sends what it was given, with the length of the body announced', async () => {
    const seen: unknown[] = []
    await serve(
      async (request, response) => {
        const { method, headers } = request
        seen.push([method, headers['content-length'], headers['x-own'], headers.host, await bodyOf(request)])
        response.end()
      },
      async (url) => {
        const { host } = new URL(url)
        const init = { headers: { 'x-own': 'ü' }, body: 'ünï' }
        await guardedFetch(here)(url, { method: 'REPORT', ...init })
        await guardedFetch(here)(new Request(url, { method: 'PUT', ...init }))
        const name = { allowedHosts: ['dav.example.com'], resolve: async () => ['127.0.0.1'] }
        await guardedFetch(name)(url.replace('127.0.0.1', 'dav.example.com'))
        expect(seen).toEqual([
          ['REPORT', '5', 'ü', host, 'ünï'],
          ['PUT', '5', 'ü', host, 'ünï'],
          ['GET', undefined, undefined, host.replace('127.0.0.1', 'dav.example.com'), ''],
        ])
      },
    )
  })

  test('answers as the one of the platform does', async () => {
    await serve(
      (request, response) => {
        const status = Number(request.url?.slice(1))
        response.writeHead(status, { etag: '"1"', location: '/200', 'content-encoding': 'gzip' })
        response.end(status === 204 || status === 304 ? undefined : gzipSync('text'))
      },
      async (url) => {
        for (const status of [200, 204, 207, 302, 304, 404, 507]) {
          const answer = await guardedFetch(here)(`${url}${status}`, { redirect: 'manual' })
          expect(answer).toBeInstanceOf(Response)
          expect([answer.status, answer.headers.get('etag'), answer.url]).toEqual([status, '"1"', `${url}${status}`])
          expect(await answer.text()).toBe(status === 204 || status === 304 ? '' : 'text')
        }
      },
    )
  })

  test('asks an inner host without TLS only when the app has named it with that port', async () => {
    await serve(
      (_request, response) => response.end('ok'),
      async (url) => {
        const { port } = new URL(url)
        const other = await freePort()
        expect((await guardedFetch({ allowedHosts: [`127.0.0.1:${port}`] })(url)).status).toBe(200)
        for (const allowedHosts of [[], ['localhost'], [`127.0.0.1:${other}`]])
          await expect(guardedFetch({ allowedHosts })(url)).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' })
      },
    )
  })

  test('checks where a redirect leads that it follows itself', async () => {
    const recorder = await startRecorder()
    await serve(
      (_request, response) => response.writeHead(302, { location: `http://localhost:${recorder.port}/` }).end(),
      async (url) => {
        const following = guardedFetch({ ...here, resolve: async () => ['127.0.0.1'] })(url)
        await expect(following).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' })
        expect(recorder.connects).toBe(0)
      },
    )
    await recorder.close()
  })

  test('tells a name that is not known from one that is refused, and both from a caller who gave up', async () => {
    const unknown = guardedFetch({
      resolve: async () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
      },
    })
    const url = 'https://unknown.example.com/'
    await expect(unknown(url)).rejects.toBeInstanceOf(TypeError)
    await expect(httpClient({ fetch: unknown }).request({ method: 'GET', url })).rejects.toMatchObject({
      code: 'unavailable',
    })
    await serve(
      () => undefined,
      async (url) => {
        const client = httpClient({ ...here, fetch: guardedFetch(here) })
        const signal = AbortSignal.timeout(50)
        await expect(client.request({ method: 'GET', url, signal })).rejects.toMatchObject({ code: 'aborted' })
      },
    )
  })

  test('is ended by its caller, also when garbage was collected since', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    await serve(
      (_request, response) => response.writeHead(200).write('half'),
      async (url) => {
        const caller = new AbortController()
        const answer = await guardedFetch(here)(url, { signal: caller.signal })
        const reading = expect(answer.text()).rejects.toMatchObject({ name: 'AbortError' })
        for (let n = 0; n < 5; n++) {
          await new Promise((resolve) => setTimeout(resolve, 10))
          collectGarbage()
        }
        caller.abort()
        await reading
      },
    )
  })

  test('refuses a list of hosts with an entry that is none', () => {
    expect(() => guardedFetch({ allowedHosts: ['http://nas.local/'] })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
  })
})
