import { context, type Link } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SyncEngineOptions } from '../../src/engine/engine-options.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { Telemetry } from '../../src/engine/tracing.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { openTelemetry } from '../../src/telemetry/index.js'
import { fakeGoogle } from '../../src/testing/google/fake-google.js'
import { watchedProvider } from '../support/watched-provider.js'
import { content, world } from '../support/world.js'
import { Contexts, Otel, type Point } from './otel.js'

let otel: Otel

beforeEach(() => {
  otel = new Otel()
  context.setGlobalContextManager(new Contexts())
})

afterEach(async () => {
  context.disable()
  await otel.close()
})

const canary = 'canary4711'

/** A calendar at Google and one in memory, in one group, with ids and texts that must not come out. */
async function atGoogle(given: Partial<SyncEngineOptions> = {}) {
  const clock = { now: Date.UTC(2026, 2, 2, 8) }
  const now = () => clock.now
  const google = fakeGoogle({ now })
  const account = google.addAccount({ email: `${canary}@example.com` })
  const memory = memoryProvider({ now })
  memory.service.addCalendar({ id: `${canary}-calendar` })
  const storage = memoryStorage()
  const engine = new SyncEngine({
    ...{ storage, now, providers: [googleProvider({ fetch: google.fetch, now, requestsPerMinute: 1e6 }), memory] },
    credentials: ({ provider }) => (provider === 'google' ? { accessToken: account.token } : null),
    telemetry: openTelemetry({ ...otel.options, hosts: ['www.googleapis.com'] }),
    ...given,
  })
  const user = engine.user(`${canary}-user`)
  const a = await user.connections.add({ provider: 'google', id: `${canary}-a` })
  const b = await user.connections.add({ provider: 'memory', id: `${canary}-b` })
  const members = [...a.calendars, ...b.calendars].map(({ id }) => ({ calendarId: id }))
  await user.groups.create({ name: canary, id: `${canary}-group`, members })
  const calendar = memory.service.calendar(`${canary}-calendar`)
  const sync = (limits?: Parameters<typeof user.groups.sync>[1]) => {
    clock.now += 60_000
    return user.groups.sync(`${canary}-group`, limits)
  }
  return { engine, user, google, account, calendar, sync, clock, storage }
}

const named = (points: readonly Point[], name: string) => points.filter((point) => point.name === name)

describe('metrics', () => {
  test('have the names, units and kinds that are promised', async () => {
    const depth = async () => ({ waiting: 7, due: 3, running: 2, dead: 1 })
    const clock = { now: Date.UTC(2026, 0, 5, 8) }
    const memory = memoryProvider({ now: () => clock.now })
    for (const id of ['cal-a', 'cal-b']) memory.service.addCalendar({ id })
    const provider = watchedProvider(memory, () => clock.now)
    const telemetry = openTelemetry({ ...otel.options, scheduler: { depth } })
    const engine = new SyncEngine({ storage: memoryStorage(), providers: [provider], now: () => clock.now, telemetry })
    const user = engine.user('user_1')
    const { calendars } = await user.connections.add({ provider: provider.id, id: 'account' })
    await user.groups.create({ name: 'g', id: 'group', members: calendars.map(({ id }) => ({ calendarId: id })) })
    await user.watches.start({ calendarId: calendars[0]?.id ?? '', address: 'https://app.example/push' })
    memory.service.calendar('cal-a').add(content('one'))
    await user.groups.sync('group', { cause: 'schedule' })
    const request = { provider: 'x', method: 'PUT', host: 'h', status: 429, bytesUp: 0, bytesDown: 0, ms: 250 }
    const told = { userId: 'u' as never, at: clock.now }
    telemetry.event?.({ ...told, type: 'request.ended', connectionId: 'c' as never, request })
    telemetry.event?.({ ...told, type: 'job.started', urgency: 'push', waitMs: 1_500 })
    const points = await otel.points()
    const shapes = [...new Map(points.map(({ name, unit, kind }) => [name, `${name} ${unit} ${kind}`])).values()]
    expect(shapes.sort()).toEqual([
      'calendar_sync.connection.staleness s gauge',
      'calendar_sync.event.processed {event} rising sum',
      'calendar_sync.queue.depth {job} gauge',
      'calendar_sync.queue.wait.duration s histogram',
      'calendar_sync.run.duration s histogram',
      'calendar_sync.subscription.expiry s gauge',
      'http.client.request.duration s histogram',
    ])
    expect(named(points, 'calendar_sync.queue.depth').map(({ value }) => value)).toEqual([7, 3, 2, 1])
    expect(named(points, 'calendar_sync.queue.wait.duration')).toMatchObject([
      { value: 1.5, attributes: { urgency: 'push' } },
    ])
    const [expiry] = named(points, 'calendar_sync.subscription.expiry')
    expect(expiry?.value).toBeGreaterThan(0)
    expect(named(points, 'calendar_sync.connection.staleness')).toMatchObject([
      { value: 0, attributes: { provider: provider.id } },
    ])
    expect(named(points, 'calendar_sync.run.duration')).toMatchObject([
      { count: 1, attributes: { provider: provider.id, trigger: 'poll', outcome: 'ok' } },
    ])
    expect(named(points, 'http.client.request.duration')[0]?.bounds).toEqual([
      ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    ])
  })

  test('count what was written, what needed nothing, and every request', async () => {
    const w = await atGoogle()
    w.account.calendar().create({ summary: canary, start: { date: '2026-03-04' }, end: { date: '2026-03-05' } })
    w.calendar.add(content(`${canary} two`))
    await w.sync({ cause: 'push' })
    await w.sync({ cause: 'schedule' })
    const points = await otel.points()
    const processed = named(points, 'calendar_sync.event.processed')
    expect(processed.find(({ attributes }) => attributes['operation'] === 'create')?.value).toBe(2)
    expect(named(points, 'calendar_sync.run.duration').map(({ attributes }) => attributes)).toEqual([
      { provider: 'google+memory', trigger: 'webhook', outcome: 'ok' },
      { provider: 'google+memory', trigger: 'poll', outcome: 'ok' },
    ])
    const requests = named(points, 'http.client.request.duration')
    expect(requests.reduce((all, { count = 0 }) => all + count, 0)).toBe(w.google.requests.length)
    for (const { attributes } of requests)
      expect(attributes).toMatchObject({
        provider: 'google',
        'server.address': 'www.googleapis.com',
        'server.port': 443,
      })
  })

  test('tell conflicts by who decided, and how many wait', async () => {
    const strategies = [{ use: 'preferOrigin' }] as const
    const fieldStrategies = { title: [{ use: 'askAPerson' }] } as const
    const w = await world({
      engine: { telemetry: openTelemetry(otel.options) },
      group: { strategies, fieldStrategies },
    })
    const id = w.calendar(0).add(content('lunch'))
    await w.settle()
    const copy = w.calendar(1).all()[0]
    w.calendar(0).edit(id, { title: 'early', location: 'Berlin' })
    if (copy) w.calendar(1).edit(copy.id, { title: 'late', location: 'Bonn' })
    for (let round = 0; round < 3; round++) await w.sync()
    const told = async (name: string) =>
      named(await otel.points(), name).map(({ attributes, value }) => [
        attributes['strategy'],
        attributes['automatic'],
        value,
      ])
    expect(await told('calendar_sync.conflict.detected')).toEqual(expect.arrayContaining([['none', false, 1]]))
    expect(await told('calendar_sync.conflict.pending')).toEqual([[undefined, undefined, 1]])
    const [open] = (await w.user.conflicts.listOpen('group')).items
    const take = Object.fromEntries((open?.items ?? []).map(({ field }) => [field, w.calendarIds[1] ?? '']))
    await w.user.conflicts.resolve(open?.id ?? '', take)
    await w.settle()
    expect(await told('calendar_sync.conflict.resolved')).toEqual(
      expect.arrayContaining([['person', false, expect.any(Number)]]),
    )
    expect(await told('calendar_sync.conflict.pending')).toEqual([[undefined, undefined, 0]])
    // What a person decides came up before.
    expect((await told('calendar_sync.conflict.detected')).map(([strategy]) => strategy)).not.toContain('person')
  })

  test('tell how long a connection could not be read, and 0 once it can', async () => {
    const w = await world({ engine: { telemetry: openTelemetry(otel.options) } })
    w.fault = () => ({ code: 'rate_limited', retryAfterMs: 5_000 })
    await w.sync()
    w.clock.now += 600_000
    await w.sync()
    const staleness = async () => named(await otel.points(), 'calendar_sync.connection.staleness')[0]?.value
    expect(await staleness()).toBeCloseTo(601)
    expect(named(await otel.points(), 'calendar_sync.rate_limit.wait.duration')).toMatchObject([
      { attributes: { provider: 'memory' }, count: 4, value: 20 },
    ])
    w.fault = undefined
    w.clock.now += 120_000
    await w.sync()
    expect(await staleness()).toBe(0)
  })

  test('a run that throws is counted as failed', async () => {
    const w = await world({ engine: { telemetry: openTelemetry(otel.options) } })
    await expect(w.user.groups.sync('nothing', { cause: 'push' })).rejects.toMatchObject({ code: 'invalid_input' })
    expect(named(await otel.points(), 'calendar_sync.run.duration')).toMatchObject([
      { count: 1, attributes: { trigger: 'webhook', outcome: 'failed' } },
    ])
  })
})

describe('spans', () => {
  const spans = () => otel.spans.getFinishedSpans()
  /** Nothing waits for spans: they end a moment after what they are of. */
  const ended = () => new Promise((resolve) => setImmediate(resolve))
  const parentOf = (span: ReturnType<typeof spans>[number]) =>
    spans().find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId)?.name

  test('parts stand inside of their run, and requests inside of the part that made them', async () => {
    const w = await atGoogle()
    w.calendar.add(content('two'))
    otel.spans.reset()
    await w.sync({ cause: 'import' })
    await ended()
    const [run] = spans().filter(({ name }) => name === 'calendar_sync.run')
    expect(run?.attributes).toEqual({ trigger: 'initial', outcome: 'ok', provider: 'google+memory' })
    const inside = spans()
      .filter((span) => span !== run)
      .map((span) => `${span.name} < ${parentOf(span)}`)
    expect(new Set(inside)).toEqual(
      new Set([
        'calendar_sync.run.pull < calendar_sync.run',
        'calendar_sync.run.diff < calendar_sync.run',
        'calendar_sync.run.apply < calendar_sync.run',
        'GET < calendar_sync.run.pull',
        'POST < calendar_sync.run.apply',
      ]),
    )
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
    const pulls = spans().filter(({ name }) => name === 'calendar_sync.run.pull')
    expect(new Set(pulls.map(({ attributes }) => attributes['provider']))).toEqual(new Set(['google', 'memory']))
  })

  test('without a context manager runs and parts are nested all the same, and there are no lone requests', async () => {
    context.disable()
    const w = await atGoogle()
    otel.spans.reset()
    await w.sync()
    await ended()
    expect(new Set(spans().map((span) => `${span.name} < ${parentOf(span)}`))).toEqual(
      new Set([
        'calendar_sync.run < undefined',
        'calendar_sync.run.pull < calendar_sync.run',
        'calendar_sync.run.diff < calendar_sync.run',
      ]),
    )
  })

  test('a run that throws ends its span as failed, with the code and no message', async () => {
    const w = await atGoogle()
    otel.spans.reset()
    await expect(w.user.groups.sync(`${canary}-nothing`)).rejects.toThrow()
    await ended()
    expect(spans()).toMatchObject([
      { name: 'calendar_sync.run', status: { code: 2 }, attributes: { 'error.type': 'invalid_input' } },
    ])
  })
})

test('nothing that came out holds an id, a title, an address or a path', async () => {
  const w = await atGoogle()
  w.account.calendar().create({ summary: canary, start: { date: '2026-03-04' }, end: { date: '2026-03-05' } })
  w.calendar.add(content(canary))
  await w.sync()
  w.google.fail({ fault: { kind: 'status', code: 503 }, times: 2 })
  await w.sync()
  await w.user.groups.sync(`${canary}-nothing`).catch(() => undefined)
  const ids = [canary, ...(await w.user.calendars.list()).map(({ id }) => id as string)]
  const shown = (span: ReturnType<typeof otel.spans.getFinishedSpans>[number]) => {
    const { name, attributes, status, events, links } = span
    return { name, attributes, status, events, links: links.map(({ attributes: own }: Link) => own) }
  }
  const out = JSON.stringify([await otel.points(), otel.spans.getFinishedSpans().map(shown)])
  expect(out).toContain('googleapis.com')
  for (const id of ids) expect(out).not.toContain(id)
  expect(out).not.toContain('/calendar/')
})

describe('who watches cannot disturb what is watched', () => {
  const broken: Readonly<Record<string, Telemetry>> = {
    throws: {
      event: () => {
        throw new Error('event')
      },
      run: () => {
        throw new Error('run')
      },
    },
    'never calls the work': { run: () => undefined },
    'calls it later': { run: (_, work) => setTimeout(() => void work({ part: () => undefined })) },
    'calls it twice': {
      run: (_, work) => {
        void work({ part: (_part, step) => [step(), step()] })
        return work({ part: () => undefined })
      },
    },
    'rejects afterwards': {
      run: async (_, work) => {
        await work({ part: async (_part, step) => Promise.reject(await step()) })
        throw new Error('afterwards')
      },
    },
    'never comes to an end': {
      run: async (_, work) => {
        await work({ part: () => new Promise(() => undefined) })
        await new Promise(() => undefined)
      },
    },
  }
  for (const [what, telemetry] of Object.entries(broken))
    test(`one that ${what}`, async () => {
      const w = await world({ engine: { telemetry } })
      w.calendar(0).add(content('one'))
      const run = await w.sync()
      expect(run.counts.created).toBe(1)
      expect(w.titles(1)).toEqual(['one'])
      w.commits.length = 0
      await w.sync()
      expect(w.calls.filter(({ method }) => method === 'create')).toHaveLength(1)
    })
})

test('where nobody listens nothing is put together, and no address is taken apart', async () => {
  const { canParse } = URL
  let asked = 0
  URL.canParse = (...args: Parameters<typeof canParse>) => {
    if (new Error().stack?.includes('hostOf')) asked++
    return canParse.call(URL, ...args)
  }
  try {
    const w = await atGoogle({ telemetry: {} })
    await w.sync()
    expect(asked).toBe(0)
    const stop = w.engine.subscribe(() => undefined)
    await w.sync()
    expect(asked).toBe(1)
    stop()
    await w.sync()
    expect(asked).toBe(1)
  } finally {
    URL.canParse = canParse
  }
})
