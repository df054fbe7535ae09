import { describe, expect, test, vi } from 'vitest'
import type { ErrorReport } from '../../src/engine/error-reports.js'
import type { NotificationBatch, NotifyOptions } from '../../src/engine/health/notifier.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import type { EngineEvent } from '../../src/model/engine-event.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'

const minute = 60_000
const hour = 60 * minute

/** A user who is told things, with a clock that begins on a Monday at 9:00 in Berlin. */
function person(options: Partial<NotifyOptions> = {}) {
  const clock = { now: Date.UTC(2026, 0, 5, 8) }
  const taken: NotificationBatch[] = []
  const mail: { failure: Error | undefined; hangs: boolean } = { failure: undefined, hangs: false }
  const storage = memoryStorage()
  const events: EngineEvent[] = []
  const reports: ErrorReport[] = []
  const engineWith = () => {
    const engine = new SyncEngine({
      storage,
      providers: [memoryProvider()],
      now: () => clock.now,
      onError: (report) => void reports.push(report),
      notify: {
        notifier: async (batch) => {
          taken.push(batch)
          if (mail.failure) throw mail.failure
          if (mail.hangs) await new Promise(() => undefined)
        },
        ...options,
      },
    })
    engine.subscribe((event) => events.push(event))
    return engine.user('user_1').notifications
  }
  const { raise, settle, ...rest } = { ...handle(engineWith()) }
  return { clock, taken, mail, raise, settle, ...rest, events, reports, another: () => handle(engineWith()) }
}

function handle(notifications: ReturnType<SyncEngine['user']>['notifications']) {
  return {
    raise: (key: string) => notifications.raise({ key, words: `${key}.` }),
    settle: (key: string) => notifications.settle({ key }),
    deliver: (options?: { readonly signal: AbortSignal }) => notifications.deliver(options),
    list: async () => (await notifications.list()).items,
    acknowledge: (id: string) => notifications.acknowledge(id),
  }
}

const said = (batches: readonly NotificationBatch[]) =>
  batches.map(({ notifications }) => notifications.map(({ words }) => words).sort())

describe('a notifier that never answers', () => {
  test('keeps its worker for five minutes and no longer, and is asked again', async () => {
    vi.useFakeTimers()
    try {
      const p = person({ windowMs: 0 })
      p.mail.hangs = true
      await p.raise('one')
      const first = p.deliver()
      await vi.advanceTimersByTimeAsync(6 * minute)
      expect(await first).toMatchObject({ delivered: 0, failure: { code: 'timeout' } })
      p.mail.hangs = false
      p.clock.now += 6 * minute
      expect(await p.deliver()).toEqual({ delivered: 1 })
      expect(p.taken.map(({ attempt }) => attempt)).toEqual([1, 2])
      expect(p.reports).toMatchObject([{ kind: 'unexpected', where: 'callback', code: 'timeout' }])
    } finally {
      vi.useRealTimers()
    }
  })

  test('does not keep its process from stopping', async () => {
    const p = person({ windowMs: 0 })
    p.mail.hangs = true
    await p.raise('one')
    const end = new AbortController()
    const first = p.deliver({ signal: end.signal })
    end.abort()
    expect(await first).toMatchObject({ delivered: 0, failure: { code: 'aborted' } })
  })
})

describe('quiet hours that nobody names', () => {
  test('keep their worker for half a minute and no longer, tell nobody anything, and are reported', async () => {
    vi.useFakeTimers()
    try {
      let signal: AbortSignal | undefined
      const p = person({
        windowMs: 0,
        quietHours: (_user, options) => {
          signal = options.signal
          return new Promise(() => undefined)
        },
      })
      await p.raise('one')
      const told = p.deliver().catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(29_000)
      expect(signal?.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(2_000)
      expect(await told).toMatchObject({ code: 'timeout', reason: 'CALLBACK' })
      expect(signal?.aborted).toBe(true)
      expect(p.taken).toEqual([])
      expect(p.reports).toMatchObject([{ kind: 'unexpected', where: 'callback', code: 'timeout', userId: 'user_1' }])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a notifier', () => {
  test('is told of everything that came within a few minutes at once, and of each once', async () => {
    const p = person()
    await p.raise('one')
    expect(await p.deliver()).toEqual({ delivered: 0, nextAt: p.clock.now + 5 * minute })
    p.clock.now += 4 * minute
    await p.raise('two')
    expect(await p.deliver()).toMatchObject({ delivered: 0 })
    p.clock.now += minute
    expect(await p.deliver()).toEqual({ delivered: 2 })
    expect(said(p.taken)).toEqual([['one.', 'two.']])
    p.clock.now += 24 * hour
    expect(await p.deliver()).toEqual({ delivered: 0 })
    expect(p.taken).toHaveLength(1)
  })

  test('is not told of what was over, or seen by a person, before its time had come', async () => {
    const p = person()
    for (const key of ['over', 'seen', 'left']) await p.raise(key)
    await p.settle('over')
    const seen = (await p.list()).find(({ key }) => key === 'seen')
    await p.acknowledge(seen?.id ?? '')
    p.clock.now += hour
    await p.deliver()
    expect(said(p.taken)).toEqual([['left.']])
  })

  test('is told again of what has come back', async () => {
    const p = person()
    for (let n = 0; n < 2; n++) {
      await p.raise('one')
      p.clock.now += hour
      expect(await p.deliver()).toEqual({ delivered: 1 })
      await p.settle('one')
    }
    expect(p.taken[0]?.id).not.toBe(p.taken[1]?.id)
  })

  test('is left in peace in quiet hours, and told afterwards what is still so', async () => {
    const p = person({ quietHours: { zone: 'Europe/Berlin', from: '22:00', to: '07:00' } })
    p.clock.now = Date.UTC(2026, 0, 5, 23)
    await p.raise('one')
    await p.raise('over')
    p.clock.now += hour
    expect(await p.deliver()).toEqual({ delivered: 0, nextAt: Date.UTC(2026, 0, 6, 6) })
    await p.settle('over')
    p.clock.now = Date.UTC(2026, 0, 6, 6)
    expect(await p.deliver()).toEqual({ delivered: 1 })
    expect(said(p.taken)).toEqual([['one.']])
  })

  test('is told what is urgent at once, also in quiet hours', async () => {
    const p = person({ quietHours: () => ({ zone: 'UTC', from: '00:00', to: '23:59' }), urgent: ['alert'] })
    await p.raise('one')
    expect(await p.deliver()).toEqual({ delivered: 1 })
  })

  test('takes no nonsense for quiet hours', async () => {
    expect(() => person({ quietHours: { zone: 'Mars/Phobos', from: '22:00', to: '07:00' } })).toThrow('quietHours')
    const p = person({ quietHours: () => ({ zone: 'UTC', from: '25:00', to: '07:00' }) })
    await p.raise('one')
    await expect(p.deliver()).rejects.toThrow('notify.quietHours.from')
  })

  test('that fails is asked again with the same batch, later each time, and not for ever', async () => {
    const p = person()
    p.mail.failure = new Error('smtp://secret@host is down')
    await p.raise('one')
    p.clock.now += 5 * minute
    const times: number[] = []
    for (let round = 0; round < 200; round++) {
      const { delivered, failure, nextAt } = await p.deliver()
      expect(delivered).toBe(0)
      if (failure) {
        times.push(p.clock.now)
        expect(JSON.stringify(failure)).not.toContain('secret')
      }
      if (nextAt === undefined) break
      p.clock.now = nextAt
    }
    expect(times).toHaveLength(10)
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(new Set(p.taken.map(({ id }) => id)).size).toBe(1)
    expect(p.taken.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(p.events.at(-1)).toMatchObject({ type: 'notifications.undelivered', count: 1 })
    expect(await p.list()).toMatchObject([{ state: 'open' }])
  })

  test('that failed once is told the rest, without what is over since', async () => {
    const p = person()
    for (const key of ['one', 'two']) await p.raise(key)
    p.clock.now += 5 * minute
    p.mail.failure = new SyncError('unavailable', 'not now')
    await p.deliver()
    p.mail.failure = undefined
    await p.settle('one')
    await p.raise('three')
    p.clock.now += 5 * minute
    expect(await p.deliver()).toEqual({ delivered: 2 })
    expect(said(p.taken)).toEqual([['one.', 'two.'], ['three.'], ['two.']])
  })

  test('whose process dies on the way is asked once more by another one, and not at once', async () => {
    const p = person()
    await p.raise('one')
    p.clock.now += 5 * minute
    p.mail.hangs = true
    void p.deliver()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(p.taken).toHaveLength(1)
    p.mail.hangs = false
    expect(await p.another().deliver()).toEqual({ delivered: 0, nextAt: p.clock.now + 5 * minute })
    p.clock.now += 5 * minute
    expect(await p.another().deliver()).toEqual({ delivered: 1 })
    expect(p.taken.map(({ id, attempt }) => [id, attempt])).toEqual([
      [p.taken[0]?.id, 1],
      [p.taken[0]?.id, 2],
    ])
  })

  test('is asked by one of two workers that look at the same moment', async () => {
    const p = person()
    await p.raise('one')
    p.clock.now += 5 * minute
    const results = await Promise.all([p.deliver(), p.another().deliver()])
    expect(results.map(({ delivered }) => delivered).sort()).toEqual([0, 1])
    expect(p.taken).toHaveLength(1)
  })

  test('is told the kinds that it wants', async () => {
    const p = person({ kinds: ['sign_in'] })
    await p.raise('one')
    p.clock.now += hour
    expect(await p.deliver()).toEqual({ delivered: 0 })
    expect(await p.list()).toHaveLength(1)
  })
})
