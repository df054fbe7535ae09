import { writeSync } from 'node:fs'
import { isSyncError } from '../../../src/errors.js'
import type { UserId } from '../../../src/model/ids.js'
import { sqliteStorage } from '../../../src/storage/sqlite/index.js'
import type { RecordChange } from '../../../src/storage/storage.js'

/**
 * A process of its own that works on a database until it is killed or done. Every line that it prints is said after
 * the storage has said it: `writeSync`, because a pipe that is flushed later would lie about a process that was killed.
 */

const [role = '', path = '', name = ''] = process.argv.slice(2)
const user = 'ann' as UserId
const storage = sqliteStorage({ path })

if (role === 'batches') await commitBatches()
if (role === 'claims') await claimAll()
if (role === 'fenced') await countUnderLease()
await storage.close()

/** Batch after batch; batch n brings all of 20 records to version n, and replaces one that only batch n has. */
async function commitBatches(): Promise<void> {
  say('ready')
  const cursor = await storage.get(user, 'calendar', 'cursor')
  for (let batch = (cursor?.version ?? 0) + 1; ; batch++) {
    const changes: RecordChange[] = Array.from({ length: 20 }, (_, at) => ({
      op: 'put',
      collection: 'event',
      id: `r/${at}`,
      value: { batch, filler: 'x'.repeat(1_500 + ((batch * 37) % 500)) },
      keys: { due: String(batch).padStart(9, '0') },
      expected: batch - 1,
    }))
    changes.push({ op: 'put', collection: 'run', id: `only/${batch}`, value: batch, expected: 0 })
    if (batch > 1) changes.push({ op: 'remove', collection: 'run', id: `only/${batch - 1}`, expected: 1 })
    changes.push({ op: 'put', collection: 'calendar', id: 'cursor', value: batch, expected: batch - 1 })
    await storage.commit(user, { changes })
    say(`${batch}`)
  }
}

/** Tries to get each of 300 leases, which another process tries as well. */
async function claimAll(): Promise<void> {
  for (let at = 0; at < 300; at++) {
    const lease = await storage.claim(user, `lease/${at}`, name, 60_000, Date.now())
    if (lease) say(`${at}`)
  }
}

/** Writes 100 entries of a log that another process writes too, each under a lease that is short enough to be lost. */
async function countUnderLease(): Promise<void> {
  await storage.commit(user, { changes: [{ op: 'put', collection: 'group', id: name, value: null }] })
  await until(async () => (await storage.list(user, 'group', { limit: 2 })).records.length === 2)
  let patience = 4
  for (let written = 0; written < 100; ) {
    const lease = await storage.claim(user, 'log', name, 2, Date.now())
    if (!lease) {
      await pause(1)
      continue
    }
    const head = await storage.get(user, 'calendar', 'head')
    // Sometimes long enough that the other one may take over, and a few times until it did.
    if (Math.random() < 0.15) await pause(4)
    if (written >= 10 && patience-- > 0) await until(async () => (await tokenAtHead()) > lease.token)
    const version = head?.version ?? 0
    const entry = { token: lease.token, owner: name }
    try {
      await storage.commit(user, {
        leases: [lease],
        changes: [
          { op: 'put', collection: 'calendar', id: 'head', value: entry, expected: version },
          { op: 'put', collection: 'run', id: String(version).padStart(6, '0'), value: entry, expected: 0 },
        ],
      })
      written++
      say('written')
    } catch (error) {
      if (!isSyncError(error, 'lease_lost')) throw error
      say('lost')
    }
  }
}

async function tokenAtHead(): Promise<number> {
  const head = await storage.get(user, 'calendar', 'head')
  return (head?.value as { token: number } | undefined)?.token ?? 0
}

/** Waits, but not for ever: the other process may wait as well, or be done. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await isSo()); tries++) await pause(2)
}

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
