import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verifyAudit } from '../../src/engine/audit-check.js'
import { ChainWriter, noted } from '../../src/engine/chain.js'
import { readAll } from '../../src/engine/records.js'
import { isSyncError, SyncError } from '../../src/errors.js'
import type { AuditEntry, AuditNote } from '../../src/model/audit.js'
import type { GroupId, UserId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Batch, Storage } from '../../src/storage/storage.js'

const user = 'user_1' as UserId
const group = 'group' as GroupId
const secret = 'a secret'

const note = (id: string, chain: AuditNote['chain'] = group): AuditNote => ({
  id,
  chain,
  at: 1,
  groupId: group,
  eventId: null,
  actor: { user },
  action: 'approved',
  calendarId: null,
  fields: [],
  before: null,
  after: null,
})

async function entriesOf(storage: Storage): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = []
  for await (const page of readAll(storage, user, 'audit')) found.push(...page.map(({ value }) => value))
  return found
}

/** A storage as plain functions, to put others in the place of some. */
function calling(storage: Storage): Storage {
  return {
    get: (...args) => storage.get(...args),
    getMany: (...args) => storage.getMany(...args),
    list: (...args) => storage.list(...args),
    commit: (...args) => storage.commit(...args),
    claim: (...args) => storage.claim(...args),
    release: (...args) => storage.release(...args),
    users: (...args) => storage.users(...args),
    close: () => storage.close(),
  }
}

/** What becomes of the commits of one writer, in turn: done, refused, done without an answer, or done much later. */
type Fate = 'ok' | 'refused' | 'unanswered' | 'late'

function fateful(storage: Storage, fates: readonly Fate[], pause: () => Promise<unknown>): Storage {
  let next = 0
  return {
    ...calling(storage),
    get: async (...args) => {
      await pause()
      return storage.get(...args)
    },
    commit: async (who: UserId, batch: Batch) => {
      const fate = fates[next++] ?? 'ok'
      await pause()
      if (fate === 'late') {
        void pause()
          .then(() => storage.commit(who, batch))
          .catch(() => undefined)
        throw new SyncError('storage_failed', 'The answer did not come.')
      }
      if (fate !== 'refused') await storage.commit(who, batch)
      if (fate !== 'ok') throw new SyncError('storage_failed', 'The connection broke.')
      await pause()
    },
  }
}

describe('a chain', () => {
  test('has every change once, in one line, whoever else writes and whatever is lost on the way', async () => {
    const fates = fc.array(fc.constantFrom<Fate>('ok', 'ok', 'refused', 'unanswered', 'late'), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fates, { minLength: 1, maxLength: 3 }), async (scheduler, plans) => {
        const storage = memoryStorage()
        const pause = () => scheduler.schedule(Promise.resolve())
        const landed = new Map<string, number>()
        const watched: Storage = {
          ...calling(storage),
          commit: async (who, batch) => {
            await storage.commit(who, batch)
            for (const change of batch.changes)
              if (change.collection === 'run') landed.set(change.id, (landed.get(change.id) ?? 0) + 1)
          },
        }
        const work = plans.map(async (plan, worker) => {
          const writer = new ChainWriter({ storage: fateful(watched, plan, pause), secret }, user)
          for (let n = 0; n < 6; n++) {
            const id = `${worker}-${n}`
            for (let attempt = 0; attempt < 20; attempt++)
              try {
                const told = { op: 'put', collection: 'run', id, value: n, expected: 0 } as const
                await writer.commit([told, noted(note(id))])
                break
              } catch (error) {
                // It has landed before, or may land still: a run looks, and so does this.
                if (isSyncError(error, 'stale_version')) break
                if (!isSyncError(error, 'storage_failed')) throw error
              }
          }
        })
        await scheduler.waitFor(Promise.all(work))
        await scheduler.waitIdle()
        const entries = await entriesOf(storage)
        expect((await verifyAudit({ storage, secret }, user, {})).findings).toEqual([])
        expect(entries.map(({ id }) => id).sort()).toEqual([...landed.keys()].sort())
        expect([...landed.values()].every((times) => times === 1)).toBe(true)
        expect(landed.size).toBe(plans.length * 6)
      }),
      { numRuns: 150 },
    )
  })

  test('costs one put for a commit with entries, and one read for the first of a writer', async () => {
    const storage = memoryStorage()
    const asked: string[] = []
    const counted: Storage = {
      ...calling(storage),
      get: (...args) => {
        asked.push('get')
        return storage.get(...args)
      },
      commit: (who, batch) => {
        asked.push(`commit ${batch.changes.length}`)
        return storage.commit(who, batch)
      },
    }
    const writer = new ChainWriter({ storage: counted, secret }, user)
    await writer.commit([{ op: 'put', collection: 'run', id: 'quiet', value: 1 }])
    await writer.commit([noted(note('a')), noted(note('b'))])
    await writer.commit([noted(note('c'))])
    expect(asked).toEqual(['commit 1', 'get', 'commit 3', 'commit 2'])
  })

  test('a head that is behind its chain does not stop the sync, and the hole that is left shows', async () => {
    const storage = memoryStorage()
    for (const id of ['a', 'b', 'c']) await new ChainWriter({ storage, secret }, user).commit([noted(note(id))])
    await storage.commit(user, { changes: [{ op: 'remove', collection: 'chain', id: group }] })
    await new ChainWriter({ storage, secret }, user).commit([noted(note('d'))])
    expect((await entriesOf(storage)).map(({ id, seq }) => [id, seq])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 5],
    ])
    const { findings } = await verifyAudit({ storage, secret }, user, {})
    expect(findings).toContainEqual({ chain: group, kind: 'missing', seq: 4 })
  })

  test('an entry cannot be stored without its place', async () => {
    const storage = memoryStorage()
    await expect(storage.commit(user, { changes: [noted(note('a'))] })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('each chain has its own order, also of entries of one commit', async () => {
    const storage = memoryStorage()
    const writer = new ChainWriter({ storage, secret }, user)
    await writer.commit([noted(note('a')), noted(note('b', '~user')), noted(note('c'))])
    await writer.commit([noted(note('d', '~user'))])
    const order = (await entriesOf(storage)).map(({ chain, seq, id }) => `${chain} ${seq} ${id}`)
    expect(order).toEqual(['group 1 a', 'group 2 c', '~user 1 b', '~user 2 d'])
    expect((await verifyAudit({ storage, secret }, user, {})).isIntact).toBe(true)
  })
})
