import { describe, expect, test } from 'vitest'
import { type CalendarProvider, SyncEngine } from '../../src/index.js'
import { type LimitStore, storageLimits } from '../../src/limits/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { fakeGoogle } from '../../src/testing/google/index.js'
import { fakeMicrosoft } from '../../src/testing/microsoft/index.js'
import { type VirtualTime, virtualTime } from './virtual-time.js'

const begin = Date.parse('2026-03-01T12:00:00Z')
const workers = 4
/** Two for each worker. */
const groups = 8
const eventsEach = 15

interface Outcome {
  /** Refusals for being asked too much. */
  readonly refused: number
  readonly requests: number
  /** Events that have come to where they were to be copied. */
  readonly copied: number
  /** The most requests that were under way at one mailbox. */
  readonly underWay: number
}

/** Four engines, each with a provider of its own, copy eight calendars of one account to eight of another. */
async function run(
  time: VirtualTime,
  forMs: number,
  isShared: boolean,
  service: {
    readonly id: string
    provider(limits: LimitStore | undefined): CalendarProvider
    readonly credentials: (connection: { readonly id: string }) => unknown
  },
): Promise<void> {
  const storage = memoryStorage()
  const limits = storageLimits({ storage, now: time.now })
  const engines = Array.from(
    { length: workers },
    (_, nth) =>
      new SyncEngine({
        storage,
        providers: [service.provider(isShared ? limits : undefined)],
        credentials: service.credentials,
        secret: 'test',
        owner: `worker-${nth}`,
        now: time.now,
      }),
  )
  const setup = (async () => {
    const user = (engines[0] as SyncEngine).user('user')
    for (const id of ['jane', 'joe']) await user.connections.add({ provider: service.id, id })
    const calendars = await user.calendars.list()
    for (let nth = 0; nth < groups; nth++) {
      const members = calendars.filter(({ name }) => name === `Calendar ${nth}`).map(({ id }) => ({ calendarId: id }))
      expect(members).toHaveLength(2)
      await user.groups.create({ id: `group-${nth}`, name: `group ${nth}`, members })
    }
  })()
  await time.run(time.now() + 10_000)
  await setup
  const end = time.now() + forMs
  for (let nth = 0; nth < groups; nth++)
    void (async () => {
      while (time.now() < end) {
        const { more } = await (engines[nth % workers] as SyncEngine).user('user').groups.sync(`group-${nth}`)
        await time.sleep(more ? 5_000 : 300_000)
      }
    })()
  await time.run(end + 30_000)
}

async function atGoogle(isShared: boolean, forMs: number): Promise<Outcome> {
  const time = virtualTime(begin, 4)
  const google = fakeGoogle({ now: time.now, quota: { perMinuteAndUser: 90, perMinute: 150, code: 429 } })
  const people = ['jane', 'joe'].map((name) => google.addAccount({ email: `${name}@example.com`, token: `of-${name}` }))
  const ids = people.map((person) =>
    Array.from({ length: groups }, (_, nth) => person.addCalendar({ summary: `Calendar ${nth}` })),
  )
  for (const id of ids[0] ?? [])
    for (let nth = 0; nth < eventsEach; nth++)
      people[0]?.calendar(id).create({
        summary: `Event ${nth}`,
        start: { dateTime: `2026-03-${10 + (nth % 20)}T09:00:00Z` },
        end: { dateTime: `2026-03-${10 + (nth % 20)}T10:00:00Z` },
      })
  await run(time, forMs, isShared, {
    id: 'google',
    provider: (limits) =>
      googleProvider({
        fetch: async (...given) => time.sleep(40).then(() => google.fetch(...given)),
        ...{ now: time.now, sleep: time.sleep, requestsPerMinute: 90, projectRequestsPerMinute: 150 },
        ...(limits && { limits }),
      }),
    credentials: ({ id }) => ({ accessToken: `of-${id}` }),
  })
  return {
    refused: google.requests.filter(({ status }) => status === 429).length,
    requests: google.requests.length,
    copied: (ids[1] ?? []).reduce((sum, id) => sum + (people[1]?.calendar(id).all().length ?? 0), 0),
    underWay: 0,
  }
}

async function atMicrosoft(isShared: boolean, forMs: number): Promise<Outcome> {
  const time = virtualTime(begin, 4)
  const microsoft = fakeMicrosoft({ now: time.now, limits: { concurrent: 100, perTenMinutes: 200 } })
  const people = ['jane', 'joe'].map((name) =>
    microsoft.addAccount({ email: `${name}@example.com`, token: `of-${name}` }),
  )
  const ids = people.map((person) =>
    Array.from({ length: groups }, (_, nth) => person.addCalendar({ name: `Calendar ${nth}` })),
  )
  for (const id of ids[0] ?? [])
    for (let nth = 0; nth < eventsEach; nth++)
      people[0]?.calendar(id).create({
        subject: `Event ${nth}`,
        start: { dateTime: `2026-03-${10 + (nth % 20)}T09:00:00`, timeZone: 'UTC' },
        end: { dateTime: `2026-03-${10 + (nth % 20)}T10:00:00`, timeZone: 'UTC' },
      })
  const busy = new Map<string, number>()
  let refused = 0
  let requests = 0
  let underWay = 0
  /** Answers take a while, and Graph bears four at a time of a mailbox. */
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const mailbox = new Headers(init?.headers).get('authorization') ?? ''
    const lanes = /\$batch$/.test(String(url)) ? linesOf(init?.body) : 1
    const before = busy.get(mailbox) ?? 0
    requests++
    if (before + lanes > 4) {
      refused++
      return new Response('{"error":{"code":"ApplicationThrottled"}}', {
        status: 429,
        headers: { 'retry-after': '2.128', 'content-type': 'application/json' },
      })
    }
    busy.set(mailbox, before + lanes)
    underWay = Math.max(underWay, before + lanes)
    try {
      await time.sleep(80)
      return await microsoft.fetch(url, init)
    } finally {
      busy.set(mailbox, (busy.get(mailbox) ?? 0) - lanes)
    }
  }
  await run(time, forMs, isShared, {
    id: 'microsoft',
    provider: (limits) =>
      microsoftProvider({
        fetch: fetch as typeof globalThis.fetch,
        ...{ now: time.now, sleep: time.sleep, requestsPerMinute: 20 },
        ...(limits && { limits }),
      }),
    credentials: ({ id }) => ({ accessToken: `of-${id}` }),
  })
  return {
    refused: refused + microsoft.requests.filter(({ status }) => status === 429).length,
    requests,
    copied: (ids[1] ?? []).reduce((sum, id) => sum + (people[1]?.calendar(id).all().length ?? 0), 0),
    underWay,
  }
}

/** How many requests of a batch are under way at once: those that wait for none. */
function linesOf(body: unknown): number {
  const { requests } = JSON.parse(String(body)) as { requests: { dependsOn?: unknown }[] }
  return requests.filter(({ dependsOn }) => dependsOn === undefined).length
}

describe('four engines, one quota', () => {
  test('Google refuses many requests of workers that count for themselves, and none of those that share', async () => {
    const alone = await atGoogle(false, 480_000)
    const together = await atGoogle(true, 480_000)
    expect(alone.refused).toBeGreaterThan(20)
    expect(together.refused).toBe(0)
    expect(together.copied).toBe(groups * eventsEach)
  })

  test('Microsoft refuses many requests of workers that count for themselves, and next to none of those that share', async () => {
    const alone = await atMicrosoft(false, 480_000)
    const together = await atMicrosoft(true, 1_800_000)
    expect(alone.refused).toBeGreaterThan(20)
    expect(together.refused).toBeLessThan(together.requests / 50)
    expect(together.copied).toBe(groups * eventsEach)
  })
})
