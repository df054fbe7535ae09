import { describe, expect, test, vi } from 'vitest'
import type { ErrorReport } from '../../src/engine/error-reports.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { AlertRule, AlertState } from '../../src/model/alert.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { type World, world } from '../support/world.js'

const minutes = 60_000
const failing: AlertRule = { id: 'failing', metric: 'failureRate', above: 0.5, overMs: 15 * minutes, atLeast: 3 }

async function watched(rules: readonly AlertRule[]) {
  const told: AlertState[] = []
  const alerts = { rules, onAlert: (state: AlertState) => void told.push(state) }
  const w = await world({ engine: { analytics: { setTimer: () => () => undefined }, alerts } })
  const states = () => told.splice(0).map(({ rule, state }) => `${rule.id} ${state}`)
  return { w, states, alerts }
}

async function fail(w: World, times: number) {
  w.fault = () => ({ code: 'unavailable' })
  for (let time = 0; time < times; time++) await w.sync()
  w.fault = undefined
}

describe('an alert', () => {
  test('is raised once, and told of once more when it is over', async () => {
    const { w, states } = await watched([failing])
    expect((await w.engine.checkAlerts())[0]).toMatchObject({ state: 'unknown', samples: 0 })
    await fail(w, 3)
    expect((await w.engine.checkAlerts())[0]).toMatchObject({
      ...{ state: 'raised', figure: 1, samples: 3 },
      words: 'Syncs that failed in the last 15 minutes: 100 %, above 50 %.',
    })
    await w.engine.checkAlerts()
    expect(states()).toEqual(['failing raised'])
    for (let time = 0; time < 9; time++) await w.sync()
    await w.engine.checkAlerts()
    await w.engine.checkAlerts()
    expect(states()).toEqual(['failing clear'])
  })

  test('says nothing while too little was counted, and stays as it was', async () => {
    const { w, states } = await watched([failing])
    await fail(w, 2)
    await w.engine.checkAlerts()
    expect(states()).toEqual([])
    await fail(w, 1)
    await w.engine.checkAlerts()
    expect(states()).toEqual(['failing raised'])
    w.clock.now += 60 * minutes
    expect((await w.engine.checkAlerts())[0]).toMatchObject({ state: 'unknown', samples: 0 })
    expect(states()).toEqual([])
  })

  test('of one worker is known to the others, also after a restart', async () => {
    const { w, states, alerts } = await watched([failing])
    await fail(w, 3)
    await w.engine.checkAlerts()
    await w.engine.flushAnalytics()
    const options = { storage: w.storage, providers: [w.provider], now: () => w.clock.now, analytics: {}, alerts }
    const [state] = await new SyncEngine(options).checkAlerts()
    expect(state).toMatchObject({ state: 'raised' })
    expect(states()).toEqual(['failing raised'])
  })

  test('is told again when telling failed', async () => {
    let attempts = 0
    const onAlert = () => {
      if (++attempts === 1) throw new Error('mail is away')
    }
    const w = await world({ engine: { analytics: {}, alerts: { rules: [failing], onAlert } } })
    await fail(w, 3)
    await expect(w.engine.checkAlerts()).rejects.toThrow('mail is away')
    await w.engine.checkAlerts()
    await w.engine.checkAlerts()
    expect(attempts).toBe(2)
  })

  test('whose telling fails does not keep the alerts after it from being told', async () => {
    const told: string[] = []
    const onAlert = ({ rule }: AlertState) => {
      if (rule.id === 'failing') throw new Error('mail is away')
      told.push(rule.id)
    }
    const rules = [failing, { ...failing, id: 'other' }]
    const w = await world({ engine: { analytics: {}, alerts: { rules, onAlert } } })
    await fail(w, 3)
    await expect(w.engine.checkAlerts()).rejects.toThrow('mail is away')
    expect(told).toEqual(['other'])
  })

  test('whose telling never ends keeps nobody for more than half a minute, is reported, and told again', async () => {
    const signals: AbortSignal[] = []
    const reports: ErrorReport[] = []
    const told: string[] = []
    const onAlert = async ({ rule }: AlertState, { signal }: { readonly signal: AbortSignal }) => {
      if (rule.id === 'other') return void told.push(rule.id)
      signals.push(signal)
      if (signals.length === 1) await new Promise(() => undefined)
      told.push(rule.id)
    }
    const rules = [failing, { ...failing, id: 'other' }]
    const onError = (report: ErrorReport) => void reports.push(report)
    const analytics = { setTimer: () => () => undefined }
    const w = await world({ engine: { analytics, onError, alerts: { rules, onAlert } } })
    await fail(w, 3)
    reports.length = 0
    vi.useFakeTimers()
    try {
      const checked = w.engine.checkAlerts().catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(31_000)
      expect(await checked).toMatchObject({ code: 'timeout', reason: 'CALLBACK' })
      expect(signals[0]?.aborted).toBe(true)
      expect(reports).toMatchObject([{ kind: 'unexpected', where: 'callback', code: 'timeout' }])
      expect(told).toEqual(['other'])
      await w.engine.checkAlerts()
      expect(told).toEqual(['other', 'failing'])
    } finally {
      vi.useRealTimers()
    }
  })

  test('whose rule differs between two workers does not go back and forth with every look', async () => {
    const { w, states, alerts } = await watched([failing])
    await fail(w, 3)
    await w.sync()
    const strict = { ...failing, above: 0.1 }
    const lax = { ...failing, above: 0.99 }
    const shared = { storage: w.storage, providers: [w.provider], now: () => w.clock.now, analytics: {} }
    const engines = [strict, lax].map((rule) => new SyncEngine({ ...shared, alerts: { ...alerts, rules: [rule] } }))
    await w.engine.flushAnalytics()
    for (let minute = 0; minute < 10; minute++, w.clock.now += minutes)
      for (const engine of engines) await engine.checkAlerts()
    expect(states()).toEqual(['failing raised'])
  })

  test('about nothing happening at all speaks up where nothing was counted', async () => {
    const rules: AlertRule[] = [
      { id: 'idle', metric: 'runs', below: 1, overMs: 60 * minutes },
      { id: 'silent', metric: 'silenceMs', above: 10 * minutes, overMs: 60 * minutes },
    ]
    const { w, states } = await watched(rules)
    await w.engine.checkAlerts()
    expect(states()).toEqual(['idle raised'])
    await w.sync()
    await w.engine.checkAlerts()
    expect(states()).toEqual(['idle clear'])
    w.clock.now += 20 * minutes
    await w.engine.checkAlerts()
    expect(states()).toEqual(['silent raised'])
  })

  test.each<[string, unknown]>([
    ['neither above nor below', { id: 'a', metric: 'runs', overMs: 3_600_000 }],
    ['a metric that nobody knows', { id: 'a', metric: 'titles', above: 1, overMs: 3_600_000 }],
    ['too short a time', { id: 'a', metric: 'runs', above: 1, overMs: 1_000 }],
    ['a provider where none belongs', { id: 'a', metric: 'runs', provider: 'x', above: 1, overMs: 3_600_000 }],
    ['a key that nobody knows', { id: 'a', metric: 'runs', above: 1, overMs: 3_600_000, over: 1 }],
  ])('with %s is refused when the engine is made', (_, rule) => {
    const alerts = { rules: [rule as AlertRule], onAlert: () => undefined }
    expect(() => new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()], alerts })).toThrow(
      /options\.alerts\.rules/,
    )
  })

  test('needs something that is counted', async () => {
    const alerts = { rules: [failing], onAlert: () => undefined }
    await expect(world({ engine: { alerts } })).rejects.toThrow(/analytics: \{\}/)
    await expect((await world()).engine.checkAlerts()).rejects.toThrow(/alerts/)
  })
})
