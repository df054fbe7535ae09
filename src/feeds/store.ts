import type { FeedSettings } from './settings.js'

/** A feed under an address. */
export interface PublishedFeed {
  readonly id: string
  readonly userId: string
  /** SHA-256 of the secret part of its address, in hex. The secret itself is kept nowhere. */
  readonly tokenHash: string
  readonly settings: FeedSettings
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * Where feeds are kept; a table with five columns. Every method must have taken effect for all readers when its promise
 * is kept, or a revoked address goes on working.
 */
export interface FeedStore {
  get(id: string): Promise<PublishedFeed | undefined>
  list(userId: string): Promise<readonly PublishedFeed[]>
  /**
   * Writes a feed whole: as a new one (`before` is null), or in place of the one with this id whose `tokenHash` is still
   * `before`. False, and nothing written, where that is not what is there: what was rotated or revoked in the meantime must
   * not come back.
   */
  put(feed: PublishedFeed, before: string | null): Promise<boolean>
  /** Does nothing where there is none. */
  remove(id: string): Promise<void>
}

/** Keeps feeds in memory: for tests, and for hosts whose addresses may die with the process. */
export function memoryFeedStore(): FeedStore {
  const feeds = new Map<string, PublishedFeed>()
  return {
    get: async (id) => feeds.get(id),
    list: async (userId) => [...feeds.values()].filter((feed) => feed.userId === userId),
    async put(feed, before) {
      if ((feeds.get(feed.id)?.tokenHash ?? null) !== before) return false
      feeds.set(feed.id, structuredClone(feed))
      return true
    },
    remove: async (id) => void feeds.delete(id),
  }
}
