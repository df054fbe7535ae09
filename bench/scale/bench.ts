import { Random } from '../../src/testing/sim/random.js'
import { serveCalendars } from '../../test/scale/calendar-server.js'
import { Crew } from '../../test/scale/crew.js'
import { Desk, groupId, userOf } from '../../test/scale/desk.js'
import { accountOf } from '../../test/scale/people.js'
import { startPostgres } from '../../test/servers/postgres-server.js'
import { rounded } from '../measure.js'
import { connections, type Done, postmasterOf, type Statement, settings, sizes, statements, watch } from './database.js'
import { type Kind, Load } from './load.js'
import { plansOfSync } from './plans.js'
import { type ProcessorTimes, processorTimes } from './processes.js'
import { Town } from './town.js'

export interface ScaleOptions {
  /** Synced events in the database, one size after the other, smallest first. */
  readonly events: string
  /** How many worker processes, one crew after the other. */
  readonly workers: string
  /** `plain`, `named` or both: whether connections remember the plans of statements. */
  readonly statements: string
  /** Events of each user. */
  readonly each: string
  readonly edits: string
  readonly quiet: string
  /** How many people wait at any time. */
  readonly atOnce: string
  /** How long people edit at a pace, in seconds. */
  readonly seconds: string
}

/** How long a worker holds what it has, and how many groups it syncs at once. */
const crewInput = { leaseMs: 30_000, concurrency: 8, lookEveryMs: 200 } as const

/** Throughput by the number of workers and the size of the database, and what each statement costs at each size. */
export async function scaleBench(options: ScaleOptions): Promise<readonly object[]> {
  const sizesWanted = options.events.split(',').map(Number)
  const crews = options.workers
    .split(',')
    .flatMap((workers) => options.statements.split(',').map((kind) => ({ workers: Number(workers), kind })))
  const [each, atOnce] = [Number(options.each), Number(options.atOnce)]
  // Somebody has to be free for the next edit.
  if (Math.min(...sizesWanted) / each < atOnce * 1.5)
    throw new Error('There are too few users for so many at once: more --events, fewer --each, or a smaller --atOnce.')
  const random = new Random(1)
  const town = new Town(each)
  const load = new Load(town, random)
  const server = await serveCalendars(town.service, load.gate)
  const database = await startPostgres(settings)
  const desk = Desk.open(database.url, server.url)
  const results: object[] = []
  const told = new Map<number, ReadonlyMap<string, Statement>>()
  let pace: number | undefined
  try {
    await town.found(desk)
    const postmaster = await postmasterOf(desk.pool)
    for (const events of sizesWanted) {
      const startedAt = performance.now()
      await town.grow(desk, Math.round(events / each))
      const filledMs = Math.round(performance.now() - startedAt)
      const about = { events: town.events, users: town.users }
      console.error(`${about.events} events of ${about.users} users are there after ${filledMs} ms`)
      results.push({ part: 'size', ...about, filledMs, ...bytesOf(await sizes(desk.pool), town.events) })
      for (const crewOf of crews) {
        const { workers, kind } = crewOf
        const input = { database: database.url, calendars: server.url, ...crewInput, named: kind === 'named' }
        const crew = await Crew.of(workers, input)
        try {
          const sweepMs = crewOf === crews[0] ? await swept(desk) : await unswept(desk)
          const measure = (work: () => Promise<number>) =>
            measured(desk, () => processorTimes(crew.pids, postmaster), work)
          const goes = (kind: Kind, count: string) =>
            measure(() => load.asFastAsItGoes(desk, kind, Number(count), atOnce))
          await load.asFastAsItGoes(desk, 'edit', atOnce, atOnce) // whoever starts is slow
          const edits = await goes('edit', options.edits)
          if (crewOf === crews[0]) told.set(events, byId(await statements(desk.pool)))
          const quiet = await goes('quiet', options.quiet)
          pace ??= rounded(edits.perSecond / 2)
          const delays = await load.atPace(desk, 'edit', pace, Number(options.seconds))
          const row = {
            ...{ part: 'throughput', ...about, workers, statements: kind, sweepMs, edits, quiet },
            paced: {
              perSecond: pace,
              edits: delays.length,
              p50Ms: quantile(delays, 0.5),
              p95Ms: quantile(delays, 0.95),
            },
            connections: await connections(desk.pool),
            runs: crew.counts,
          }
          results.push(row)
          console.error(
            `${workers} workers, ${kind} statements: ${edits.perSecond} edits/s, ${quiet.perSecond} quiet syncs/s, at ${pace}/s p50 ${row.paced.p50Ms} ms, p95 ${row.paced.p95Ms} ms; busy ${JSON.stringify(edits.busy)}`,
          )
        } finally {
          await crew.leave()
        }
      }
      const someone = 1 + random.below(town.users - 1)
      const plans = await plansOfSync(desk.pool, server.url, someone, () => {
        const calendar = town.service.calendar('cal-0', accountOf(someone))
        calendar.edit(calendar.all()[0]?.id ?? '', { title: 'Edited once more' })
      })
      results.push({ part: 'plans', ...about, plans })
      results.push({ part: 'verified', ...about, ...(await verified(desk, random, town.users, 20)) })
    }
    results.push({ part: 'statements', ...growth(told) })
    return results
  } finally {
    await desk.close()
    await Promise.all([server.stop(), database.stop()])
  }
}

/** The first job of a worker that starts is a walk over all users. Waits until that is over, and says how long it took. */
async function swept(desk: Desk): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const job = await desk.scheduler.get('sweep')
    if (job && job.at > Date.now() + 3_600_000) return Math.round(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A crew that starts where another one has just been need not walk. */
async function unswept(desk: Desk): Promise<undefined> {
  while (await desk.scheduler.get('sweep')) {
    await desk.scheduler.cancel('sweep')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

interface Measured {
  readonly perSecond: number
  /** Processors that were busy, by who was. `others`: programs that have nothing to do with this. */
  readonly busy: Readonly<Record<'fakes' | 'workers' | 'database' | 'others' | 'idle', number>>
  /** For each sync. */
  readonly each: Readonly<
    Record<'walBytes' | 'rowsWritten' | 'statements' | 'planMs' | 'doMs' | 'workerCpuMs' | 'databaseCpuMs', number>
  >
  readonly hotShare: number
  readonly wholeTables: Done['wholeTables']
}

async function measured(desk: Desk, times: () => ProcessorTimes, work: () => Promise<number>): Promise<Measured> {
  const stop = await watch(desk.pool)
  const before = times()
  const startedAt = performance.now()
  const perSecond = await work()
  const seconds = (performance.now() - startedAt) / 1_000
  const after = times()
  const done = await stop()
  const count = perSecond * seconds
  const spent = (who: keyof ProcessorTimes) => after[who] - before[who]
  const busy = (ms: number) => rounded(ms / 1_000 / seconds)
  const others = spent('machine') - spent('idle') - spent('fakes') - spent('workers') - spent('database')
  return {
    perSecond: rounded(perSecond),
    busy: {
      fakes: busy(spent('fakes')),
      workers: busy(spent('workers')),
      database: busy(spent('database')),
      others: busy(Math.max(0, others)),
      idle: busy(spent('idle')),
    },
    each: {
      walBytes: rounded(done.walBytes / count),
      rowsWritten: rounded(done.rowsWritten / count),
      statements: rounded(done.statements / count),
      planMs: rounded(done.planMs / count),
      doMs: rounded(done.doMs / count),
      workerCpuMs: rounded(spent('workers') / count),
      databaseCpuMs: rounded(spent('database') / count),
    },
    hotShare: rounded(done.hotUpdates / done.updates),
    wholeTables: done.wholeTables,
  }
}

/** Samples of users, each event of whom is read anew and compared with what it should be. */
async function verified(desk: Desk, random: Random, users: number, samples: number) {
  const sum = { samples, copies: 0, accurate: 0 }
  for (let sample = 0; sample < samples; sample++) {
    const { copies, accurate } = await desk.engine.user(userOf(random.below(users))).groups.verify(groupId)
    sum.copies += copies
    sum.accurate += accurate
  }
  return sum
}

function bytesOf(tables: Awaited<ReturnType<typeof sizes>>, events: number) {
  const all = Object.values(tables).reduce((sum, { rows, indices }) => sum + rows + indices, 0)
  return { bytesPerEvent: rounded(all / events), tables }
}

function byId(all: readonly Statement[]): ReadonlyMap<string, Statement> {
  return new Map(all.map((statement) => [statement.id, statement]))
}

/** Every statement of the edits, at the smallest size and at the largest. */
function growth(told: ReadonlyMap<number, ReadonlyMap<string, Statement>>) {
  const [from = 0, to = 0] = [Math.min(...told.keys()), Math.max(...told.keys())]
  const grown = [...(told.get(to)?.values() ?? [])].flatMap((large) => {
    const small = told.get(from)?.get(large.id)
    if (!small || small.calls < 20 || large.calls < 20) return []
    const { text, isNested, calls, rows } = large
    const pair = (name: 'pages' | 'meanMs' | 'planMs') => [rounded(small[name]), rounded(large[name])]
    return {
      text,
      isNested,
      calls,
      rows: rounded(rows),
      pages: pair('pages'),
      meanMs: pair('meanMs'),
      planMs: pair('planMs'),
    }
  })
  return { from, to, grown }
}

function quantile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)
}
