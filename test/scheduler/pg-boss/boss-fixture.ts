import { type ConstructorOptions, PgBoss, TestClock } from 'pg-boss'
import { pgBossScheduler } from '../../../src/scheduler/pg-boss/index.js'
import type { Scheduler } from '../../../src/scheduler/scheduler.js'
import type { SchedulerFixture } from '../../../src/testing/scheduler-fixture.js'
import { settle } from '../virtual-time.js'

/** pg-boss on a clock that is moved by hand: its own timers and PostgreSQL's time follow it. */
export interface BossWorld {
  readonly clock: TestClock
  /** The pg-boss of process n. */
  boss(n: number): Promise<PgBoss>
  close(): Promise<void>
}

export function bossWorld(connection: (n: number) => ConstructorOptions): BossWorld {
  const clock = new TestClock(Date.UTC(2026, 10, 2, 9))
  const bosses: Promise<PgBoss>[] = []
  return {
    clock,
    boss(n) {
      bosses[n] ??= start({
        ...connection(n),
        clock,
        schedule: false,
        registerInstance: false,
        monitorVacuum: false,
        // One supervisor is enough, and nothing but looking for dead workers is wanted of it.
        ...{ supervise: n === 0, superviseIntervalSeconds: 20, monitorIntervalSeconds: 20 },
        maintenanceIntervalSeconds: 86_400,
      })
      return bosses[n]
    },
    async close() {
      for (const boss of bosses) await (await boss).stop({ graceful: false, close: true })
    },
  }
}

/** A queue of its own in a database that many tests share. */
export function bossFixture({ clock, boss }: BossWorld, queue: string, processes: number): SchedulerFixture {
  const schedulers: Scheduler[] = []
  let isClosing = false
  const pass = async (ms: number) => {
    await settleAll()
    // Of a long time most is slept through, as by a machine that was suspended.
    const slept = Math.max(0, ms - 600_000)
    if (slept > 0) await clock.setTime(clock.now() + slept)
    // Handlers and what they enqueue come to their turn between two steps.
    for (let left = ms - slept; left > 0; left -= 5_000) {
      await clock.tick(Math.min(left, 5_000))
      await settleAll()
    }
  }
  const settleAll = async () => {
    for (let round = 0; round < 6; round++) {
      await settle()
      await clock.tick(0)
    }
  }
  return {
    now: () => clock.now(),
    pass,
    async open() {
      let isFrozen = false
      const scheduler = pgBossScheduler({
        boss: await boss(schedulers.length % processes),
        queue,
        pollMs: 5_000,
        now: () => clock.now(),
        setTimer: (run, ms) => {
          const timer = clock.setTimeout(() => (isFrozen && !isClosing ? undefined : run()), ms)
          return () => clock.clearTimeout(timer)
        },
      })
      schedulers.push(scheduler)
      return {
        scheduler,
        freeze: () => {
          isFrozen = true
        },
      }
    },
    async close() {
      isClosing = true
      const stopping = Promise.all(schedulers.map((scheduler) => scheduler.stop({ withinMs: 0 })))
      await pass(10)
      await stopping
    },
  }
}

async function start(options: ConstructorOptions): Promise<PgBoss> {
  const boss = new PgBoss(options)
  boss.on('error', (error) => {
    throw error
  })
  await boss.start()
  return boss
}
