import { isSyncError } from '../../errors.js'
import type { Failure } from '../../model/failure.js'
import type { Run } from '../../model/run.js'
import type { Deliveries } from './deliveries.js'
import type { Stage } from './stage.js'

/** One process that syncs, for as long as it lives. */
export interface Worker {
  readonly id: number
  isBusy: boolean
  /** A worker that found another one at work comes back later. */
  restsUntil: number
  /** The step at which it began what it is at. */
  began: number
  /** What its last sync came to. */
  lastRun: Run | undefined
}

/** Those who sync at the same time. */
export class Workers {
  crashes = 0
  readonly #stage: Stage
  #all: readonly Worker[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  get all(): readonly Worker[] {
    return this.#all
  }

  get isAnybodyBusy(): boolean {
    return this.#all.some(({ isBusy }) => isBusy)
  }

  /** The step at which the longest sync under way began. */
  get busySince(): number {
    return Math.min(...this.#all.map(({ isBusy, began }) => (isBusy ? began : Number.MAX_SAFE_INTEGER)))
  }

  /** Everybody starts anew, where they stand. */
  startAnew(): void {
    for (const { id } of this.#all) this.#stage.scheduler.kill(id)
    this.#all = [this.#newWorker(), this.#newWorker()]
  }

  start(worker: Worker, groupId: string): void {
    const { scheduler, coverage, random } = this.#stage
    worker.isBusy = true
    this.#stage.sleepers.delete(worker.id)
    worker.began = scheduler.steps
    worker.lastRun = undefined
    const ended = (what: string) => {
      worker.isBusy = false
      this.#stage.tell(`worker ${worker.id}: ${what}`)
    }
    if (this.#stage.deliveries) {
      this.#deliver(worker, groupId, this.#stage.deliveries).then(ended)
      return
    }
    const user = this.#stage.user(worker.id)
    this.#stage.tell(`worker ${worker.id} syncs ${groupId}`)
    user.groups.sync(groupId).then(
      (run) => {
        worker.lastRun = run
        coverage.saw('run', run.end)
        if (run.end === 'busy') worker.restsUntil = this.#stage.now + 5_000 + random.below(15_000)
        ended(`${run.end} ${JSON.stringify(run.counts)}`)
      },
      (error: unknown) => {
        if (!isSyncError(error) || error.code === 'invalid_input')
          this.#stage.complain({
            invariant: 'I7 idempotence',
            what: `threw ${String(error)} ${(error as Error)?.stack ?? ''}`,
          })
        coverage.saw('run', isSyncError(error) ? error.code : 'broken')
        ended(isSyncError(error) ? error.code : String(error))
      },
    )
  }

  /** Has a worker do a job, which may be another worker's, or long done. */
  async #deliver(worker: Worker, groupId: string, deliveries: Deliveries): Promise<string> {
    const handler = await this.#stage.handler(worker.id)
    const job = deliveries.handOut(groupId, this.#stage.now)
    this.#stage.tell(`worker ${worker.id} is given ${job.key} as ${job.urgency} ${JSON.stringify(job.data)}`)
    const end = await handler(job, new AbortController().signal)
    deliveries.take(job, end, this.#stage.now)
    if ('failure' in end && (end.type === 'dead' || !isTrouble(end.failure)))
      this.#stage.complain({
        invariant: 'I7 idempotence',
        what: `a job is ${end.type} of ${JSON.stringify(end.failure)}`,
      })
    if (end.type === 'again' && end.at - this.#stage.now < 30_000) worker.restsUntil = end.at
    return JSON.stringify(end)
  }

  crash(id: number): void {
    if (!this.#all.some((worker) => worker.id === id)) return
    this.#stage.scheduler.kill(id)
    this.crashes++
    this.#stage.tell(`worker ${id} crashes`)
    this.#all = [...this.#all.filter((worker) => worker.id !== id), this.#newWorker()]
  }

  /** Everybody wakes up and ends what they are at; in a crash sweep one may die of it. */
  async end(): Promise<void> {
    const { scheduler, options } = this.#stage
    scheduler.wakeAll()
    for (let picked = await scheduler.step(); picked; picked = await scheduler.step()) {
      this.#stage.now += 50
      if (options.crashAtStep === scheduler.steps) this.crash(picked.worker)
    }
  }

  #newWorker(): Worker {
    return { id: this.#stage.workersMade++, isBusy: false, restsUntil: 0, began: 0, lastRun: undefined }
  }
}

/** What a job may fail of while the storage does. */
function isTrouble({ code, reason }: Failure): boolean {
  return reason !== 'UNEXPECTED' && code !== 'invalid_input'
}
