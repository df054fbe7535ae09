import * as z from 'zod'
import type { OAuthClient, Vault } from '../auth/auth.js'
import { SyncError } from '../errors.js'
import type { Strategy } from '../merge/strategy.js'
import { AlertRulesSchema } from '../model/alert.js'
import type { CalendarProvider } from '../providers/provider.js'
import type { Scheduler } from '../scheduler/scheduler.js'
import type { Storage } from '../storage/storage.js'
import type { Credentials } from './accounts.js'
import type { AlertOptions } from './alerting.js'
import { type AnalyticsOptions, analyticsOptions } from './analytics.js'
import type { ErrorHook } from './error-reports.js'
import { type NotifyOptions, notifyOptionsSchema } from './health/notifier.js'
import { checked } from './input.js'
import type { NoticeTold } from './notices.js'
import { type RetentionOptions, retentionOptionsSchema } from './retention-options.js'
import type { Telemetry } from './tracing.js'

/** How sign-ins are made and kept. */
export interface AuthOptions {
  /** Seals what proves a sign-in before it is stored, e.g. `vault({ keys, current })` of `calweave/auth`. */
  readonly vault: Vault
  /**
   * The application as each authorization server knows it, by the name of the provider that it is for, or any other name
   * that `signIn({ client })` gives. Each has a redirect URI of its own. @default {}
   */
  readonly oauth?: Readonly<Record<string, OAuthClient>>
}

/** What a {@link SyncEngine} needs to know. */
export interface SyncEngineOptions {
  /** Where state is kept, e.g. `sqliteStorage({ path })` or `memoryStorage()`. */
  readonly storage: Storage
  /** The kinds of calendars that may be connected. */
  readonly providers: readonly CalendarProvider[]
  /**
   * Hands over what proves who we are at a connection's provider. Called when an account is opened, and again after a
   * sign-in failed; what it returns is never stored or logged. @default no credentials
   */
  readonly credentials?: Credentials
  /**
   * Lets people sign in through calweave (`user.connections.signIn`), which then keeps their tokens sealed in the storage
   * and renews them; also passwords, where `user.connections.add` is given them.
   * @default none: the host keeps all credentials itself, and hands them over by `credentials`
   */
  readonly auth?: AuthOptions
  /** Strategies of the host, by the name that groups refer to with `{ use: 'host', name }`. @default {} */
  readonly strategies?: Readonly<Record<string, Strategy>>
  /**
   * Signs the marks in our copies, so that nobody can pass a foreign event off as ours. The same for all workers and
   * for ever: copies signed with another secret count as another installation's, and are never read as sources.
   * @default 'calweave', which marks but does not protect
   */
  readonly secret?: string
  /**
   * The audit keeps the contents and settings that its digests are of, so that it can show them. They stay there after an
   * event was removed, until the audit is dropped ({@link retention}) or the end of the group. @default false
   */
  readonly auditValues?: boolean
  /**
   * For how long history is kept. What is older goes with the upkeep of each user, a slice at a time; a host without a
   * {@link scheduler} calls `user.dropOldHistory`. @default runs and journal for 90 days, the audit for ever
   */
  readonly retention?: RetentionOptions
  /** Where the current time comes from, milliseconds since 1970; tests move it by hand. @default Date.now */
  readonly now?: () => number
  /** Names this worker in leases; must differ between workers. @default a random name */
  readonly owner?: string
  /**
   * Called when a service told of a change ({@link SyncEngine.receive}): the moment to enqueue a sync of each group. Must be
   * quick, and not throw. What it misses stands in `user.groups.noticed()`. @default nobody is told
   */
  readonly onNotice?: (told: NoticeTold) => void
  /**
   * Keeps what is to be done and when. With it groups are synced by their schedule, after push notices and after what
   * people decide, by every process that has called {@link SyncEngine.start}. @default nothing runs by itself
   */
  readonly scheduler?: Scheduler
  /**
   * How people are told of notifications, by mail or in a chat (`user.notifications.deliver`).
   * @default nobody is told; they are in `user.notifications.list()`
   */
  readonly notify?: NotifyOptions
  /** How long one worker may be silent before another may take over its work, in milliseconds. @default 60_000 */
  readonly leaseMs?: number
  /**
   * How often a calendar is listed completely although its cursor works, in milliseconds, give or take a quarter. Finds
   * what a server's deltas forgot. @default 86_400_000, a day
   */
  readonly fullListingMs?: number
  /**
   * How many changed events a sync reads, decides and records at once, 1 to 1,000; two such pages may be under way. Fewer take
   * less memory, and more commits. @default 100
   */
  readonly pageSize?: number
  /** Watches what happens, e.g. `openTelemetry(...)` of `calweave/telemetry`. @default nobody */
  readonly telemetry?: Telemetry
  /**
   * Counts what happens for {@link SyncEngine.analytics} and {@link UserHandle.analytics}, in memory, and writes it down now and
   * then. `{}` for the defaults. @default nothing is counted
   */
  readonly analytics?: AnalyticsOptions
  /** Rules over what is counted, for {@link SyncEngine.checkAlerts}; needs {@link analytics}. @default none */
  readonly alerts?: AlertOptions
  /**
   * Told of unexpected errors, of what fails again and again, of jobs that could not be put into the queue, and of functions of
   * the host that do not answer, for a service that collects errors. Holds no content.
   * @default nobody
   */
  readonly onError?: ErrorHook
}

/** @throws SyncError `invalid_input` for options that do not fit, and for alerts without analytics. */
export function checkEngineOptions(options: SyncEngineOptions): void {
  checked(engineOptions, options, 'options')
  if (options.alerts && !options.analytics)
    throw new SyncError('invalid_input', 'options.alerts: nothing is counted. Give `analytics: {}` as well.')
}

const milliseconds = z
  .number()
  .int()
  .min(1_000)
  .max(30 * 86_400_000)

const functionSchema = z.custom((value) => typeof value === 'function', 'must be a function')

/** What can be told of options at a glance; storage and providers are asked for their shape, not for their deeds. */
const engineOptions: z.ZodType<unknown> = z.object({
  storage: z.looseObject({}),
  providers: z.array(z.looseObject({ id: z.string().min(1).max(64) })).min(1, 'name at least one provider'),
  auth: z
    .strictObject({
      vault: z.looseObject({ seal: functionSchema, open: functionSchema }),
      oauth: z
        .record(z.string().min(1).max(64), z.looseObject({ redirectUri: z.string(), begin: functionSchema }))
        .exactOptional(),
    })
    .exactOptional(),
  notify: notifyOptionsSchema.exactOptional(),
  secret: z.string().min(1).exactOptional(),
  auditValues: z.boolean().exactOptional(),
  retention: retentionOptionsSchema.exactOptional(),
  owner: z.string().min(1).max(256).exactOptional(),
  scheduler: z.looseObject({ enqueue: functionSchema, start: functionSchema }).exactOptional(),
  leaseMs: milliseconds.exactOptional(),
  fullListingMs: milliseconds.exactOptional(),
  pageSize: z.int().min(1).max(1_000).exactOptional(),
  telemetry: z.looseObject({}).exactOptional(),
  analytics: analyticsOptions.exactOptional(),
  alerts: z.strictObject({ rules: AlertRulesSchema, onAlert: functionSchema }).exactOptional(),
  onError: functionSchema.exactOptional(),
})
