import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { type Problem, type SignedIn, type SyncHandlerOptions, syncHandler } from '../../src/server/index.js'
import { content, type World, world } from '../support/world.js'

const origin = 'https://app.example.com'

interface Message {
  readonly id?: string
  readonly event: string
  readonly data: unknown
}

/** One window of a person, reading a stream. */
interface Window {
  readonly response: Response
  /** What came since this was last asked. */
  heard(): Promise<readonly Message[]>
  /** Beats of the heart since this was last asked. */
  beats(): number
  readonly isOver: boolean
  close(): Promise<void>
}

async function stage(given: Partial<SyncHandlerOptions> = {}, w?: World) {
  const here = w ?? (await world())
  const people: Record<string, SignedIn | null> = { one: { userId: 'user_1' }, two: { userId: 'user_2' } }
  const handler = syncHandler({
    engine: here.engine,
    authenticate: (request) => people[request.headers.get('x-person') ?? 'one'] ?? null,
    live: { pollMs: 1_000, heartbeatMs: 15_000, bufferSize: 4 },
    limits: { streamsPerUser: 3 },
    now: () => Date.now(),
    ...given,
  })
  const open = async (options: { readonly last?: string; readonly since?: string; readonly as?: string } = {}) => {
    const abort = new AbortController()
    const headers: Record<string, string> = { 'x-person': options.as ?? 'one' }
    if (options.last !== undefined) headers['last-event-id'] = options.last
    const query = options.since === undefined ? '' : `?since=${encodeURIComponent(options.since)}`
    const response = await handler(new Request(`${origin}/calweave/live${query}`, { headers, signal: abort.signal }))
    return windowOf(response, () => abort.abort())
  }
  return { w: here, handler, open, people }
}

function windowOf(response: Response, abort: () => void): Window & { abort(): void } {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let beats = 0
  let isOver = false
  const pump = async () => {
    for (;;) {
      const next = await reader?.read()
      if (!next || next.done) break
      text += decoder.decode(next.value, { stream: true })
    }
    isOver = true
  }
  if (response.status === 200) void pump()
  else reader?.releaseLock()
  return {
    response,
    abort,
    async heard() {
      await vi.advanceTimersByTimeAsync(0)
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      return blocks.flatMap((block) => {
        if (block === ':') beats++
        const lines = new Map(block.split('\n').map((line) => line.split(': ', 2) as [string, string]))
        const event = lines.get('event')
        const id = lines.get('id')
        if (event === undefined) return []
        return [{ event, data: JSON.parse(lines.get('data') ?? ''), ...(id === undefined ? {} : { id }) }]
      })
    },
    beats() {
      const counted = beats
      beats = 0
      return counted
    },
    get isOver() {
      return isOver
    },
    async close() {
      await reader?.cancel()
    },
  }
}

const names = (messages: readonly Message[]) => messages.map(({ event }) => event)
const types = (messages: readonly Message[]) =>
  messages.flatMap(({ event, data }) => (event === 'happened' ? [(data as { readonly type: string }).type] : []))

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a live stream', () => {
  test('tells of what happens to this user, without the user and in order', async () => {
    const { w, open } = await stage()
    const window = await open()
    expect(Object.fromEntries(window.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    expect(names(await window.heard())).toEqual(['ready'])
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    const told = await window.heard()
    expect(types(told).at(0)).toBe('run.started')
    expect(types(told).at(-1)).toBe('run.ended')
    expect(types(told)).not.toContain('request.ended')
    expect(JSON.stringify(told)).not.toMatch(/userId|Lunch/)
    const seqs = told.map(({ id }) => Number(id?.split('-')[1]))
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
    await window.close()
  })

  test('tells nobody of what happens to others', async () => {
    const { w, open } = await stage()
    const [mine, theirs] = [await open(), await open({ as: 'two' })]
    await Promise.all([mine.heard(), theirs.heard()])
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    expect(await theirs.heard()).toEqual([])
    expect(types(await mine.heard()).length).toBeGreaterThan(0)
    await Promise.all([mine.close(), theirs.close()])
  })

  test('goes on where it broke off, by the header of a browser or the query of a script', async () => {
    const { w, open } = await stage({ live: { bufferSize: 64 } })
    const first = await open()
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    const told = await first.heard()
    await first.close()
    w.calendar(0).add(content('Dinner'))
    await w.sync()
    const last = told.at(-1)?.id ?? ''
    for (const how of [{ last }, { since: last }, { last, since: 'bogus' }]) {
      const again = await open(how)
      const missed = await again.heard()
      expect(missed[0]).toMatchObject({ event: 'ready', id: last })
      expect(types(missed)).toContain('run.ended')
      expect(missed.map(({ id }) => id).slice(1)).not.toContain(last)
      await again.close()
    }
  })

  test.each([
    'bogus',
    '',
    '-',
    'x-1',
    '00000000-1',
    '1',
    'BOOT-999999',
    'BOOT--1',
    'BOOT-1e3',
    'BOOT-1-2',
    'x'.repeat(9_000),
  ])('begins anew for an id that it never gave: %j', async (id) => {
    const { open } = await stage()
    const first = await open()
    const [ready] = await first.heard()
    const [boot = ''] = ready?.id?.split('-') ?? []
    const window = await open({ since: id.replace('BOOT', boot) })
    expect(names(await window.heard())).toEqual([id === '' ? 'ready' : 'reset'])
    await Promise.all([first.close(), window.close()])
  })

  test('begins anew where more was missed than is kept', async () => {
    const { w, open } = await stage()
    const first = await open()
    const [ready] = await first.heard()
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    await w.sync()
    const again = await open({ last: ready?.id ?? '' })
    expect(names(await again.heard())).toEqual(['reset'])
    await Promise.all([first.close(), again.close()])
  })

  test('begins anew for who comes back after what was told is forgotten, and not in the middle of something else', async () => {
    const { w, open } = await stage()
    const first = await open()
    const [ready] = await first.heard()
    await first.close()
    await vi.advanceTimersByTimeAsync(119_000)
    const soon = await open({ last: ready?.id ?? '' })
    expect(names(await soon.heard())).toEqual(['ready'])
    await soon.close()
    await vi.advanceTimersByTimeAsync(121_000)
    await w.sync()
    const again = await open({ last: ready?.id ?? '' })
    expect(names(await again.heard())).toEqual(['reset'])
    await again.close()
  })

  test('shows that it is there while nothing happens', async () => {
    const { open } = await stage()
    const window = await open()
    await vi.advanceTimersByTimeAsync(46_000)
    await window.heard()
    expect(window.beats()).toBe(3)
    await window.close()
  })

  test('says when another process did something', async () => {
    const { w, open } = await stage()
    const window = await open()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(names(await window.heard())).toEqual(['ready'])
    await w.worker().pauses.set({ scope: 'user', reason: 'holiday' })
    await vi.advanceTimersByTimeAsync(1_100)
    expect(names(await window.heard())).toEqual(['changed'])
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await window.heard()).toEqual([])
    await window.close()
  })

  test('is looked after once for all windows of a person', async () => {
    const { w } = await stage()
    let reads = 0
    const list = w.storage.list.bind(w.storage)
    const engine = new SyncEngine({
      storage: new Proxy(w.storage, {
        get: (target, name) =>
          name === 'list'
            ? (...args: Parameters<typeof list>) => {
                reads++
                return list(...args)
              }
            : Reflect.get(target, name),
      }),
      providers: [w.provider],
    })
    const one = await (await stage({ engine })).open()
    await vi.advanceTimersByTimeAsync(1_100)
    const once = reads
    await one.close()
    const { open: openMore } = await stage({ engine })
    const windows = [await openMore(), await openMore(), await openMore()]
    reads = 0
    await vi.advanceTimersByTimeAsync(1_100)
    expect(reads).toBe(once)
    await Promise.all(windows.map((window) => window.close()))
  })

  test('ends when the person is signed out, and says so', async () => {
    const { open, people } = await stage()
    const window = await open()
    await window.heard()
    people['one'] = { userId: 'user_2' }
    await vi.advanceTimersByTimeAsync(15_100)
    expect(names(await window.heard())).toEqual(['signed_out'])
    expect(window.isOver).toBe(true)
  })

  test('is refused to who has very many open, and not to others', async () => {
    const { open } = await stage()
    const windows = [await open(), await open(), await open()]
    const more = await open()
    expect([more.response.status, more.response.headers.get('retry-after')]).toEqual([429, '30'])
    expect(((await more.response.json()) as Problem).code).toBe('too_many_streams')
    const other = await open({ as: 'two' })
    expect(other.response.status).toBe(200)
    await windows[0]?.close()
    const next = await open()
    expect(next.response.status).toBe(200)
    await Promise.all([...windows.slice(1), other, next].map((window) => window.close()))
  })

  test('of a reader who does not read ends before it fills the memory, and can be taken up again', async () => {
    const { w, handler } = await stage({ live: { bufferSize: 4 } })
    const response = await handler(new Request(`${origin}/calweave/live`))
    for (let nth = 0; nth < 300; nth++) {
      w.calendar(0).add(content(`Lunch ${nth}`))
      await w.sync()
    }
    const text = await response.text()
    expect(text.match(/event: happened/g)?.length).toBeLessThan(600)
  })
})

describe('when a person goes', () => {
  test.each(['close', 'abort'] as const)('nothing of a stream is left behind: %s', async (how) => {
    const { w, open } = await stage()
    const add = vi.spyOn(w.engine, 'subscribe')
    const before = vi.getTimerCount()
    const windows = [await open(), await open()]
    expect(vi.getTimerCount()).toBeGreaterThan(before)
    for (const window of windows) {
      if (how === 'close') await window.close()
      else window.abort()
      await window.heard()
    }
    expect(vi.getTimerCount()).toBe(before)
    expect(add).toHaveBeenCalledTimes(1)
    if (how === 'abort') expect(windows.map(({ isOver }) => isOver)).toEqual([true, true])
  })

  test('the engine is not listened to any more after a while', async () => {
    const { w, open } = await stage()
    let listening = 0
    const subscribe = w.engine.subscribe.bind(w.engine)
    vi.spyOn(w.engine, 'subscribe').mockImplementation((listener) => {
      const stop = subscribe(listener)
      listening++
      return () => {
        listening--
        stop()
      }
    })
    await (await open()).close()
    expect(listening).toBe(1)
    await vi.advanceTimersByTimeAsync(121_000)
    // It is found out by the next thing that happens.
    await w.sync()
    expect(listening).toBe(0)
  })
})
