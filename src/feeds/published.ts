import type { UserHandle } from '../engine/user.js'
import { isSyncError, SyncError } from '../errors.js'
import { type Feed, feedOf } from './feed.js'
import { answer, methodNotAllowed, notFound, unavailable } from './response.js'
import { checkSettings, type FeedSettings } from './settings.js'
import type { FeedStore, PublishedFeed } from './store.js'
import { hashOf, newToken, sameHash } from './token.js'

/** What {@link publishedFeeds} needs. */
export interface PublishedFeedsOptions {
  /** The engine whose calendars are published; a `SyncEngine` fits. */
  readonly engine: { user(userId: string): UserHandle }
  readonly store: FeedStore
  /** What the path of every feed begins with. @default '/feeds/' */
  readonly basePath?: string
  /** How long an answer may be kept by the subscriber's own cache, in seconds; a revoked feed may live so long. @default 300 */
  readonly maxAgeSeconds?: number
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
}

/** A feed and the path that it has from now on. Whoever knows the path can read it; it is told this once. */
export interface FeedAddress {
  readonly id: string
  readonly path: string
}

/** Feeds under secret addresses. */
export interface PublishedFeeds {
  /**
   * Publishes a group or a calendar of a user.
   * @throws SyncError `invalid_input` for settings that do not fit, and where the user has no such group or calendar.
   */
  publish(userId: string, settings: FeedSettings): Promise<FeedAddress>
  /**
   * Gives a feed other settings under the same address.
   * @throws SyncError `invalid_input` as {@link publish}, and when the user has no such feed.
   */
  change(userId: string, feedId: string, settings: FeedSettings): Promise<void>
  /**
   * Gives a feed a new address; the old one is dead at once. Its events keep their UIDs.
   * @throws SyncError `invalid_input` when the user has no such feed, `stale_version` when somebody else changed it.
   */
  rotate(userId: string, feedId: string): Promise<FeedAddress>
  /**
   * Ends a feed.
   * @throws SyncError `invalid_input` when the user has no such feed.
   */
  revoke(userId: string, feedId: string): Promise<void>
  list(userId: string): Promise<readonly Omit<PublishedFeed, 'tokenHash' | 'userId'>[]>
  /**
   * Answers a subscriber: GET and HEAD, conditional requests included. An address that is wrong, revoked or never was gets
   * one and the same answer. Never throws.
   */
  handle(request: Request): Promise<Response>
}

/**
 * Publishes calendars as .ics feeds, each under an address that nobody can guess.
 *
 * @example
 * ```ts
 * import { SyncEngine } from 'calweave'
 * import { memoryFeedStore, publishedFeeds } from 'calweave/feeds'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
 * const feeds = publishedFeeds({ engine, store: memoryFeedStore() })
 *
 * // For every request below /feeds/
 * export const serve = (request: Request) => feeds.handle(request)
 *
 * // When Jane asks for it; whoever is given the path sees titles and times
 * export const publish = () => feeds.publish('jane', { source: { group: 'family' }, name: 'Jane', projection: { show: 'title' } })
 * ```
 */
export function publishedFeeds(options: PublishedFeedsOptions): PublishedFeeds {
  const { engine, store, maxAgeSeconds = 300, now = Date.now } = options
  const basePath = `/${(options.basePath ?? '/feeds/').replace(/^\/+|\/+$/g, '')}/`.replace('//', '/')
  const served = new Map<string, Pick<Feed, 'etag' | 'lastModified'>>()

  async function need(userId: string, feedId: string): Promise<PublishedFeed> {
    const feed = await store.get(feedId)
    if (!feed || feed.userId !== userId)
      throw new SyncError('invalid_input', 'There is no such feed.', { reason: 'UNKNOWN_ID' })
    return feed
  }

  async function check(userId: string, settings: FeedSettings): Promise<void> {
    const { source } = checkSettings(settings)
    const user = engine.user(userId)
    await ('group' in source ? user.groups.get(source.group) : user.calendars.get(source.calendar))
  }

  async function put(feed: PublishedFeed, before: string | null): Promise<void> {
    if (await store.put(feed, before)) return
    throw new SyncError('stale_version', 'The feed was changed in the meantime. Look at it again before you change it.')
  }

  /** Under a new address. */
  async function keep(feed: Omit<PublishedFeed, 'tokenHash'>, before: string | null): Promise<FeedAddress> {
    const token = newToken()
    await put({ ...feed, tokenHash: hashOf(token) }, before)
    return { id: feed.id, path: `${basePath}${feed.id}/${token}.ics` }
  }

  /** The feed that an address names, if its secret is right. */
  async function feedAt(path: string): Promise<PublishedFeed | undefined> {
    const [, id, token] = /^([\w-]{1,64})\/([\da-f]{64})\.ics$/.exec(path.slice(basePath.length)) ?? []
    if (!path.startsWith(basePath) || id === undefined || token === undefined) return undefined
    const feed = await store.get(id)
    return feed && sameHash(hashOf(token), feed.tokenHash) ? feed : undefined
  }

  async function bodyOf({ id, userId, settings }: PublishedFeed): Promise<Feed> {
    const previous = served.get(id)
    const feed = await feedOf(engine.user(userId), settings, { now, ...(previous && { previous }) })
    if (served.size >= maxServed) served.clear()
    served.set(id, { etag: feed.etag, lastModified: feed.lastModified })
    return feed
  }

  return {
    async publish(userId, settings) {
      await check(userId, settings)
      return keep({ id: crypto.randomUUID(), userId, settings, createdAt: now() }, null)
    },
    async change(userId, feedId, settings) {
      const feed = await need(userId, feedId)
      await check(userId, settings)
      await put({ ...feed, settings }, feed.tokenHash)
    },
    async rotate(userId, feedId) {
      const feed = await need(userId, feedId)
      return keep(feed, feed.tokenHash)
    },
    async revoke(userId, feedId) {
      await store.remove((await need(userId, feedId)).id)
    },
    async list(userId) {
      const feeds = await store.list(userId)
      return feeds.map(({ id, settings, createdAt }) => ({ id, settings, createdAt }))
    },
    async handle(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed()
      try {
        const feed = await feedAt(new URL(request.url).pathname)
        return feed ? answer(request, await bodyOf(feed), maxAgeSeconds) : notFound()
      } catch (error) {
        // What is published may be gone: a group that was deleted, a calendar that was disconnected.
        return isSyncError(error, 'invalid_input') ? notFound() : unavailable()
      }
    },
  }
}

const maxServed = 10_000
