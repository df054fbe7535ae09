import type { Job, JobEnd, NewJob, Scheduler, WorkOptions } from '../scheduler/scheduler.js'
import { check } from './contract.js'

/** One queue, with a clock that is moved by hand, for {@link schedulerContract}. */
export interface SchedulerFixture {
  /** A scheduler on this queue, as another process would have. */
  open(): Promise<SchedulerProcess>
  /** The clock that the queue and its schedulers go by, in milliseconds since 1970. */
  now(): number
  /** Lets so much time pass for all of them, and waits until what falls due has happened. */
  pass(ms: number): Promise<void>
  /** Takes everything down, also what is still under way. */
  close(): Promise<void>
}

/** A scheduler with a process around it. */
export interface SchedulerProcess {
  readonly scheduler: Scheduler
  /** From now on no timer of this process goes off, so that nothing is heard of it. What is under way can still end. */
  freeze(): void
}

/** After so long without a sign of life a worker of the contract counts as dead. */
export const silenceMs = 30_000

/** Time enough for others to notice that a worker is dead, with what a queue adds to that. */
export const longSilenceMs = 150_000

/** A worker that writes down what it was given. */
export interface Worker extends SchedulerProcess {
  readonly seen: Job[]
}

/** What to answer the n-th time (from 1) that any job is handed out. */
type Answer = (job: Job, count: number, signal: AbortSignal) => JobEnd | Promise<JobEnd>

export async function worker(
  fixture: SchedulerFixture,
  answer: Answer = () => ({ type: 'done' }),
  options: WorkOptions = {},
): Promise<Worker> {
  const opened = await fixture.open()
  const seen: Job[] = []
  await opened.scheduler.start(
    async (job, signal) => {
      seen.push(job)
      return answer(job, seen.length, signal)
    },
    { silenceMs, perTenant: options.concurrency ?? 4, ...options },
  )
  await fixture.pass(0)
  return { ...opened, seen }
}

export const newJob = (key: string, at: number, rest: Partial<NewJob> = {}): NewJob => ({
  ...{ key, tenant: 'ann', kind: 'sync', data: null, urgency: 'schedule', at },
  ...rest,
})

export const keysOf = (jobs: readonly Job[]): string[] => jobs.map(({ key }) => key)

/** Something that stays open until it is opened or closed by hand. */
export interface Gate {
  readonly passed: Promise<JobEnd>
  open(end: JobEnd): void
}

export function gate(): Gate {
  let open: Gate['open'] = () => undefined
  const passed = new Promise<JobEnd>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** Waits until something holds, in steps of a second, and fails with `claim` when it does not in time. */
export async function until(fixture: SchedulerFixture, ms: number, holds: () => boolean, claim: string): Promise<void> {
  for (let waited = 0; waited <= ms && !holds(); waited += 1_000) await fixture.pass(1_000)
  check(holds(), claim)
}
