export { type Feed, type FeedOptions, feedOf } from './feed.js'
export {
  type FeedAddress,
  type PublishedFeeds,
  type PublishedFeedsOptions,
  publishedFeeds,
} from './published.js'
export type { FeedSettings, FeedSource } from './settings.js'
export { type FeedStore, memoryFeedStore, type PublishedFeed } from './store.js'
