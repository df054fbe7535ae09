import type { QuotaLimits } from './quota.js'

/** Settings of `fakeGoogle`. Those that are not read-only can be switched while it runs. */
export interface FakeGoogleOptions {
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /** How many requests are allowed; `documentedQuota` has Google's numbers. @default no limits */
  quota?: QuotaLimits
  /** The largest page of any list: Google may give fewer items than were asked for. @default no limit */
  pageSize?: number
  /** In which order `events.list` gives what it finds; documented is only that it is a stable one. @default 'stored' */
  order?: 'stored' | 'exceptions_first' | 'reversed'
  /**
   * Whether a series and its exceptions have one version, so that a change of one is a change of all. Answers of 2025 show
   * it; nobody promises it. @default 'shared'
   */
  seriesVersion?: 'shared' | 'own'
  /** Whether the parts of a rule stay in the order in which they were written. Google promises nothing. @default 'kept' */
  rules?: 'kept' | 'reordered'
  /** What becomes of a request for a video meeting: Google makes it in its own time. @default 'made' */
  meetings?: 'made' | 'pending' | 'failed'
  /** How the answers of one batch are ordered; documented is no order. @default 'reversed' */
  batchOrder?: 'asked' | 'reversed'
  /** What carries push messages to the addresses that wait for them. @default the `fetch` of the runtime */
  readonly deliver?: typeof fetch
  /** What becomes of push messages on their way. @default 'delivered' */
  pushes?: 'delivered' | 'lost' | 'doubled'
  /** When the first message of a channel arrives: before the answer that tells of the channel, or after. @default 'before' */
  syncMessage?: 'before' | 'after'
  /** Takes push addresses without TLS, as Google never does; for servers of tests. @default false */
  plainPushAddresses?: boolean
}
