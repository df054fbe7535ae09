import * as z from 'zod'
import { SyncError } from '../errors.js'
import type { AlertState } from '../model/alert.js'
import type { UserId } from '../model/ids.js'
import type { Storage } from '../storage/storage.js'
import { Accounts, type RequestWatcher } from './accounts.js'
import { type AlertOptions, checkAlerts } from './alerting.js'
import { type Analytics, AnalyticsDesk, type AnalyticsOptions, type AnalyticsQuery } from './analytics.js'
import { defaultSecret } from './chain.js'
import type { Engine } from './engine.js'
import { type AuthOptions, checkEngineOptions, type SyncEngineOptions } from './engine-options.js'
import { ErrorReports } from './error-reports.js'
import { Live } from './health/live.js'
import { PulseMemory } from './health/pulse-memory.js'
import { checked } from './input.js'
import { Jobs } from './jobs/jobs.js'
import { type StartOptions, startWork } from './jobs/worker.js'
import { type EngineListener, Listeners } from './listeners.js'
import { type NoticeTold, receive } from './notices.js'
import { purgesUnderWay } from './purge.js'
import type { PurgeRecord } from './records.js'
import { retentionOf } from './retention-options.js'
import { Keeper, type KeeperSettings } from './sign-in-keeper.js'
import { UserHandle } from './user.js'
import { nextWatchEnd } from './watches.js'

/** What an engine was given, so that a host can show people what they may do. */
export interface EngineFeatures {
  /** Ids of the providers, in their order. */
  readonly providers: readonly string[]
  /** Names of the OAuth clients that people can sign in with. */
  readonly signIns: readonly string[]
  /** Credentials may be handed to `connections.add`, which keeps them sealed. */
  readonly keepsCredentials: boolean
  /** There is a scheduler: groups are synced by themselves, and `groups.syncSoon` works. */
  readonly runsByItself: boolean
  /** {@link SyncEngine.analytics} works. */
  readonly counts: boolean
}

/**
 * Keeps calendars in step. One engine serves all users of an application; any number of engines, in any number of
 * processes, may share one storage.
 *
 * @example
 * ```ts
 * import { SyncEngine } from 'calweave'
 * import { memoryProvider } from 'calweave/providers/memory'
 * import { memoryStorage } from 'calweave/storage/memory'
 *
 * const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()] })
 * const user = engine.user('user_1')
 * ```
 */
export class SyncEngine {
  /** What this engine was given. */
  readonly features: EngineFeatures
  readonly #engine: Engine
  readonly #accounts: Accounts
  readonly #onNotice: (told: NoticeTold) => void
  readonly #listeners: Listeners
  readonly #desk: AnalyticsDesk | undefined
  readonly #alerts: AlertOptions | undefined
  readonly #reports: ErrorReports | undefined

  /** @throws SyncError `invalid_input` for options that do not fit, when two providers have one id, and for alerts without analytics. */
  constructor(options: SyncEngineOptions) {
    checkEngineOptions(options)
    let holders = 0
    const owner = options.owner ?? crypto.randomUUID()
    const now = options.now ?? Date.now
    const newHolder = () => `${owner}/${++holders}`
    const { storage, secret = defaultSecret, auditValues = false } = options
    const listeners = new Listeners(now)
    this.#listeners = listeners
    const live = new Live()
    const reports = options.onError && new ErrorReports(options.onError, now)
    this.#reports = reports
    const jobs = new Jobs(options.scheduler, now, (error, user) => reports?.queueFailed(error, user))
    const tell: Engine['tell'] = (user, happening) => {
      live.hear(user, happening, now())
      listeners.tell(user, happening)
      // A person is told of it by whoever does the upkeep.
      if (happening.type === 'notification.opened' && options.notify) void jobs.upkeep(user, now())
    }
    const keeper = new Keeper({ storage, now, newHolder, secret, auditValues, tell, ...signInsOf(options.auth) })
    const accounts = new Accounts(options.storage, options.providers, options.credentials, keeper, told(listeners))
    this.#accounts = accounts
    this.#desk = options.analytics && deskOf(options.analytics, options.storage, now, owner, reports)
    this.#alerts = options.alerts
    for (const watcher of [reports, this.#desk]) if (watcher) listeners.add((event) => watcher.heard(event))
    const { telemetry } = options
    if (telemetry?.event) listeners.add((event) => telemetry.event?.(event))
    this.#onNotice = options.onNotice ?? (() => undefined)
    this.#engine = {
      storage: options.storage,
      now,
      owner,
      newHolder,
      leaseMs: options.leaseMs ?? 60_000,
      fullListingMs: options.fullListingMs ?? 86_400_000,
      pageSize: options.pageSize ?? 100,
      secret,
      auditValues,
      retention: retentionOf(options.retention ?? {}),
      strategies: options.strategies ?? {},
      jobs,
      live,
      pulses: new PulseMemory(),
      ...(options.notify ? { notify: options.notify } : {}),
      tell,
      callbackFailed: (error, user) => reports?.callbackFailed(error, user),
      telemetry,
      account: (user, calendar) => accounts.open(user, calendar.connectionId),
      forgetAccount: (user, calendar) => accounts.forget(user, calendar.connectionId),
    }
    this.features = {
      providers: options.providers.map(({ id }) => id),
      signIns: Object.keys(options.auth?.oauth ?? {}),
      keepsCredentials: options.auth !== undefined,
      runsByItself: jobs.areOn,
      counts: options.analytics !== undefined,
    }
    telemetry?.start?.({ nextWatchEnd: () => nextWatchEnd(options.storage), now })
  }

  /**
   * Answers a request that came to the address of a watch (`user.watches.start`), from whoever it is: notices that prove to
   * be of one of our watches are written down for every group of their calendar, and all else is refused. Needs no
   * signed-in user, and calls no provider.
   *
   * @param provider - the id of the provider that the address is for: give each its own
   * @returns what the host sends back: 202 for notices, 200 with a text for a handshake, 404 for a watch that is not known,
   * 400 and 413 for what is no notice, 503 when it could not be written down
   * @throws SyncError `invalid_input` when there is no such provider.
   * @example
   * ```ts
   * import type { SyncEngine } from 'calweave'
   *
   * declare const engine: SyncEngine
   * export const post = (provider: string, request: Request): Promise<Response> => engine.receive(provider, request)
   * ```
   */
  async receive(provider: string, request: Request): Promise<Response> {
    return receive(this.#engine, this.#accounts.provider(provider), request, this.#onNotice)
  }

  /**
   * Has this process work at what is due: syncs by schedule, push and people, watches that are to be renewed. Any number of
   * processes may; one that only answers requests need not. Returns when the queue is open, and has nothing to wait for.
   *
   * @throws SyncError `invalid_input` without `SyncEngineOptions.scheduler`, or when it was started already.
   * @example
   * ```ts no-run
   * import type { SyncEngine } from 'calweave'
   *
   * declare const engine: SyncEngine
   * await engine.start({ concurrency: 8 })
   * // when the process is to end:
   * await engine.stop({ withinMs: 10_000 })
   * ```
   */
  async start(options: StartOptions = {}): Promise<void> {
    await startWork(this.#engine, options, this.#alerts ? () => this.checkAlerts() : undefined)
  }

  /**
   * Takes on nothing more, and waits for what is under way: syncs end at their next clean point when `withinMs` is over, and
   * go on elsewhere. What was counted is written down then, for as long again at most. @default 10_000
   */
  async stop(options: { readonly withinMs?: number } = {}): Promise<void> {
    await this.#engine.jobs.scheduler.stop(options)
    await this.#desk?.flushWithin(options.withinMs ?? 10_000)
  }

  /**
   * Tells of everything that happens in this process: runs with their progress, conflicts, what is held, sign-ins that are
   * needed. Other workers tell of theirs. Returns how to stop listening.
   *
   * @example
   * ```ts
   * import type { SyncEngine } from 'calweave'
   *
   * declare const engine: SyncEngine
   * const stop = engine.subscribe((event) => {
   *   if (event.type === 'run.ended') console.log(event.run.counts)
   * })
   * stop()
   * ```
   */
  subscribe(listener: EngineListener): () => void {
    return this.#listeners.add(listener)
  }

  /** Users that are being forgotten (`user.purge`): call it again for each that was cut off. */
  async purgesUnderWay(): Promise<readonly PurgeRecord[]> {
    return purgesUnderWay(this.#engine.storage)
  }

  /**
   * What the syncs of all users came to: how many runs went through and how long they took, conflicts, accuracy, requests to
   * the calendar services, active users, and how the aims stand. What other workers counted is in it once they wrote it down.
   *
   * @throws SyncError `invalid_input` without {@link SyncEngineOptions.analytics}, and for a stretch of more than 2,000 buckets.
   * @example
   * ```ts
   * import type { SyncEngine } from 'calweave'
   *
   * export async function report(engine: SyncEngine): Promise<void> {
   *   const { totals, goals } = await engine.analytics({ bucket: 'hour' })
   *   console.log(totals.runs.successRate, totals.syncMs.p95, goals.accuracy.met)
   * }
   * ```
   */
  async analytics(query: AnalyticsQuery = {}): Promise<Analytics> {
    return this.#counting().of(undefined, query)
  }

  /**
   * Writes down what is only counted in memory. Call it when a process is about to end.
   * @throws SyncError `storage_failed`: nothing is lost, and the next writing has it.
   */
  async flushAnalytics(): Promise<void> {
    await this.#desk?.flush()
  }

  /**
   * Looks how the rules of {@link SyncEngineOptions.alerts} stand, and tells their `onAlert` of those that changed. Call it every
   * few minutes, by one worker or by all.
   * @throws SyncError `invalid_input` without {@link SyncEngineOptions.alerts}.
   */
  async checkAlerts(): Promise<readonly AlertState[]> {
    if (!this.#alerts)
      throw new SyncError('invalid_input', 'There are no alerts. Give `alerts` in the options of the engine.')
    const onTimeout = (error: SyncError) => this.#reports?.callbackFailed(error)
    return checkAlerts(this.#engine.storage, this.#counting(), this.#alerts, onTimeout)
  }

  #counting(): AnalyticsDesk {
    if (this.#desk) return this.#desk
    throw new SyncError('invalid_input', 'Nothing is counted. Give `analytics: {}` in the options of the engine.')
  }

  /**
   * Everything of one user. Nothing reached through it ever belongs to another user.
   *
   * @param options - `actor`: what the audit calls the person who is at work, where that is not the user (say, someone of
   * the host's support); at most 256 characters
   * @throws SyncError `invalid_input` for an id that is empty, longer than 512 characters, or begins with `~calweave/`.
   */
  user(userId: string, options: { readonly actor?: string } = {}): UserHandle {
    if (typeof userId !== 'string' || userId.length === 0 || userId.length > 512)
      throw new SyncError('invalid_input', 'A user id must have 1 to 512 characters.')
    if (userId.startsWith('~calweave/'))
      throw new SyncError('invalid_input', 'User ids that begin with "~calweave/" are kept for calweave itself.')
    const { actor } = checked(userOptions, options, 'options')
    const engine = actor === undefined ? this.#engine : { ...this.#engine, actorName: actor }
    return new UserHandle(engine, userId as UserId, this.#accounts, this.#desk)
  }
}

/** @throws SyncError `invalid_input` where two OAuth clients could take each other's answers. */
function signInsOf(auth: AuthOptions | undefined): Pick<KeeperSettings, 'vault' | 'clients'> {
  if (!auth) return {}
  const { vault, oauth: clients = {} } = auth
  const addresses = Object.values(clients).map(({ redirectUri }) => redirectUri)
  if (new Set(addresses).size < addresses.length)
    throw new SyncError(
      'invalid_input',
      'options.auth.oauth: two clients have one redirectUri. Give each its own, so that no server can pass for another.',
    )
  return { vault, clients: { ...clients } }
}

const userOptions = z.strictObject({ actor: z.string().min(1).max(256).exactOptional() })

function told(listeners: Listeners): RequestWatcher {
  return ({ id: connectionId, userId, provider }, { method, url, status, bytesUp, bytesDown, ms }) => {
    if (listeners.isEmpty) return
    const request = { provider, method, host: hostOf(url), status, bytesUp, bytesDown, ms }
    listeners.tell(userId, { type: 'request.ended', connectionId, request })
  }
}

/** Paths and queries hold ids. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

function deskOf(
  options: AnalyticsOptions,
  storage: Storage,
  now: () => number,
  owner: string,
  reports: ErrorReports | undefined,
): AnalyticsDesk {
  return new AnalyticsDesk({ storage, now, owner, options, onError: (error) => reports?.analyticsFailed(error) })
}
