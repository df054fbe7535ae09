import type { Strategy } from '../merge/strategy.js'
import type { Calendar } from '../model/connection.js'
import type { EngineHappening } from '../model/engine-event.js'
import type { UserId } from '../model/ids.js'
import type { ProviderAccount } from '../providers/provider.js'
import type { Storage } from '../storage/storage.js'
import type { Live } from './health/live.js'
import type { NotifyOptions } from './health/notifier.js'
import type { PulseMemory } from './health/pulse-memory.js'
import type { Jobs } from './jobs/jobs.js'
import type { Retention } from './retention-options.js'
import type { Telemetry } from './tracing.js'

/** What every part of the engine works with. */
export interface Engine {
  readonly storage: Storage
  readonly now: () => number
  /** Names this worker. */
  readonly owner: string
  /** A name for one holder of a lease: two runs of one worker must not take each other's for their own. */
  newHolder(): string
  readonly leaseMs: number
  /** How often every calendar is listed completely, give or take a quarter. */
  readonly fullListingMs: number
  /** How many due events are read, decided and recorded at once. */
  readonly pageSize: number
  /** Signs the marks. */
  readonly secret: string
  readonly strategies: Readonly<Record<string, Strategy>>
  /** What is to be done later, or again. */
  readonly jobs: Jobs
  /** The runs under way in this process. */
  readonly live: Live
  /** What this process knows of the pulses that it wrote. */
  readonly pulses: PulseMemory
  /** How people are told. */
  readonly notify?: NotifyOptions
  /** For how long history is kept. */
  readonly retention: Retention
  /** The audit keeps what its digests are of. */
  readonly auditValues: boolean
  /** What the host calls the person behind a call, in the audit. */
  readonly actorName?: string
  /** Watches runs. */
  readonly telemetry?: Telemetry | undefined
  /** A function of the host did not answer. */
  callbackFailed(error: unknown, user: UserId): void
  /** Tells whoever listens in this process. */
  tell(user: UserId, happening: EngineHappening): void
  /** Opens the account that a calendar belongs to. */
  account(user: UserId, calendar: Calendar): Promise<ProviderAccount>
  /** Closes it after a sign-in failed, so that the next use asks the host for credentials again. */
  forgetAccount(user: UserId, calendar: Calendar): void
}
