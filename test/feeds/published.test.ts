import { describe, expect, test } from 'vitest'
import { type PublishedFeeds, type PublishedFeedsOptions, publishedFeeds } from '../../src/feeds/published.js'
import type { FeedSettings } from '../../src/feeds/settings.js'
import { type FeedStore, memoryFeedStore } from '../../src/feeds/store.js'
import { sameHash } from '../../src/feeds/token.js'
import { content, type World, world } from '../support/world.js'

const settings: FeedSettings = { source: { group: 'group' }, name: 'Jane', projection: { show: 'everything' } }

interface Site {
  readonly w: World
  readonly feeds: PublishedFeeds
  readonly store: FeedStore
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>
}

async function site(options: Partial<PublishedFeedsOptions> = {}): Promise<Site> {
  const w = await world()
  w.calendar(0).add(content('Lunch'))
  await w.settle()
  const store = memoryFeedStore()
  const feeds = publishedFeeds({ engine: w.engine, store, now: () => w.clock.now, ...options })
  const get: Site['get'] = (path, headers = {}, method = 'GET') =>
    feeds.handle(new Request(`https://host.example.com${path}`, { method, headers }))
  return { w, feeds, store, get }
}

const publish = (feeds: PublishedFeeds) => feeds.publish('user_1', settings)

describe('an address', () => {
  test('gives the calendar, to be kept to oneself', async () => {
    const { feeds, get } = await site()
    const { path } = await publish(feeds)
    const answer = await get(path)
    expect(answer.status).toBe(200)
    expect(await answer.clone().text()).toContain('SUMMARY:Lunch')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/calendar; charset=utf-8',
      'cache-control': 'private, max-age=300',
      'content-length': String((await answer.arrayBuffer()).byteLength),
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      'x-content-type-options': 'nosniff',
    })
  })

  test('HEAD tells the same without the calendar, and nothing else is answered', async () => {
    const { feeds, get } = await site()
    const { path } = await publish(feeds)
    const [head, full] = [await get(path, {}, 'HEAD'), await get(path)]
    expect(await head.text()).toBe('')
    expect([...head.headers]).toEqual([...full.headers])
    const post = await get(path, {}, 'POST')
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('that is wrong in any way gets one and the same answer', async () => {
    const { feeds, get } = await site()
    const { id, path } = await publish(feeds)
    const token = path.slice(-68, -4)
    const other = `${token.startsWith('0') ? '1' : '0'}${token.slice(1)}`
    const wrong = [
      `/feeds/${id}/${other}.ics`,
      `/feeds/${crypto.randomUUID()}/${token}.ics`,
      `/feeds/${id}/${token.toUpperCase()}.ICS`,
      `/feeds/${id}/${token}`,
      `/feeds/${id}/${token}.ics/more`,
      `/elsewhere/${id}/${token}.ics`,
      `/feeds/${id}`,
      '/feeds/../../etc/passwd',
    ]
    const answers = await Promise.all(wrong.map((one) => get(one)))
    const told = await Promise.all(
      answers.map(async (one) => JSON.stringify([one.status, [...one.headers], await one.text()])),
    )
    expect(new Set(told).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
  })

  test('stands under the path of the host', async () => {
    const { feeds, get } = await site({ basePath: 'api/calendars' })
    const { path } = await publish(feeds)
    expect(path).toMatch(/^\/api\/calendars\/[\w-]+\/[\da-f]{64}\.ics$/)
    expect((await get(path)).status).toBe(200)
  })

  test('is kept as a digest only', async () => {
    const { feeds, store } = await site()
    const { id, path } = await publish(feeds)
    const kept = await store.get(id)
    expect(kept?.tokenHash).toMatch(/^[\da-f]{64}$/)
    expect(JSON.stringify(kept)).not.toContain(path.slice(-68, -4))
    expect(JSON.stringify(await feeds.list('user_1'))).not.toContain(kept?.tokenHash)
  })
})

describe('a subscriber who comes back', () => {
  test('is told that nothing changed, by tag or by date, and is sent what did', async () => {
    const { w, feeds, get } = await site()
    const { path } = await publish(feeds)
    const first = await get(path)
    const etag = first.headers.get('etag') ?? ''
    const date = first.headers.get('last-modified') ?? ''
    w.clock.now += 60_000
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': `"other", W/${etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': date },
    ]) {
      const again = await get(path, headers as never)
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    }
    for (const headers of [
      { 'if-none-match': '"other"', 'if-modified-since': date }, // the tag is the better witness
      { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      { 'if-modified-since': 'nonsense' },
    ])
      expect((await get(path, headers as never)).status).toBe(200)

    w.calendar(0).add(content('Dinner'))
    await w.settle()
    for (const headers of [{ 'if-none-match': etag }, { 'if-modified-since': date }]) {
      const changed = await get(path, headers as never)
      expect([changed.status, (await changed.text()).includes('SUMMARY:Dinner')]).toEqual([200, true])
    }
  })
})

describe('an owner', () => {
  test('gives a feed a new address, and the old one is dead', async () => {
    const { feeds, get } = await site()
    const old = await publish(feeds)
    const next = await feeds.rotate('user_1', old.id)
    expect(next.id).toBe(old.id)
    expect((await get(old.path)).status).toBe(404)
    expect((await get(next.path)).status).toBe(200)
  })

  test('ends a feed', async () => {
    const { feeds, get } = await site()
    const { id, path } = await publish(feeds)
    await feeds.revoke('user_1', id)
    expect((await get(path)).status).toBe(404)
    expect(await feeds.list('user_1')).toEqual([])
  })

  test('shows less from now on, under the same address', async () => {
    const { feeds, get } = await site()
    const { id, path } = await publish(feeds)
    await feeds.change('user_1', id, { ...settings, projection: { show: 'busy' } })
    expect(await (await get(path)).text()).not.toContain('Lunch')
  })

  test('is the only one who can do any of this', async () => {
    const { feeds, get } = await site()
    const { id, path } = await publish(feeds)
    const refused = { code: 'invalid_input' }
    await expect(feeds.rotate('user_2', id)).rejects.toMatchObject(refused)
    await expect(feeds.revoke('user_2', id)).rejects.toMatchObject(refused)
    await expect(feeds.change('user_2', id, settings)).rejects.toMatchObject(refused)
    await expect(feeds.publish('user_2', settings)).rejects.toMatchObject(refused) // a group of user_1
    expect(await feeds.list('user_2')).toEqual([])
    expect((await get(path)).status).toBe(200)
  })

  test('who changes a feed while it is rotated or revoked does not bring the old address back', async () => {
    const { w, store } = await site()
    let meanwhile: (() => Promise<unknown>) | undefined
    const slow: FeedStore = {
      ...store,
      async put(feed, before) {
        const first = meanwhile
        meanwhile = undefined
        await first?.()
        return store.put(feed, before)
      },
    }
    const feeds = publishedFeeds({ engine: w.engine, store: slow })
    for (const act of ['rotate', 'revoke'] as const) {
      const { id, path } = await feeds.publish('user_1', settings)
      meanwhile = () => feeds[act]('user_1', id)
      await expect(feeds.change('user_1', id, settings)).rejects.toMatchObject({ code: 'stale_version' })
      expect((await feeds.handle(new Request(`https://host.example.com${path}`))).status).toBe(404)
    }
  })

  test.each<[string, unknown]>([
    ['no name', { source: settings.source }],
    ['two sources', { ...settings, source: { group: 'a', calendar: 'b' } }],
    ['a projection that is none', { ...settings, projection: { show: 'all' } }],
    ['an unknown key', { ...settings, colour: 'red' }],
    ['a span of minus one day', { ...settings, pastDays: -1 }],
    ['a refresh every second', { ...settings, refreshSeconds: 1 }],
  ])('is told what does not fit: %s', async (_what, given) => {
    const { feeds } = await site()
    await expect(feeds.publish('user_1', given as FeedSettings)).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('trouble', () => {
  test('a group that is gone is an address that is gone', async () => {
    const { w, feeds, get } = await site()
    const { path } = await publish(feeds)
    await w.user.groups.remove('group', { copies: 'keep' })
    expect((await get(path)).status).toBe(404)
  })

  test('of the storage is a reason to come back, and says nothing else', async () => {
    const { feeds } = await site()
    const { id } = await publish(feeds)
    const store: FeedStore = { ...memoryFeedStore(), get: () => Promise.reject(new Error(`SQL near "${id}"`)) }
    const broken = publishedFeeds({ engine: { user: () => undefined as never }, store })
    const answer = await broken.handle(new Request(`https://host.example.com/feeds/${id}/${'0'.repeat(64)}.ics`))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '300'])
    expect(await answer.text()).not.toContain(id)
  })
})

test('digests are compared as a whole', () => {
  expect(sameHash('abc', 'abc')).toBe(true)
  for (const [a, b] of [
    ['abc', 'abd'],
    ['abc', 'xbc'],
    ['abc', 'ab'],
    ['', 'a'],
  ] as const)
    expect(sameHash(a, b) || sameHash(b, a)).toBe(false)
})
