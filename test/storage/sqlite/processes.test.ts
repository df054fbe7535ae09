import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { UserId } from '../../../src/model/ids.js'
import { sqliteStorage } from '../../../src/storage/sqlite/index.js'
import { removeTemporaryFiles, temporaryFile } from '../storages.js'

afterAll(removeTemporaryFiles)

const user = 'ann' as UserId

test('a process killed in the middle of batches leaves every acknowledged batch whole and no other by half', async () => {
  const path = temporaryFile()
  let before = 0
  for (let round = 0; round < 8; round++) {
    const worker = start('batches', path)
    await worker.until((lines) => lines.length > 3)
    await pause(Math.random() * 60)
    const lines = await worker.kill()
    const acknowledged = Number(lines.at(-1))
    expect(acknowledged).toBeGreaterThan(before)
    before = await expectWhole(path)
    // The process may have died between the commit and the word about it.
    expect([acknowledged, acknowledged + 1]).toContain(before)
  }
}, 60_000)

test('a process killed while it makes the database leaves one that can be used', async () => {
  for (let round = 0; round < 8; round++) {
    const path = temporaryFile()
    const worker = start('batches', path)
    await worker.until((lines) => lines.length > 0)
    await pause(Math.random() * 12)
    const lines = await worker.kill()
    const batches = await expectWhole(path)
    expect(batches).toBeGreaterThanOrEqual(lines.length - 1)
  }
}, 60_000)

test('of two processes that race for leases on a new file, one gets each', async () => {
  const path = temporaryFile()
  const workers = [start('claims', path, 'w1'), start('claims', path, 'w2')]
  const [first = [], second = []] = await Promise.all(workers.map((worker) => worker.done()))
  const all = [...first, ...second].map(Number).sort((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: 300 }, (_, at) => at))
}, 60_000)

test('two processes that take a lease from each other write one after the other, never under a token that has passed on', async () => {
  const path = temporaryFile()
  const workers = [start('fenced', path, 'w1'), start('fenced', path, 'w2')]
  const said = await Promise.all(workers.map((worker) => worker.done()))
  expect(said.flat().filter((line) => line === 'written')).toHaveLength(200)
  expect(said.flat()).toContain('lost') // else nothing was fenced and this test proved nothing

  const storage = sqliteStorage({ path })
  const { records } = await storage.list(user, 'run', { limit: 1_000 })
  expect(records).toHaveLength(200)
  const entries = records.map(({ value }) => value as { token: number; owner: string })
  for (const [at, entry] of entries.entries()) {
    const earlier = entries[at - 1]
    if (!earlier) continue
    expect(entry.token).toBeGreaterThanOrEqual(earlier.token)
    if (entry.token === earlier.token) expect(entry.owner).toBe(earlier.owner)
  }
  await storage.close()
}, 60_000)

/** Looks whether the database is as after a whole number of batches, and says how many. */
async function expectWhole(path: string): Promise<number> {
  const storage = sqliteStorage({ path })
  const cursor = await storage.get(user, 'calendar', 'cursor')
  const batch = cursor?.version ?? 0
  const { records } = await storage.list(user, 'event', { limit: 1_000 })
  const due = await storage.list(user, 'event', { index: 'due', limit: 1_000 })
  const only = await storage.list(user, 'run', { limit: 1_000 })
  await storage.close()

  expect(cursor?.value).toBe(batch === 0 ? undefined : batch)
  expect(records).toHaveLength(batch === 0 ? 0 : 20)
  expect(due.records).toHaveLength(records.length)
  for (const { version, value } of records) {
    expect(version).toBe(batch)
    expect((value as { batch: number }).batch).toBe(batch)
  }
  expect(only.records).toEqual(batch === 0 ? [] : [{ id: `only/${batch}`, version: 1, value: batch }])

  const database = new DatabaseSync(path)
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
  return batch
}

interface Worker {
  /** Waits until what was said satisfies `isEnough`. */
  until(isEnough: (lines: readonly string[]) => boolean): Promise<void>
  /** Ends it as a power cut would, for the process. @returns the whole lines that it said. */
  kill(): Promise<readonly string[]>
  /** Waits for its own end. */
  done(): Promise<readonly string[]>
}

function start(...args: readonly string[]): Worker {
  const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    ['--no-warnings', '--import', file('./typescript-hooks.mjs'), file('./worker.ts'), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  let problems = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    problems += chunk
  })
  const closed = once(child, 'close')
  const lines = () => out.split('\n').slice(0, -1)
  const check = () => expect(problems, 'the worker failed').toBe('')
  return {
    async until(isEnough) {
      while (!isEnough(lines())) {
        check()
        await Promise.race([once(child.stdout, 'data'), closed])
        expect(child.exitCode, problems).toBeNull()
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
      check()
      return lines()
    },
    async done() {
      await closed
      check()
      expect(child.exitCode).toBe(0)
      return lines()
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
