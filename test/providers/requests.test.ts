import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { HttpClientOptions } from '../../src/http/client.js'
import type { EngineEvent } from '../../src/model/engine-event.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { icloudProvider } from '../../src/providers/icloud/index.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import type { CalendarProvider, SentRequest } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'

const password = { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' }

/** Every provider that sends requests, and what an account of it is opened with. */
const providers: readonly {
  readonly make: (http: HttpClientOptions) => CalendarProvider
  readonly settings: object
  readonly credentials: unknown
}[] = [
  { make: googleProvider, settings: {}, credentials: { accessToken: 'token' } },
  { make: microsoftProvider, settings: {}, credentials: { accessToken: 'token' } },
  { make: icloudProvider, settings: {}, credentials: password },
  { make: caldavProvider, settings: { url: 'https://dav.example.com/' }, credentials: password },
  { make: icsProvider, settings: { url: 'https://example.com/a.ics' }, credentials: null },
]

const refusing: typeof fetch = async () => new Response('', { status: 418 })

describe.each(providers)('$make.name', ({ make, settings, credentials }) => {
  test('tells whoever opened the account of every request, and the host as before', async () => {
    const host: SentRequest[] = []
    const opener: SentRequest[] = []
    const provider = make({ fetch: refusing, onRequest: (request) => host.push(request) })
    const account = provider.open({ settings, credentials, onRequest: (request) => opener.push(request) })
    await account.listCalendars().catch(() => undefined)
    expect(opener.length).toBeGreaterThan(0)
    expect(opener).toEqual(host)
    expect(opener[0]).toMatchObject({ status: 418, url: expect.stringMatching(/^https:/) })
  })

  test('has its requests told by the engine, without their paths, and counted', async () => {
    const events: EngineEvent[] = []
    const provider = make({ fetch: refusing })
    const engine = new SyncEngine({
      ...{ storage: memoryStorage(), providers: [provider], credentials: () => credentials },
      analytics: { setTimer: () => () => undefined },
    })
    engine.subscribe((event) => events.push(event))
    await engine
      .user('jane')
      .connections.add({ provider: provider.id, settings: settings as never })
      .catch(() => undefined)
    const requests = events.flatMap((event) => (event.type === 'request.ended' ? [event.request] : []))
    expect(requests.length).toBeGreaterThan(0)
    for (const request of requests) {
      expect(request).toMatchObject({ provider: provider.id, status: 418 })
      expect(request.host).toMatch(/^[a-z0-9.-]+$/)
      expect(Object.keys(request)).not.toContain('url')
    }
    const { totals } = await engine.analytics()
    const { [provider.id]: counted } = totals.requests.byProvider
    expect(counted).toMatchObject({
      total: requests.length,
      errors: requests.length,
      errorRate: 1,
      byStatus: { 418: requests.length },
    })
  })
})
