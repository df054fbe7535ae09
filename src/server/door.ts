import type { PublishedFeeds } from '../feeds/index.js'
import type { SyncEngine } from '../index.js'
import type { CheckedOptions } from './options.js'

/** What the routes work with. */
export interface Door {
  readonly engine: SyncEngine
  readonly feeds: PublishedFeeds | undefined
  readonly options: CheckedOptions
}
