/**
 * The little that is needed of pg-boss 12 (`PgBoss`), by shape: it is the host's, and is not imported here.
 */
export interface Boss {
  createQueue(name: string, options: object): Promise<void>
  updateQueue(name: string, options: object): Promise<void>
  getQueue(name: string): Promise<BossQueue | null>
  send(name: string, data: object | null, options: BossSend): Promise<string | null>
  update(name: string, data: object | null, options: BossSend): Promise<{ readonly updated: number }>
  fetch(name: string, options: BossFetch): Promise<readonly BossJob[]>
  findJobs(name: string, options: BossFind): Promise<readonly BossJob[]>
  deleteJob(name: string, id: string | BossAttempt, options: BossOn): Promise<object>
  cancel(name: string, id: string, options: BossOn): Promise<object>
  touch(name: string, id: BossAttempt, options: BossOn): Promise<object>
  getDb(): BossDatabase
}

/** What pg-boss runs its statements on. */
export interface BossDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  /** Absent where there is one connection only, as in PGlite. */
  beginTransaction?(): Promise<BossTransaction>
}

/** A transaction that is open. */
export interface BossTransaction {
  readonly db: BossDatabase
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** Where a call runs: in a transaction, or by itself. */
export interface BossOn {
  db?: BossDatabase
}

/** How a job is put in, or changed. */
export interface BossSend extends BossOn {
  id?: string
  singletonKey?: string
  priority?: number
  startAfter?: Date
  group?: { id: string }
}

/** Which job to take. */
export interface BossFetch {
  includeMetadata: true
  minPriority?: number
  maxPriority?: number
  ignoreGroups?: string[]
}

/** Which jobs to look at. */
export interface BossFind extends BossOn {
  id?: string
  key?: string
  /** What the data has to contain. */
  data?: object
  queued?: boolean
  limit?: number
  after?: string
}

/** One attempt at a job; a later attempt has another count. */
export interface BossAttempt {
  readonly id: string
  readonly retryCount: number
}

/** A job as pg-boss shows it. */
export interface BossJob extends BossAttempt {
  readonly data: unknown
  readonly state: string
  /** Null where it was never handed out. */
  readonly startedOn: Date | null
  readonly startAfter: Date
  readonly heartbeatSeconds: number | null
}

/** Counts of a queue, as of the last time that pg-boss counted. */
export interface BossQueue {
  readonly queuedCount: number
  readonly readyCount: number
  readonly activeCount: number
  readonly totalCount: number
  readonly readyOldestSeconds: number | null
}

/** How many jobs a command reached; pg-boss tells it and does not declare it. */
export function affected(response: object): number {
  const count = 'affected' in response ? response.affected : 0
  return typeof count === 'number' ? count : 0
}
