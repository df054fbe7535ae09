import type { StartOptions } from '../../src/engine/jobs/worker.js'
import type { Job, JobEnd } from '../../src/scheduler/scheduler.js'
import { type ManualScheduler, manualScheduler } from '../../src/testing/manual-scheduler.js'
import { type World, type WorldOptions, world } from './world.js'

/** A world whose engine has a queue that works when the test says so. */
export interface Working {
  readonly w: World
  readonly scheduler: ManualScheduler
  /** The jobs that wait, as `key urgency seconds from now`. */
  waiting(): readonly string[]
  /** Lets time pass, and everything be done that is due by then; returns the keys of what was done. */
  pass(ms: number): Promise<readonly string[]>
  /** The next time of the group's job, in milliseconds from now. */
  wait(): number
}

export const groupJob = 'sync/user_1/group'

export async function working(options: WorldOptions = {}, start?: StartOptions | false): Promise<Working> {
  const clock = { now: () => 0 }
  const scheduler = manualScheduler({ now: () => clock.now() })
  const w = await world({ ...options, engine: { scheduler, ...options.engine } })
  clock.now = () => w.clock.now
  if (start !== false) await w.engine.start(start)
  const waiting = () =>
    scheduler.waiting().map(({ key, urgency, at }) => `${key} ${urgency} ${Math.round((at - w.clock.now) / 1_000)}`)
  return {
    w,
    scheduler,
    waiting,
    async pass(ms) {
      w.clock.now += ms
      return (await scheduler.work()).map(({ job }) => job.key)
    },
    wait() {
      const job = scheduler.waiting().find(({ key }) => key === groupJob)
      if (!job) throw new Error(`the group has no job: ${waiting().join(', ')}`)
      return job.at - w.clock.now
    },
  }
}

/** What the last job of the group came to. */
export function lastOf(done: readonly { readonly job: Job; readonly end: JobEnd }[], key: string = groupJob): JobEnd {
  const found = done.findLast(({ job }) => job.key === key)
  if (!found) throw new Error(`${key} was not worked at`)
  return found.end
}
