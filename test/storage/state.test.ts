import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { isSyncError, SyncError, type SyncErrorCode } from '../../src/errors.js'
import type { UserId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { exportState, importState } from '../../src/storage/state/index.js'
import { type Collection, collections, type RecordChange, type Storage } from '../../src/storage/storage.js'
import { world } from '../support/world.js'
import { removeTemporaryFiles, temporaryFile } from './storages.js'

afterAll(removeTemporaryFiles)

const ann = 'ann' as UserId

describe('a state', () => {
  test('is the same after it moved from any storage to any other, with every value, version, key and user', async () => {
    const makes = [() => memoryStorage(), () => sqliteStorage({ path: ':memory:' })] as const
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 30 }), fc.nat(1), fc.nat(1), async (writes, from, to) => {
        const [one, two] = [makes[from]?.() ?? memoryStorage(), makes[to]?.() ?? memoryStorage()]
        for (const { user, changes } of writes) await one.commit(user, { changes })
        const text = await textOf(one)
        const summary = await importState({ storage: two, open: () => inPieces(text, 7) })
        expect(await textOf(two)).toBe(text)
        expect(text.endsWith(`${JSON.stringify({ end: summary })}\n`)).toBe(true)
        for (const storage of [one, two]) await storage.close()
      }),
      { numRuns: 60 },
    )
  })

  test('moves from a file of SQLite to memory and back, and the sync that goes on there writes nothing twice', async () => {
    const path = temporaryFile()
    const storage = sqliteStorage({ path })
    const w = await world({ storage })
    for (let at = 0; at < 20; at++) w.calendar(at % 2).add({ title: `Event ${at}`, time: allDay })
    await w.settle()
    const moved = memoryStorage()
    await importState({ storage: moved, open: () => exportState({ storage }) })
    w.clock.now += 60_000
    const { counts } = await w.worker({ storage: moved }).groups.sync('group')
    expect(counts).toMatchObject({ created: 0, updated: 0, removed: 0 })
    const back = sqliteStorage({ path: temporaryFile() })
    await importState({ storage: back, open: () => exportState({ storage: moved }) })
    expect(await textOf(back)).toBe(await textOf(moved))
    await back.close()
    await storage.close()
  })

  test('keeps versions, because what is kept refers to them: an attempt knows the version of the mirror it saw', async () => {
    const [one, two] = [memoryStorage(), memoryStorage()]
    for (let at = 0; at < 5; at++) await one.commit(ann, { changes: [put('a')] })
    await importState({ storage: two, open: () => exportState({ storage: one }) })
    expect((await two.get(ann, 'event', 'a'))?.version).toBe(5)
    await two.commit(ann, { changes: [{ ...put('a'), expected: 5 }] })
  })

  test('names connections and groups of a user last, so that an import that was cut off syncs nothing', async () => {
    const one = memoryStorage()
    for (const collection of Object.keys(collections) as Collection[])
      await one.commit(ann, {
        changes: [
          { ...put('a'), collection },
          { ...put('b'), collection },
        ],
      })
    const order = lines(await textOf(one)).flatMap((line) => (Array.isArray(line) ? [line[0]] : []))
    expect(order.slice(-4)).toEqual(['connection', 'connection', 'group', 'group'])
    // Wherever the storage fails, there is no group.
    for (const limit of [1, 2, 3]) {
      const two = memoryStorage()
      let left = limit
      const failing: Storage = Object.assign(Object.create(two) as Storage, {
        users: (query: { limit: number }) => two.users(query),
        commit: async (...args: Parameters<Storage['commit']>) => {
          if (--left === 0) throw new SyncError('storage_failed', 'The disk is full.')
          return two.commit(...args)
        },
      })
      const many = await textOf(await filled(2_500, one))
      await expectCode('storage_failed', importState({ storage: failing, open: () => whole(many) }))
      expect(await two.get(ann, 'group', 'a')).toBeUndefined()
      await expectCode('invalid_input', importState({ storage: two, open: () => whole(many) }).then(emptyIsFine(limit)))
      const again = await importState({ storage: two, overwrite: true, open: () => whole(many) })
      expect(await textOf(two)).toBe(many)
      expect(again.records).toBe(2_500 + order.length)
    }
  })

  test('that is cut off anywhere is refused before anything is written', async () => {
    const text = await textOf(await filled(3))
    for (let length = 0; length < text.length; length++) {
      const storage = memoryStorage()
      // Without its last line end everything is there.
      if (length === text.length - 1) await importState({ storage, open: () => whole(text.slice(0, length)) })
      else {
        await expectCode('invalid_input', importState({ storage, open: () => whole(text.slice(0, length)) }))
        expect((await storage.users({ limit: 1 })).users).toEqual([])
      }
    }
  })

  test('in which one character was changed, or two lines were, is refused before anything is written', async () => {
    const text = await textOf(await filled(3))
    const refused = async (changed: string) => {
      const storage = memoryStorage()
      const error = await importState({ storage, open: () => whole(changed) }).then(
        () => 'success',
        (error: unknown) => error,
      )
      expect(error, changed).toSatisfy(
        (error) => isSyncError(error, 'invalid_input') || isSyncError(error, 'storage_newer'),
      )
      expect((await storage.users({ limit: 1 })).users).toEqual([])
    }
    for (let at = 0; at < text.length - 1; at++)
      await refused(`${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`)
    const all = text.split('\n')
    await refused([...all.slice(0, 2), all[3], all[2], ...all.slice(4)].join('\n'))
    await refused([...all.slice(0, 3), all[2], ...all.slice(3)].join('\n'))
    await refused([...all.slice(0, 2), ...all.slice(3)].join('\n'))
    await refused(`${text}{"user":"eve"}\n`)
    await refused(text.replaceAll('\n', '\r\n'))
    await refused('BEGIN:VCALENDAR\r\n')
    await refused('')
  })

  test('of a later calweave is told as newer: another format, a collection or an index that we do not know', async () => {
    const text = await textOf(await filled(1))
    for (const [part, other] of [
      ['"format":1', '"format":2'],
      ['"connection":[]', '"connection":[],"dream":[]'],
      ['"connection":[]', '"connection":["mood"]'],
    ] as const) {
      const changed = text.replace(part, other)
      expect(changed).not.toBe(text)
      await expectCode('storage_newer', importState({ storage: memoryStorage(), open: () => whole(changed) }))
    }
  })

  test('is not written into a storage that holds anything, a lease included, unless that is asked for', async () => {
    const text = await textOf(await filled(2))
    const storage = memoryStorage()
    await storage.claim(ann, 'group/1', 'w', 1, 0)
    await expectCode('invalid_input', importState({ storage, open: () => whole(text) }))
    await storage.commit(ann, { changes: [put('id/0'), put('other')] })
    await importState({ storage, overwrite: true, open: () => whole(text) })
    expect((await storage.get(ann, 'event', 'id/0'))?.value).toEqual({ at: 0 })
    expect(await storage.get(ann, 'event', 'other')).toBeDefined()
    const next = await storage.claim(ann, 'group/1', 'v', 1, 9)
    expect(next?.token).toBe(2) // tokens never go back
  })

  test('that changes while it is exported is not called whole, and importing what came is refused', async () => {
    const touch: readonly ((storage: Storage) => Promise<void>)[] = [
      (storage) => storage.commit(ann, { changes: [put('id/0')] }),
      (storage) => storage.commit(ann, { changes: [put('before')] }),
      (storage) => storage.commit(ann, { changes: [{ op: 'remove', collection: 'event', id: 'id/1' }] }),
      (storage) => storage.commit('aaa' as UserId, { changes: [put('a')] }),
    ]
    for (const change of touch) {
      const storage = await filled(500)
      let text = ''
      const read = async () => {
        for await (const piece of exportState({ storage })) {
          if (text.split('\n').length === 3 + 200) await change(storage)
          text += piece
        }
      }
      await expectCode('stale_version', read())
      await expectCode('invalid_input', importState({ storage: memoryStorage(), open: () => whole(text) }))
    }
  })

  test('comes in pieces of any size, also in bytes that part a character', async () => {
    const storage = memoryStorage()
    await storage.commit(ann, { changes: [{ ...put('ü🎉'), value: 'Grüße 日本語 🎉' }] })
    const bytes = new TextEncoder().encode(await textOf(storage))
    for (const size of [1, 2, 3, 1_000]) {
      const other = memoryStorage()
      await importState({ storage: other, open: () => inBytes(bytes, size) })
      expect((await other.get(ann, 'event', 'ü🎉'))?.value).toBe('Grüße 日本語 🎉')
    }
  })

  test('stops when it is told to, while it is read and while it is written', async () => {
    const storage = await filled(500)
    const text = await textOf(storage)
    const signal = AbortSignal.abort()
    await expectCode('aborted', textOf(storage, signal))
    await expectCode('aborted', importState({ storage: memoryStorage(), open: () => whole(text), signal }))
  })
})

const write = fc
  .record({
    user: fc.constantFrom('ann', 'bob', '~calweave/routes', '🎉') as fc.Arbitrary<UserId>,
    collection: fc.constantFrom(...(Object.keys(collections) as Collection[])),
    id: fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).map((text) => text.replaceAll('\0', '0')),
    value: fc.jsonValue({ stringUnit: 'binary' }),
    keys: fc.array(fc.string({ maxLength: 3 }), { maxLength: 6 }),
  })
  .map(({ user, collection, id, value, keys }) => {
    const entries = collections[collection].flatMap((index, at) => (keys[at] === undefined ? [] : [[index, keys[at]]]))
    const change = { op: 'put', collection, id, value: JSON.parse(JSON.stringify(value)) } as const
    return { user, changes: [{ ...change, keys: Object.fromEntries(entries) }] as readonly RecordChange[] }
  })

const allDay = { start: { kind: 'date', date: '2026-01-06' }, end: { kind: 'date', date: '2026-01-07' } } as const

function put(id: string): Extract<RecordChange, { op: 'put' }> {
  return { op: 'put', collection: 'event', id, value: 1 }
}

/** So many events of one user, beside what is there. */
async function filled(count: number, storage: Storage = memoryStorage()): Promise<Storage> {
  const changes = Array.from({ length: count }, (_, at) => ({
    ...put(`id/${at}`),
    value: { at },
    keys: { due: `${at}` },
  }))
  for (let at = 0; at < count; at += 1_000) await storage.commit(ann, { changes: changes.slice(at, at + 1_000) })
  return storage
}

async function textOf(storage: Storage, signal?: AbortSignal): Promise<string> {
  let text = ''
  for await (const piece of exportState({ storage, ...(signal ? { signal } : {}) })) text += piece
  return text
}

function lines(text: string): readonly unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

async function* whole(text: string): AsyncGenerator<string> {
  yield text
}

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

async function* inBytes(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Where the very first batch failed, the storage is still empty, and the import works. */
function emptyIsFine(limit: number): () => void {
  return () => {
    if (limit === 1) throw new SyncError('invalid_input', 'as expected')
  }
}

async function expectCode(code: SyncErrorCode, promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => 'success',
    (error: unknown) => error,
  )
  expect(error).toSatisfy((error) => isSyncError(error, code))
}
