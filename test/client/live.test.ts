import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { calweaveClient, type LiveSignal } from '../../src/client/index.js'
import { page, until } from './page.js'

const happening = { type: 'notification.opened', notificationId: 'n', kind: 'conflicts', at: 5 }
const message = (id: string) => `id: ${id}\nevent: happened\ndata: ${JSON.stringify(happening)}\n\n`

/** A client whose stream sends what `push` gives it, and what it asked for. */
function streaming() {
  const asked: Record<string, string>[] = []
  const streams: ReadableStreamDefaultController<Uint8Array>[] = []
  const answers: (Response | Error)[] = []
  const signals: AbortSignal[] = []
  const client = calweaveClient({
    fetch: async (_url, init) => {
      asked.push(init.headers as Record<string, string>)
      signals.push(init.signal as AbortSignal)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return (
        answer ??
        new Response(
          new ReadableStream<Uint8Array>({
            start: (controller) => {
              streams.push(controller)
              init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
            },
          }),
        )
      )
    },
  })
  const heard: LiveSignal[] = []
  const stop = client.live((signal) => heard.push(signal))
  const push = (text: string | Uint8Array) =>
    streams.at(-1)?.enqueue(typeof text === 'string' ? new TextEncoder().encode(text) : text)
  return { asked, streams, answers, signals, heard, stop, push, types: () => heard.map(({ type }) => type) }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a live stream', () => {
  test('tells the same wherever its bytes are cut', async () => {
    const text = `retry: 10\r\n\r\n: hello\n\nid: a-1\r\nevent: happened\r\ndata: ${JSON.stringify({ ...happening, notificationId: 'ü🙂' })}\r\n\r\nid: a-2\nevent: changed\ndata: {}\n\n${message('a-3')}event: unknown\ndata: {}\n\n`
    const bytes = new TextEncoder().encode(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const { heard, push, stop, streams } = streaming()
        await until(() => streams.length === 1)
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        for (const [index, from] of at.entries()) push(bytes.slice(from, at[index + 1] ?? bytes.length))
        await until(() => heard.length >= 4)
        stop()
        expect(heard).toEqual([
          { type: 'open', isResumed: false },
          { type: 'happened', happening: { ...happening, notificationId: 'ü🙂' } },
          { type: 'reset' },
          { type: 'happened', happening },
        ])
      }),
      { numRuns: 30 },
    )
  })

  test('goes on from the last message after it broke off', async () => {
    const { asked, streams, push, heard, stop } = streaming()
    await until(() => streams.length === 1)
    push(`retry: 5\n\n${message('a-7')}`)
    await until(() => heard.length === 2)
    streams[0]?.close()
    await until(() => asked.length === 2, 'another try')
    stop()
    expect(asked.map((headers) => headers['last-event-id'])).toEqual([undefined, 'a-7'])
    expect(heard.slice(2).map(({ type, ...rest }) => [type, 'isResumed' in rest && rest.isResumed])).toEqual([
      ['lost', false],
      ['open', true],
    ])
  })

  test('waits longer and longer for a server that is away, and as long as one asks', async () => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const tries: number[] = []
    const answers = [...Array(7).fill(500), 429]
    const client = calweaveClient({
      fetch: async () => {
        tries.push(Date.now())
        const status = answers.shift() ?? 500
        return new Response('', { status, ...(status === 429 ? { headers: { 'retry-after': '120' } } : {}) })
      },
    })
    const stop = client.live(() => undefined)
    await vi.advanceTimersByTimeAsync(400_000)
    stop()
    vi.restoreAllMocks()
    const waits = tries.slice(1).map((at, index) => Math.round((at - (tries[index] ?? 0)) / 1_000))
    expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 30, 30, 120, 30])
    const count = tries.length
    await vi.advanceTimersByTimeAsync(400_000)
    expect(tries).toHaveLength(count)
  })

  test('takes a stream that says nothing for 45 seconds for dead', async () => {
    vi.useFakeTimers()
    const { asked, push, stop, types, signals } = streaming()
    await vi.advanceTimersByTimeAsync(40_000)
    push(':\n\n')
    await vi.advanceTimersByTimeAsync(40_000)
    expect([asked.length, signals[0]?.aborted]).toEqual([1, false])
    await vi.advanceTimersByTimeAsync(10_000)
    expect([asked.length, signals[0]?.aborted]).toEqual([2, true])
    stop()
    expect(types()).toEqual(['open', 'lost', 'open'])
  })

  test('tries at once when the browser is on line again', async () => {
    vi.useFakeTimers()
    const listeners = new Set<() => void>()
    vi.stubGlobal(
      'addEventListener',
      (type: string, listener: () => void) => type === 'online' && listeners.add(listener),
    )
    vi.stubGlobal('removeEventListener', (_: string, listener: () => void) => listeners.delete(listener))
    let tries = 0
    const client = calweaveClient({
      fetch: async () => {
        tries++
        return new Response('', { status: 500 })
      },
    })
    const stop = client.live(() => undefined)
    await vi.advanceTimersByTimeAsync(60_000)
    const before = tries
    for (const listener of listeners) listener()
    await vi.advanceTimersByTimeAsync(1)
    expect(tries).toBe(before + 1)
    stop()
    expect(listeners.size).toBe(0)
    vi.unstubAllGlobals()
  })

  test('ends a message that has no end', async () => {
    const { streams, push, types, stop } = streaming()
    await until(() => streams.length === 1)
    push(`data: ${'x'.repeat(1_100_000)}`)
    await until(() => types().includes('lost'))
    stop()
    expect(types()).toEqual(['open', 'lost'])
  })

  test('takes a message that is no JSON for a change that nobody knows', async () => {
    const { streams, push, types, stop } = streaming()
    await until(() => streams.length === 1)
    push('event: happened\ndata: {oops\n\n')
    await until(() => types().length === 2)
    stop()
    expect(types()).toEqual(['open', 'reset'])
  })

  test('says nothing more once it is stopped', async () => {
    const { streams, push, types, stop } = streaming()
    await until(() => streams.length === 1 && types().length === 1)
    stop()
    expect(() => push(message('a-1'))).toThrow()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(types()).toEqual(['open'])
  })

  test('of the handler begins anew where the id is not known any more', async () => {
    const { client, request } = await page()
    const types: string[] = []
    let count = 0
    const cut = calweaveClient({
      fetch: (url, init) =>
        request(url, { ...init, headers: { ...init.headers, ...(count++ === 0 ? { 'last-event-id': 'bogus' } : {}) } }),
    })
    const stop = cut.live(({ type }) => types.push(type))
    await until(() => types.length === 2)
    stop()
    expect(types).toEqual(['open', 'reset'])
    expect(client.live).toBeTypeOf('function')
  })
})
