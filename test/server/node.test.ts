import { createServer, request as httpRequest, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { nodeRequestOf, syncHandler, toNodeHandler } from '../../src/server/index.js'
import { testDoor } from './door.js'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What reached a handler. */
interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly text: string
}

function recorder(answer: () => Response = () => new Response('ok')) {
  const seen: Seen[] = []
  const handler = async (request: Request) => {
    const { method, url, headers } = request
    seen.push({ method, url, headers, text: await request.text() })
    return answer()
  }
  return { seen, handler }
}

describe('a server of Node', () => {
  test('opens the door: reads, writes and refuses as it does elsewhere', async () => {
    const { handler, w } = await testDoor()
    const url = await listen(toNodeHandler(handler))
    const headers = { cookie: 'host_session=user_1', 'content-type': 'application/json', 'x-calweave': '1' }
    const session = await fetch(`${url}/calweave/session`, { headers })
    expect([session.status, session.headers.get('content-type')]).toEqual([200, 'application/json'])
    const body = JSON.stringify({ scope: 'user', reason: 'x' })
    const set = await fetch(`${url}/calweave/pauses`, { method: 'POST', headers, body })
    expect(set.status).toBe(200)
    expect(await w.user.pauses.list()).toHaveLength(1)
    expect((await fetch(`${url}/calweave/session`)).status).toBe(401)
    expect((await fetch(`${url}/calweave/session`, { method: 'HEAD', headers })).status).toBe(200)
  })

  test('hands over every header as it came, and every cookie as it goes', async () => {
    const { seen, handler } = recorder(() => {
      const headers = new Headers([
        ['set-cookie', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
        ['set-cookie', 'b=2'],
        ['x-more', 'yes'],
      ])
      return new Response(null, { status: 201, headers })
    })
    const url = new URL(await listen(toNodeHandler(handler)))
    const answer = await new Promise<{ status: number | undefined; cookies: unknown; more: unknown }>((resolve) => {
      const headers = ['Host', url.host, 'X-Two', 'one', 'X-Two', 'two', 'Cookie', 'a=1']
      httpRequest({ host: url.hostname, port: url.port, path: '/x?y=1', headers }, (response) => {
        response.resume()
        const { statusCode: status, headers } = response
        resolve({ status, cookies: headers['set-cookie'], more: headers['x-more'] })
      }).end()
    })
    expect(answer).toEqual({
      status: 201,
      cookies: ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2'],
      more: 'yes',
    })
    expect(seen[0]?.url).toBe(`http://${url.host}/x?y=1`)
    expect(seen[0]?.headers.get('x-two')).toBe('one, two')
  })

  test('passes on a body of any size without keeping it, and the answer as fast as it is read', async () => {
    const size = 20_000_000
    let most = 0
    const handler = async (request: Request) => {
      let bytes = 0
      for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.byteLength
      let made = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          made += 100_000
          most = Math.max(most, made)
          controller.enqueue(new Uint8Array(100_000))
          if (made >= size) controller.close()
        },
      })
      return new Response(body, { headers: { 'x-bytes': String(bytes) } })
    }
    const url = await listen(toNodeHandler(handler))
    const response = await fetch(url, { method: 'POST', body: new Uint8Array(size) })
    expect(response.headers.get('x-bytes')).toBe(String(size))
    await new Promise((resolve) => setTimeout(resolve, 200))
    // Nobody has read anything yet: it stops when what lies between is full.
    expect(most).toBeLessThan(size)
    expect((await response.arrayBuffer()).byteLength).toBe(size)
  })

  test('tells a handler when the other side is gone, and lets go of its stream', async () => {
    let cancelled = false
    let aborted = false
    const handler = async (request: Request) => {
      request.signal.addEventListener('abort', () => {
        aborted = true
      })
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
        cancel() {
          cancelled = true
        },
      })
      return new Response(body)
    }
    const url = await listen(toNodeHandler(handler))
    const abort = new AbortController()
    const response = await fetch(url, { signal: abort.signal })
    await response.body?.getReader().read()
    abort.abort()
    await expect.poll(() => [cancelled, aborted]).toEqual([true, true])
  })

  test('closes live streams of the door when a window is closed', async () => {
    const { handler, w } = await testDoor({ door: { limits: { streamsPerUser: 1 } } })
    const url = await listen(toNodeHandler(handler))
    const headers = { cookie: 'host_session=user_1' }
    for (let nth = 0; nth < 5; nth++) {
      const abort = new AbortController()
      await expect
        .poll(async () => {
          const response = await fetch(`${url}/calweave/live`, { headers, signal: abort.signal })
          return response.status
        })
        .toBe(200)
      abort.abort()
    }
    expect(w.group.id).toBe('group')
  })

  test('answers a body that is too large although the rest of it still comes', async () => {
    const { handler } = await testDoor({ door: { limits: { bodyBytes: 1_000 } } })
    const url = await listen(toNodeHandler(handler))
    const headers = { cookie: 'host_session=user_1', 'content-type': 'application/json', 'x-calweave': '1' }
    const response = await fetch(`${url}/calweave/pauses`, { method: 'POST', headers, body: 'x'.repeat(200_000) })
    expect(response.status).toBe(413)
  })

  test.each([
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['a method that no browser sends', 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['an address of another server', 'GET http://evil.example/inside HTTP/1.1\r\nHost: here.example\r\n\r\n', 200],
    ['a path that looks like another server', 'GET //evil.example/inside HTTP/1.1\r\nHost: here.example\r\n\r\n', 200],
  ])('is not misled by %s', async (_, text, status) => {
    const { seen, handler } = recorder()
    const { hostname, port } = new URL(await listen(toNodeHandler(handler)))
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(text))
      socket.once('data', (data) => {
        socket.destroy()
        resolve(String(data))
      })
    })
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    for (const { url } of seen) expect(new URL(url).host).toBe('here.example')
  })
})

describe('Express', () => {
  async function app(handler: (request: Request) => Promise<Response>, ...before: express.RequestHandler[]) {
    const made = express()
    for (const middleware of before) made.use(middleware)
    made.use('/mounted/deep', toNodeHandler(handler))
    made.use(((_error, _request, response, _next) => {
      response.status(503).send('told to next')
    }) as express.ErrorRequestHandler)
    return listen(made)
  }

  test('hands over the whole path, wherever the door is mounted', async () => {
    const { seen, handler } = recorder()
    const url = await app(handler)
    await fetch(`${url}/mounted/deep/session?x=1`)
    expect(seen[0]?.url).toBe(`${url}/mounted/deep/session?x=1`)
  })

  test.each([
    ['JSON', express.json(), '{"a":1}', 'application/json', {}],
    ['JSON that came compressed', express.json(), '{"a":1}', 'application/json', { 'content-encoding': 'gzip' }],
    ['text', express.text({ type: '*/*' }), '<a/>', 'application/xml', {}],
    ['bytes', express.raw({ type: '*/*' }), 'abc', 'application/octet-stream', {}],
  ])('hands over a body that a parser read already: %s', async (_, parser, text, type, more) => {
    const { seen, handler } = recorder()
    const url = await app(handler, parser)
    const body = 'content-encoding' in more ? new Uint8Array(gzipSync(text)) : text
    const headers = { 'content-type': type, ...more }
    const response = await fetch(`${url}/mounted/deep`, { method: 'POST', headers, body })
    expect([response.status, seen[0]?.text]).toEqual([200, text])
    expect(seen[0]?.headers.get('content-encoding')).toBeNull()
  })

  test('hears what is wrong where a parser left nothing of the body', async () => {
    const { seen, handler } = recorder()
    const swallow: express.RequestHandler = (request, _response, next) => {
      request.resume()
      request.on('end', () => next())
    }
    const url = await app(handler, swallow)
    const headers = { 'content-type': 'application/xml' }
    const response = await fetch(`${url}/mounted/deep`, { method: 'POST', headers, body: '<a/>' })
    expect([response.status, await response.text(), seen.length]).toEqual([503, 'told to next', 0])
  })

  test('hears of what a handler throws', async () => {
    const url = await app(async () => {
      throw new Error('not ours')
    })
    expect(await (await fetch(`${url}/mounted/deep`)).text()).toBe('told to next')
  })

  test('tells who is signed in by what its own middleware found out', async () => {
    const { w } = await testDoor()
    const session: express.RequestHandler = (request, _response, next) => {
      Object.assign(request, { person: { id: 'user_1' } })
      next()
    }
    const handler = syncHandler({
      engine: w.engine,
      basePath: '/mounted/deep',
      authenticate: (request) => {
        const person = nodeRequestOf<{ readonly person?: { readonly id: string } }>(request)?.person
        return person ? { userId: person.id } : null
      },
    })
    const url = await app(handler, session)
    expect(await (await fetch(`${url}/mounted/deep/session`)).json()).toMatchObject({ userId: 'user_1' })
    expect((await handler(new Request(`${url}/mounted/deep/session`))).status).toBe(401)
  })
})
