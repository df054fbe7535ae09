import { MemoryService } from '../../src/providers/memory/index.js'
import { Random } from '../../src/testing/sim/random.js'
import { type PostgresServer, startPostgres } from '../servers/postgres-server.js'
import { serveCalendars } from './calendar-server.js'
import { Crew } from './crew.js'
import { Desk } from './desk.js'
import { judge, type Verdict } from './judge.js'
import { accountOf, People } from './people.js'
import type { WorkerCounts } from './worker.js'

export interface ScaleOptions {
  readonly users: number
  readonly workers: number
  /** What people do while the workers are at it. */
  readonly edits: number
  readonly seed: number
  /** Nothing goes wrong: for measuring. */
  readonly calm: boolean
  readonly tell: (line: string) => void
}

export interface ScaleResult {
  readonly users: number
  readonly workers: number
  readonly calendars: number
  readonly events: number
  readonly edits: number
  readonly kills: number
  readonly pauses: number
  readonly restarts: number
  readonly counts: Omit<WorkerCounts, 'owner'>
  readonly calls: number
  /** Until the first copies of everything stood everywhere. */
  readonly firstSyncMs: number
  /** From the last edit until all calendars of everybody showed the same. */
  readonly convergedMs: number
  readonly verdict: Verdict
}

const calendarsEach = 3
const eventsEach = 4
const leaseMs = 3_000

/** Weaves everybody's calendars together, lets people edit and things break, and looks whether all is well at the end. */
export async function scale(options: ScaleOptions): Promise<ScaleResult> {
  const { users, workers, tell } = options
  const random = new Random(options.seed)
  const service = new MemoryService()
  const people = new People(service, random)
  for (let user = 0; user < users; user++) {
    for (let n = 0; n < calendarsEach; n++) service.addCalendar({ id: `cal-${n}` }, accountOf(user))
    for (let n = 0; n < eventsEach; n++) people.add(user)
  }
  const weather = new Random(options.seed + 1)
  let isCalm = true
  const server = await serveCalendars(service, async ({ phase }) => {
    // As far away as a service usually is: so that whoever is killed or paused is in the middle of something.
    if (!isCalm && phase === 'before') await new Promise((resolve) => setTimeout(resolve, 30))
    if (isCalm || !weather.chance(phase === 'before' ? 0.01 : 0.005)) return 'ok'
    return phase === 'before' && weather.chance(0.3)
      ? { code: 'rate_limited', retryAfterMs: 200 }
      : { code: 'unavailable' }
  })
  const database = await startPostgres()
  const desk = Desk.open(database.url, server.url)
  try {
    await desk.weave(users)
    tell(`${users} users are connected`)
    isCalm = options.calm
    const startedAt = performance.now()
    const crew = await Crew.of(workers, {
      database: database.url,
      calendars: server.url,
      leaseMs,
      concurrency: 8,
      lookEveryMs: 1_000,
    })
    try {
      const look = async () => judge(service, users, people, await desk.logged())
      await until(async () => (await look()).apart.length === 0, 300_000, tell)
      const firstSyncMs = Math.round(performance.now() - startedAt)
      tell(`first copies stand everywhere after ${firstSyncMs} ms`)
      const broken = await live(options, { random, people, crew, database, desk })
      const editedAt = performance.now()
      await desk.syncAll(users)
      await until(async () => (await look()).apart.length === 0, 300_000, tell)
      const convergedMs = Math.round(performance.now() - editedAt)
      return {
        users,
        workers,
        calendars: users * calendarsEach,
        events: people.made.size,
        edits: options.edits,
        ...broken,
        counts: crew.counts,
        calls: server.calls,
        firstSyncMs,
        convergedMs,
        verdict: await look(),
      }
    } finally {
      await crew.leave()
    }
  } finally {
    await desk.close()
    await Promise.all([server.stop(), database.stop()])
  }
}

/** People edit, their calendars tell of most of it, and everything breaks now and then. */
async function live(
  { edits, users, workers, calm, tell }: ScaleOptions,
  scene: {
    readonly random: Random
    readonly people: People
    readonly crew: Crew
    readonly database: PostgresServer
    readonly desk: Desk
  },
): Promise<{ readonly kills: number; readonly pauses: number; readonly restarts: number }> {
  const { random, people, crew, database, desk } = scene
  const broken = { kills: 0, pauses: 0, restarts: 0 }
  const under: Promise<unknown>[] = []
  for (let edit = 0; edit < edits; edit++) {
    const user = random.below(users)
    people.act(user)
    if (random.chance(0.8)) under.push(desk.told(user))
    if (edit % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 100))
    if (calm) continue
    if (random.chance(10 / edits)) {
      broken.kills++
      crew.kill(random.below(workers))
    }
    if (random.chance(8 / edits)) {
      broken.pauses++
      under.push(crew.pause(random.below(workers), leaseMs * 2))
    }
    if (edit === Math.floor(edits / 2)) {
      broken.restarts++
      tell('the database goes down')
      under.push(outage(database, 2_000))
    }
  }
  await Promise.all(under)
  tell(
    `${edits} edits, ${broken.kills} workers killed, ${broken.pauses} paused, ${broken.restarts} restarts of the database`,
  )
  return broken
}

async function outage(database: PostgresServer, ms: number): Promise<void> {
  await database.kill()
  await new Promise((resolve) => setTimeout(resolve, ms))
  await database.start()
}

/** Asks again and again, less and less often. Goes on after `mostMs`, so that the judge says what is wrong. */
async function until(isDone: () => Promise<boolean>, mostMs: number, tell: (line: string) => void): Promise<void> {
  const end = performance.now() + mostMs
  while (!(await isDone())) {
    if (performance.now() > end) return tell(`not after ${mostMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
