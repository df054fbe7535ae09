import * as z from 'zod'
import type { FeedSettings, PublishedFeed, PublishedFeeds } from '../../feeds/index.js'
import { type Projection, ProjectionSchema, SyncError } from '../../index.js'
import { type Done, DoneSchema, done, itemsOf } from '../answers/basic.js'
import { someId } from '../inputs.js'
import type { Items, Table } from '../route.js'
import { ownOrigin } from '../sign-in-return.js'

/** A feed, without its address: that is told once. */
export type ListedFeed = Omit<PublishedFeed, 'tokenHash' | 'userId'>

/** A feed and its address. Whoever knows the address can read it; it is told this once. */
export interface FeedUrl {
  readonly id: string
  readonly url: string
}

export interface FeedRoutes {
  'GET /feeds': { readonly answer: Items<ListedFeed> }
  'POST /feeds': { readonly body: FeedSettings; readonly answer: FeedUrl }
  'PUT /feeds/{feedId}': { readonly body: FeedSettings; readonly answer: Done }
  'POST /feeds/{feedId}/rotate': { readonly answer: FeedUrl }
  'DELETE /feeds/{feedId}': { readonly answer: Done }
}

const settings: z.ZodType<FeedSettings> = z.strictObject({
  source: z.union([z.strictObject({ group: someId }), z.strictObject({ calendar: someId })]),
  name: z.string().min(1).max(1_024),
  projection: (ProjectionSchema as z.ZodType<Partial<Projection>>).exactOptional(),
  pastDays: z.number().min(0).max(36_500).exactOptional(),
  futureDays: z.number().min(0).max(36_500).exactOptional(),
  refreshSeconds: z.int().min(60).max(2_592_000).exactOptional(),
  mayBeCopied: z.boolean().exactOptional(),
})

const listed: z.ZodType<ListedFeed> = z.strictObject({ id: z.string(), settings, createdAt: z.number() })
const feedUrl: z.ZodType<FeedUrl> = z.strictObject({ id: z.string(), url: z.string() })

export const feedRoutes: Table<FeedRoutes> = {
  'GET /feeds': {
    summary: 'The published feeds',
    answer: itemsOf(listed),
    async handle({ who, door }) {
      return { items: await need(door.feeds).list(who.userId) }
    },
  },
  'POST /feeds': {
    summary: 'Publishes a group or a calendar under an address that nobody can guess',
    body: settings,
    answer: feedUrl,
    async handle({ who, body, door, request }) {
      const { id, path } = await need(door.feeds).publish(who.userId, body)
      return { id, url: new URL(path, ownOrigin(request, door.options)).href }
    },
  },
  'PUT /feeds/{feedId}': {
    summary: 'Gives a feed other settings under the same address',
    body: settings,
    answer: DoneSchema,
    async handle({ who, params, body, door }) {
      await need(door.feeds).change(who.userId, params.feedId, body)
      return done
    },
  },
  'POST /feeds/{feedId}/rotate': {
    summary: 'Gives a feed a new address; the old one is dead at once',
    answer: feedUrl,
    async handle({ who, params, door, request }) {
      const { id, path } = await need(door.feeds).rotate(who.userId, params.feedId)
      return { id, url: new URL(path, ownOrigin(request, door.options)).href }
    },
  },
  'DELETE /feeds/{feedId}': {
    summary: 'Ends a feed',
    answer: DoneSchema,
    async handle({ who, params, door }) {
      await need(door.feeds).revoke(who.userId, params.feedId)
      return done
    },
  },
}

function need(feeds: PublishedFeeds | undefined): PublishedFeeds {
  if (feeds) return feeds
  throw new SyncError('unsupported', 'Nothing is published here: give `feeds` in the options of the door.')
}
