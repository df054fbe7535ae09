import type { MicrosoftLimits } from './limits.js'

/** Settings of `fakeMicrosoft`. Those that are not read-only can be switched while it runs. */
export interface FakeMicrosoftOptions {
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /** How much is allowed; `documentedLimits` has Microsoft's numbers. @default four requests at a time per mailbox */
  limits?: MicrosoftLimits
  /** The largest page of any list. @default no limit but what was asked for, or ten */
  pageSize?: number
  /** In which order a delta gives what it finds; documented is none. @default 'stored' */
  order?: 'stored' | 'reversed'
  /** Whether a delta names an event twice, first as it was before its last change. @default 'once' */
  repeats?: 'once' | 'doubled'
  /**
   * Whether a delta tells of occurrences that ceased. An experiment of others found that it may not: then only the series
   * comes again. @default 'none'
   */
  occurrenceTombstones?: 'none' | 'given'
  /** Whether `@removed` entries say what they are about. @default 'given' */
  removedType?: 'given' | 'absent'
  /** Whether exceptions say which slot they stand in for; a personal account of 2026 does not. @default 'absent' */
  originalStart?: 'absent' | 'given'
  /**
   * What a second create with one transactionId is answered, which is not documented: 400 as programs in the wild expect
   * it, 409, or the event that there is. @default 'refused'
   */
  transactionReplay?: 'refused' | 'conflict' | 'existing'
  /** How the inner error is spelled. @default 'innerError' */
  innerErrorName?: 'innerError' | 'innererror'
  /** How the answers of one batch are ordered; documented is no order. @default 'reversed' */
  batchOrder?: 'asked' | 'reversed'
  /** What carries notifications to the addresses that wait for them. @default the `fetch` of the runtime */
  readonly deliver?: typeof fetch
  /** What becomes of notifications; `noisy` is a new event that is told as created and twice as updated. @default 'delivered' */
  notifications?: 'delivered' | 'lost' | 'doubled' | 'noisy'
  /** The longest life of a subscription to events, which Microsoft has changed before. @default 10_080 */
  longestSubscriptionMinutes?: number
  /** Takes notification addresses without TLS, as Graph never does; for servers of tests. @default false */
  plainPushAddresses?: boolean
}
