import { type ChildProcess, fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from './postgres-server.js'
import { type OpenQueue, openQueue, type QueueKind } from './queue.js'
import type { QueueWorkerInput } from './queue-worker.js'
import { startTimeoutMs } from './real-server.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const bundle = `${root}node_modules/.cache/calweave-queue-worker-${process.pid}.mjs`

let database: PostgresServer

beforeAll(async () => {
  database = await startPostgres()
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const
  await build({ entryPoints: [`${root}test/servers/queue-worker.ts`], outfile: bundle, ...options })
}, startTimeoutMs)
afterAll(async () => {
  await database.stop()
  await rm(bundle, { force: true })
})

describe.each<QueueKind>(['in-process', 'pg-boss'])('worker processes on one PostgreSQL, %s', (kind) => {
  test('that are killed again and again do every job at least once, and lose none', async () => {
    const { queue, crew, done, close } = await staffed({ kind, name: `killed_${kind.slice(0, 2)}`, jobMs: 80 }, 3)
    const [jobs, kills] = [300, 5]
    await enqueue(queue, jobs, (n) => `tenant ${n % 30}`)
    for (let kill = 0; kill < kills; kill++) {
      await wait(600)
      await crew.kill(kill % 3)
    }
    await until(async () => new Set((await done()).map(({ key }) => key)).size === jobs, 120_000)
    // What a dead worker had done and not ended is done once more, and then the queue is empty.
    await until(async () => {
      const { waiting, running } = await queue.scheduler.depth()
      return waiting + running === 0
    }, 60_000)
    const keys = (await done()).map(({ key }) => key)
    expect(new Set(keys).size).toBe(jobs)
    expect((await queue.scheduler.depth()).dead).toBe(0)
    // Only what was under way when somebody was killed can have been done twice: four jobs each.
    expect(keys.length - jobs).toBeLessThanOrEqual(kills * 4)
    await close()
  }, 300_000)

  test('do what others wait for while one tenant has hundreds of jobs', async () => {
    const { queue, crew, done, close } = await staffed({ kind, name: `noisy_${kind.slice(0, 2)}`, jobMs: 60 }, 0)
    const [noisy, quiet] = [400, 20]
    await enqueue(queue, noisy, () => 'noisy')
    await crew.hire(3)
    await enqueue(queue, quiet, (n) => `quiet ${n}`, 'quiet')
    const before = (await done()).length
    await until(async () => (await done()).length >= noisy + quiet, 200_000)
    const order = (await done()).map(({ tenant }) => tenant)
    expect(order).toHaveLength(noisy + quiet)
    expect(before).toBeLessThan(noisy / 2)
    // The noisy one has one worker of four at each process, and not all of them.
    expect(order.findLastIndex((tenant) => tenant !== 'noisy') - before).toBeLessThan(noisy / 4)
    await close()
  }, 300_000)
})

/** A queue with so many processes that work at it, each replaced when it is killed. */
async function staffed(given: Omit<QueueWorkerInput, 'database'>, size: number) {
  const input: QueueWorkerInput = { ...given, database: database.url }
  const queue = await openQueue(input, false)
  await queue.pool.query(`CREATE TABLE ${input.name}_done (n serial, key text, tenant text)`)
  // Whoever is first makes the tables of the queue.
  await queue.scheduler.depth()
  const members = await Promise.all(Array.from({ length: size }, () => hired(input)))
  return {
    queue,
    crew: {
      async hire(count: number): Promise<void> {
        members.push(...(await Promise.all(Array.from({ length: count }, () => hired(input)))))
      },
      async kill(index: number): Promise<void> {
        members[index]?.kill('SIGKILL')
        members[index] = await hired(input)
      },
    },
    done: () => doneOf(queue.pool, input.name),
    async close(): Promise<void> {
      for (const member of members) member.kill('SIGKILL')
      await queue.close()
    },
  }
}

function hired(input: QueueWorkerInput): Promise<ChildProcess> {
  const child = fork(bundle, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  child.send(input)
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child))
    child.once('exit', (code) => reject(new Error(`A worker ended with ${code} before it was ready.`)))
  })
}

async function enqueue(
  { scheduler }: OpenQueue,
  count: number,
  tenantOf: (n: number) => string,
  prefix = 'job',
): Promise<void> {
  const at = Date.now()
  for (let n = 0; n < count; n++)
    await scheduler.enqueue({
      ...{ key: `${prefix}/${n}`, tenant: tenantOf(n), kind: 'test', data: n },
      ...{ urgency: 'schedule', at },
    })
}

async function doneOf(pool: pg.Pool, name: string) {
  const { rows } = await pool.query<{ key: string; tenant: string }>(`SELECT key, tenant FROM ${name}_done ORDER BY n`)
  return rows
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(isSo: () => Promise<boolean>, mostMs: number): Promise<void> {
  const end = Date.now() + mostMs
  while (!(await isSo()) && Date.now() < end) await wait(250)
}
