import { isSyncError, type SyncErrorCode } from '../errors.js'
import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import {
  type Batch,
  below,
  type Collection,
  collections,
  type Lease,
  type Query,
  type RecordChange,
  type Storage,
  type StoredRecord,
} from '../storage/storage.js'
import type { ContractCase } from './contract.js'

/**
 * What every {@link Storage} must do.
 *
 * @example
 * ```ts
 * import { memoryStorage } from 'calweave/storage/memory'
 * import { storageContract } from 'calweave/testing'
 *
 * declare function test(name: string, run: () => Promise<void>): void
 *
 * for (const one of storageContract) test(one.name, () => one.run(async () => memoryStorage()))
 * ```
 */
export const storageContract: readonly ContractCase<Storage>[] = [
  // One record

  holds('knows nothing when it is new', async (storage) => {
    for (const collection of Object.keys(collections) as Collection[]) {
      equal(await storage.get(ann, collection, 'a'), undefined)
      equal(await storage.getMany(ann, collection, ['a', 'b']), [])
      equal(await storage.list(ann, collection, { limit: 10 }), { records: [] })
    }
  }),
  holds('gives back what was put, at version 1', async (storage) => {
    await storage.commit(ann, { changes: [put('a', { title: 'Walk' })] })
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 1, value: { title: 'Walk' } })
  }),
  holds('keeps the same id in every collection apart', async (storage) => {
    const names = Object.keys(collections) as Collection[]
    await storage.commit(ann, {
      changes: names.map((collection) => ({ op: 'put', collection, id: 'same', value: collection })),
    })
    for (const name of names) equal((await storage.get(ann, name, 'same'))?.value, name)
    await storage.commit(ann, { changes: [{ op: 'remove', collection: 'event', id: 'same' }] })
    for (const name of names) equal((await ids(storage, name, { limit: 5 })).length, name === 'event' ? 0 : 1)
  }),
  holds('lets the version grow by one with every write, also when the value is the same', async (storage) => {
    for (let version = 1; version <= 4; version++) {
      await storage.commit(ann, { changes: [put('a', 'same')] })
      equal((await storage.get(ann, 'event', 'a'))?.version, version)
    }
  }),
  holds('replaces a value whole and merges nothing', async (storage) => {
    await storage.commit(ann, { changes: [put('a', { old: 1, both: 1 })] })
    await storage.commit(ann, { changes: [put('a', { both: 2 })] })
    equal((await storage.get(ann, 'event', 'a'))?.value, { both: 2 })
  }),
  holds('removes a record from every verb', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1, { due: '1' }), put('b', 1, { due: '1' })] })
    await storage.commit(ann, { changes: [remove('a')] })
    equal(await storage.get(ann, 'event', 'a'), undefined)
    equal(idsOf(await storage.getMany(ann, 'event', ['a', 'b'])), ['b'])
    equal(await ids(storage, 'event', { limit: 10 }), ['b'])
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['b'])
  }),
  holds('takes the removal of what is not there for done', async (storage) => {
    await storage.commit(ann, { changes: [remove('never')] })
    await storage.commit(ann, { changes: [remove('never', 0)] })
    equal(await storage.get(ann, 'event', 'never'), undefined)
  }),
  holds('starts again at version 1 after a removal', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1)] })
    await storage.commit(ann, { changes: [put('a', 2)] })
    await storage.commit(ann, { changes: [remove('a', 2)] })
    await storage.commit(ann, { changes: [put('a', 3, {}, 0)] })
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 1, value: 3 })
  }),

  // Many records at once

  holds('reads many records, once each, and leaves out what is not there', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1), put('b', 2), put('c', 3)] })
    const found = await storage.getMany(ann, 'event', ['c', 'nothing', 'a', 'c'])
    equal(idsOf(found).sort(), ['a', 'c'])
    equal(found.find(({ id }) => id === 'c')?.value, 3)
    equal(await storage.getMany(ann, 'event', []), [])
  }),
  holds('takes a batch of 1,000 changes and reads 1,000 records', async (storage) => {
    const all = Array.from({ length: 1_000 }, (_, at) => `id/${at}`)
    await storage.commit(ann, { changes: all.map((id, at) => put(id, at, { due: `${at}` })) })
    equal((await storage.getMany(ann, 'event', all)).length, 1_000)
    equal((await storage.list(ann, 'event', { index: 'due', limit: 1_000 })).records.length, 1_000)
    await storage.commit(ann, { changes: all.map((id) => remove(id, 1)) })
    equal(await ids(storage, 'event', { limit: 10 }), [])
  }),
  holds('refuses more than 1,000 changes, ids or records', async (storage) => {
    const all = Array.from({ length: 1_001 }, (_, at) => `${at}`)
    await rejects('invalid_input', storage.commit(ann, { changes: all.map((id) => put(id, 1)) }))
    await rejects('invalid_input', storage.getMany(ann, 'event', all))
    await rejects('invalid_input', storage.list(ann, 'event', { limit: 1_001 }))
    equal(await ids(storage, 'event', { limit: 10 }), [])
  }),
  holds('refuses a batch that changes one record twice', async (storage) => {
    await rejects('invalid_input', storage.commit(ann, { changes: [put('a', 1), put('a', 2)] }))
    await rejects('invalid_input', storage.commit(ann, { changes: [put('a', 1), remove('a')] }))
    equal(await storage.get(ann, 'event', 'a'), undefined)
  }),
  holds('takes an empty batch', async (storage) => {
    await storage.commit(ann, { changes: [] })
    equal(await ids(storage, 'event', { limit: 10 }), [])
  }),

  // Expected versions

  holds('writes when the record is at the expected version', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1, {}, 0)] })
    await storage.commit(ann, { changes: [put('a', 2, {}, 1)] })
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 2, value: 2 })
    await storage.commit(ann, { changes: [remove('a', 2)] })
    equal(await storage.get(ann, 'event', 'a'), undefined)
  }),
  holds('refuses a put that expects an older version', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1)] })
    await storage.commit(ann, { changes: [put('a', 2)] })
    await rejects('stale_version', storage.commit(ann, { changes: [put('a', 3, {}, 1)] }))
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 2, value: 2 })
  }),
  holds('refuses a put that expects a version that is not yet there', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1)] })
    await rejects('stale_version', storage.commit(ann, { changes: [put('a', 3, {}, 2)] }))
    equal((await storage.get(ann, 'event', 'a'))?.value, 1)
  }),
  holds('refuses a put that expects nothing where something is', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1)] })
    await rejects('stale_version', storage.commit(ann, { changes: [put('a', 2, {}, 0)] }))
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 1, value: 1 })
  }),
  holds('refuses a put that expects something where nothing is', async (storage) => {
    await rejects('stale_version', storage.commit(ann, { changes: [put('a', 1, {}, 1)] }))
    equal(await storage.get(ann, 'event', 'a'), undefined)
  }),
  holds('refuses a removal at another version, of nothing, and of something that should not be', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1)] })
    await rejects('stale_version', storage.commit(ann, { changes: [remove('a', 2)] }))
    await rejects('stale_version', storage.commit(ann, { changes: [remove('a', 0)] }))
    await rejects('stale_version', storage.commit(ann, { changes: [remove('b', 1)] }))
    equal((await storage.get(ann, 'event', 'a'))?.version, 1)
  }),
  holds('lets one of two writers of the same version through', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 0)] })
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((value) => storage.commit(ann, { changes: [put('a', value, {}, 1)] })),
    )
    equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') ok(isSyncError(outcome.reason, 'stale_version'), 'another error')
    }
    equal((await storage.get(ann, 'event', 'a'))?.version, 2)
  }),
  holds('lets one of many creators through', async (storage) => {
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((value) => storage.commit(ann, { changes: [put('a', value, {}, 0)] })),
    )
    equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    equal((await storage.get(ann, 'event', 'a'))?.version, 1)
  }),

  // All or nothing

  holds('writes nothing of a batch whose last change is stale', async (storage) => {
    await storage.commit(ann, { changes: [put('old', 'before', { due: '1' }), put('gone', 'before', { due: '2' })] })
    const before = await everything(storage, ann)
    await rejects(
      'stale_version',
      storage.commit(ann, {
        changes: [
          put('new', 1, { due: '0' }),
          put('old', 'after', { due: '3' }),
          remove('gone'),
          { op: 'put', collection: 'calendar', id: 'c', value: 1 },
          put('missing', 1, {}, 7),
        ],
      }),
    )
    equal(await everything(storage, ann), before)
  }),
  holds('writes nothing of a batch whose first change is stale', async (storage) => {
    await rejects('stale_version', storage.commit(ann, { changes: [put('missing', 1, {}, 1), put('a', 1)] }))
    equal(await everything(storage, ann), {})
  }),
  holds('goes on well after a refused batch', async (storage) => {
    await rejects('stale_version', storage.commit(ann, { changes: [put('a', 1), put('b', 1, {}, 5)] }))
    await storage.commit(ann, { changes: [put('a', 2, {}, 0), put('b', 2, {}, 0)] })
    equal(await ids(storage, 'event', { limit: 10 }), ['a', 'b'])
  }),
  holds('refuses unknown collections and indices, and writes nothing', async (storage) => {
    const odd = 'toString' as Collection
    await rejects('invalid_input', storage.get(ann, odd, 'a'))
    await rejects('invalid_input', storage.getMany(ann, odd, ['a']))
    await rejects('invalid_input', storage.list(ann, odd, { limit: 1 }))
    await rejects(
      'invalid_input',
      storage.commit(ann, { changes: [put('a', 1), { op: 'put', collection: odd, id: 'a', value: 1 }] }),
    )
    await rejects('invalid_input', storage.list(ann, 'event', { index: 'color', limit: 1 }))
    await rejects('invalid_input', storage.commit(ann, { changes: [put('a', 1, { color: 'red' })] }))
    equal(await everything(storage, ann), {})
  }),
  holds('refuses an empty user, id, lease key and owner', async (storage) => {
    const nobody = '' as UserId
    await rejects('invalid_input', storage.get(nobody, 'event', 'a'))
    await rejects('invalid_input', storage.commit(nobody, { changes: [put('a', 1)] }))
    await rejects('invalid_input', storage.list(nobody, 'event', { limit: 1 }))
    await rejects('invalid_input', storage.commit(ann, { changes: [put('', 1)] }))
    await rejects('invalid_input', storage.claim(ann, '', 'w', 1_000, 0))
    await rejects('invalid_input', storage.claim(ann, 'k', '', 1_000, 0))
  }),
  holds('refuses limits that are not whole numbers from 1 to 1,000', async (storage) => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await rejects('invalid_input', storage.list(ann, 'event', { limit }))
    }
  }),

  // Values

  holds('gives JSON back as it was', async (storage) => {
    const values: readonly Json[] = [
      null,
      true,
      false,
      '',
      0,
      -1.5,
      1e21,
      5e-324,
      Number.MAX_SAFE_INTEGER,
      0.1 + 0.2,
      [],
      {},
      [[], {}, [null, [null]]],
      { a: null, b: { c: {}, d: [] }, '': 'no name', 'a.b': 1, $ref: 2, '0': 'number' },
    ]
    await storage.commit(ann, { changes: values.map((value, at) => put(`${at}`, value)) })
    for (const [at, value] of values.entries()) equal((await storage.get(ann, 'event', `${at}`))?.value, value)
  }),
  holds('keeps names that objects of the language have already', async (storage) => {
    const value: Json = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3}')
    await storage.commit(ann, { changes: [put('a', value)] })
    const kept = (await storage.get(ann, 'event', 'a'))?.value
    equal(JSON.stringify(kept), JSON.stringify(value))
    equal((kept as { polluted?: unknown }).polluted, undefined)
  }),
  holds('leaves out members that are undefined', async (storage) => {
    await storage.commit(ann, { changes: [put('a', { kept: 1, left: undefined })] })
    equal(Object.keys((await storage.get(ann, 'event', 'a'))?.value as object), ['kept'])
  }),
  holds('refuses values that JSON would change in silence', async (storage) => {
    const bad: readonly unknown[] = [
      undefined,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      [1, undefined],
      new Date(0),
      new Map([[1, 2]]),
      { deep: [{ when: new Date(0) }] },
      1n,
      () => 1,
    ]
    for (const value of bad) {
      await rejects('invalid_input', storage.commit(ann, { changes: [put('good', 1), put('bad', value as Json)] }))
    }
    equal(await everything(storage, ann), {})
  }),
  holds('keeps text of every script, quotes, line ends and control characters in values', async (storage) => {
    const text = `"quoted" 'single' \\ back\r\n\t\u0000\u001f\u007f\u2028 Grüße 日本語 🎉👩‍👩‍👧 e\u0301 \ud800 alone \ufeff\uffff`
    await storage.commit(ann, { changes: [put('a', { [text]: text })] })
    equal((await storage.get(ann, 'event', 'a'))?.value, { [text]: text })
  }),
  holds('does not normalise text: two spellings are two ids', async (storage) => {
    await storage.commit(ann, { changes: [put('\u00e9', 'one'), put('e\u0301', 'two'), put('E', 3), put('e', 4)] })
    equal((await storage.get(ann, 'event', '\u00e9'))?.value, 'one')
    equal((await storage.get(ann, 'event', 'e\u0301'))?.value, 'two')
    equal(await storage.get(ann, 'event', '\u00c9'), undefined)
    equal((await storage.get(ann, 'event', 'e'))?.value, 4)
  }),
  holds('keeps a value of a million characters', async (storage) => {
    const value = { body: 'x'.repeat(999_999), end: '.' }
    await storage.commit(ann, { changes: [put('a', value)] })
    ok(JSON.stringify((await storage.get(ann, 'event', 'a'))?.value) === JSON.stringify(value), 'the value is another')
  }),
  holds('does not notice when a value is changed after it was given', async (storage) => {
    const value = { list: [1], inner: { name: 'before' } }
    const keys = { due: '1' }
    const pending = storage.commit(ann, { changes: [put('a', value, keys)] })
    value.inner.name = 'during'
    await pending
    value.list.push(2)
    value.inner.name = 'after'
    keys.due = '2'
    equal((await storage.get(ann, 'event', 'a'))?.value, { list: [1], inner: { name: 'before' } })
    equal(await ids(storage, 'event', { index: 'due', to: '2', limit: 10 }), ['a'])
    await storage.commit(ann, { changes: [put('a', 1, { due: '3' })] })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['a'])
  }),
  holds('does not notice when a value that it gave is changed', async (storage) => {
    await storage.commit(ann, { changes: [put('a', { inner: { name: 'kept' } })] })
    for (const read of [
      async () => storage.get(ann, 'event', 'a'),
      async () => (await storage.getMany(ann, 'event', ['a']))[0],
      async () => (await storage.list(ann, 'event', { limit: 1 })).records[0],
    ]) {
      const given = (await read()) as unknown as { version: number; value: { inner: { name: string } } }
      tryTo(() => {
        given.value.inner.name = 'spoilt'
      })
      tryTo(() => {
        given.version = 99
      })
      equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 1, value: { inner: { name: 'kept' } } })
    }
  }),

  // Ids and order

  holds('tells every printable ASCII character in ids and keys apart', async (storage) => {
    const odd = printable.flatMap((char) => [char, `a${char}b`, `${char}${char}`])
    const unique = [...new Set(odd)]
    await storage.commit(ann, { changes: unique.map((id) => put(id, id, { uid: id })) })
    for (const id of unique) equal((await storage.get(ann, 'event', id))?.value, id)
    equal((await storage.getMany(ann, 'event', unique)).length, unique.length)
    equal(await ids(storage, 'event', { limit: 1_000 }), [...unique].sort(byUnit))
    equal(await ids(storage, 'event', { index: 'uid', limit: 1_000 }), [...unique].sort(byUnit))
    for (const id of printable) equal((await ids(storage, 'event', { from: id, limit: 1 }))[0], id)
    for (const id of printable) equal((await ids(storage, 'event', { index: 'uid', from: id, limit: 1 }))[0], id)
  }),
  holds('does not take %, _, * and ? in ids for wildcards', async (storage) => {
    await storage.commit(ann, { changes: [put('axb', 1), put('a/b', 2)] })
    for (const id of ['a%', 'a_b', 'a*', 'a?b', 'A/B', "a' OR '1'='1"]) {
      equal(await storage.get(ann, 'event', id), undefined)
      equal(await storage.getMany(ann, 'event', [id]), [])
    }
  }),
  holds('orders by code point, which is the order of UTF-8', async (storage) => {
    const inOrder = ['Z', 'a', 'ab', 'a\u0301', '\u00e9', '\u65e5', '\ue000', '\uff5e', '\u{1f389}', '\u{1f389}a']
    await storage.commit(ann, { changes: [...inOrder].reverse().map((id) => put(id, 1, { uid: id })) })
    equal(await ids(storage, 'event', { limit: 100 }), inOrder)
    equal(await ids(storage, 'event', { index: 'uid', limit: 100 }), inOrder)
    equal(await ids(storage, 'event', { from: '\uff5e', to: '\u{1f389}a', limit: 100 }), ['\uff5e', '\u{1f389}'])
  }),
  holds('orders numbers in keys as text', async (storage) => {
    await storage.commit(ann, { changes: ['10', '9', '1', '01'].map((id) => put(id, 1, { due: id })) })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['01', '1', '10', '9'])
  }),
  holds('lists everything below a prefix and nothing beside it', async (storage) => {
    const inside = ['cal/', 'cal/a', 'cal/a/b', 'cal/~', 'cal/\u{1f389}']
    const beside = ['cal', 'cal.', 'cal0', 'cal-x/a', 'ca/l', 'cal2/a', 'Cal/a']
    await storage.commit(ann, { changes: [...inside, ...beside].map((id) => put(id, 1)) })
    equal(await ids(storage, 'event', { ...below('cal'), limit: 100 }), inside)
  }),
  holds('keeps an id of 4,000 characters', async (storage) => {
    const id = 'long/'.repeat(800)
    await storage.commit(ann, { changes: [put(id, 1), put(`${id}x`, 2)] })
    equal((await storage.get(ann, 'event', id))?.value, 1)
    equal(await ids(storage, 'event', { limit: 10 }), [id, `${id}x`])
  }),

  // Indices

  holds('lists by key, then by id', async (storage) => {
    await storage.commit(ann, {
      changes: [
        put('z', 1, { due: '1' }),
        put('b', 1, { due: '2' }),
        put('a', 1, { due: '2' }),
        put('c', 1, { due: '0' }),
      ],
    })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['c', 'z', 'a', 'b'])
  }),
  holds('lists in an index only what has an entry there', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1, { due: '1' }), put('b', 1, { uid: '1' }), put('c', 1)] })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['a'])
    equal(await ids(storage, 'event', { index: 'uid', limit: 10 }), ['b'])
    equal(await ids(storage, 'event', { index: 'fingerprint', limit: 10 }), [])
    equal(await ids(storage, 'event', { limit: 10 }), ['a', 'b', 'c'])
  }),
  holds('takes an empty text for an entry like any other', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1, { due: '' }), put('b', 1, { due: '0' })] })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['a', 'b'])
    equal(await ids(storage, 'event', { index: 'due', from: '', to: '0', limit: 10 }), ['a'])
  }),
  holds('moves a record in its indices with every put', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1, { due: '1', uid: 'u' })] })
    await storage.commit(ann, { changes: [put('a', 2, { due: '2', uid: 'u' }, 1)] })
    equal(await ids(storage, 'event', { index: 'due', to: '2', limit: 10 }), [])
    equal(await ids(storage, 'event', { index: 'due', from: '2', limit: 10 }), ['a'])
    equal(await ids(storage, 'event', { index: 'uid', limit: 10 }), ['a'])
  }),
  holds('takes a record out of the indices that a put no longer names', async (storage) => {
    for (const expected of [undefined, 1]) {
      await storage.commit(ann, { changes: [remove('a')] })
      await storage.commit(ann, { changes: [put('a', 1, { due: '1', uid: 'u' })] })
      await storage.commit(ann, { changes: [put('a', 2, { uid: 'u' }, expected)] })
      equal(await ids(storage, 'event', { index: 'due', limit: 10 }), [])
      equal(await ids(storage, 'event', { index: 'uid', limit: 10 }), ['a'])
    }
    await storage.commit(ann, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 3 }] })
    equal(await ids(storage, 'event', { index: 'uid', limit: 10 }), [])
  }),
  holds('brings a removed record back without its old entries', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1, { due: '1' })] })
    await storage.commit(ann, { changes: [remove('a')] })
    await storage.commit(ann, { changes: [put('a', 1, { uid: 'u' })] })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), [])
  }),
  holds('has every index of every collection', async (storage) => {
    for (const [name, indices] of Object.entries(collections)) {
      const collection = name as Collection
      for (const index of indices) {
        const id = `by-${index}`
        await storage.commit(ann, { changes: [{ op: 'put', collection, id, value: 1, keys: { [index]: 'k' } }] })
        equal(await ids(storage, collection, { index, from: 'k', to: 'l', limit: 10 }), [id])
      }
    }
  }),

  // Ranges and pages

  holds('lists from a key, inclusive, to a key, exclusive', async (storage) => {
    await storage.commit(ann, { changes: ['1', '2', '3', '4'].map((key) => put(`id${key}`, 1, { due: key })) })
    const by = async (query: Omit<Query, 'limit'>) => ids(storage, 'event', { ...query, limit: 10 })
    equal(await by({ index: 'due', from: '2' }), ['id2', 'id3', 'id4'])
    equal(await by({ index: 'due', to: '3' }), ['id1', 'id2'])
    equal(await by({ index: 'due', from: '2', to: '4' }), ['id2', 'id3'])
    equal(await by({ index: 'due', from: '3', to: '3' }), [])
    equal(await by({ index: 'due', from: '4', to: '1' }), [])
    equal(await by({ from: 'id2', to: 'id4' }), ['id2', 'id3'])
    equal(await by({ from: 'id5' }), [])
  }),
  holds('gives pages of the size asked for, and `next` only when there is more', async (storage) => {
    await storage.commit(ann, { changes: ['a', 'b', 'c', 'd'].map((id) => put(id, 1)) })
    const first = await storage.list(ann, 'event', { limit: 2 })
    equal(idsOf(first.records), ['a', 'b'])
    const second = await storage.list(ann, 'event', { limit: 2, ...after(first.next) })
    equal(idsOf(second.records), ['c', 'd'])
    equal(second.next, undefined)
    equal((await storage.list(ann, 'event', { limit: 4 })).next, undefined)
    equal((await storage.list(ann, 'event', { limit: 4, to: 'c' })).next, undefined)
  }),
  holds('shows every record of one key once, in pages of any size', async (storage) => {
    const all = Array.from({ length: 23 }, (_, at) => `id${String(at).padStart(2, '0')}`)
    await storage.commit(ann, { changes: all.map((id) => put(id, 1, { due: 'same' })) })
    for (const limit of [1, 2, 7, 22, 23, 24]) {
      equal(await pages(storage, 'event', { index: 'due', limit }), all)
      equal(await pages(storage, 'event', { index: 'due', from: 'same', to: 'samf', limit }), all)
      equal(await pages(storage, 'event', { from: 'id', to: 'ie', limit }), all)
    }
  }),
  holds('pages stably while records come and go before and behind', async (storage) => {
    const key = (at: number) => String(at).padStart(3, '0')
    const changes = Array.from({ length: 50 }, (_, at) => put(`old${key(at)}`, 1, { due: key(at) }))
    await storage.commit(ann, { changes })
    const seen: string[] = []
    let next: string | undefined
    for (let round = 0; round < 100; round++) {
      const page = await storage.list(ann, 'event', { index: 'due', limit: 5, ...after(next) })
      seen.push(...idsOf(page.records))
      next = page.next
      if (next === undefined) break
      const last = page.records.at(-1)?.id ?? ''
      await storage.commit(ann, {
        changes: [put(`early${key(round)}`, 1, { due: '000' }), remove(last), put(last.replace('old', 'moved'), 1)],
      })
    }
    equal(
      seen,
      Array.from({ length: 50 }, (_, at) => `old${key(at)}`),
    )
  }),
  holds('goes on after the place where a removed record stood', async (storage) => {
    await storage.commit(ann, { changes: ['a', 'b', 'c'].map((id) => put(id, 1)) })
    const first = await storage.list(ann, 'event', { limit: 1 })
    await storage.commit(ann, { changes: [remove('a')] })
    equal(await ids(storage, 'event', { limit: 5, ...after(first.next) }), ['b', 'c'])
  }),
  holds('shows on a later page what came in behind the last one', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1), put('c', 1)] })
    const first = await storage.list(ann, 'event', { limit: 1 })
    await storage.commit(ann, { changes: [put('b', 1)] })
    equal(await ids(storage, 'event', { limit: 5, ...after(first.next) }), ['b', 'c'])
  }),
  holds('gives cursors that survive JSON and work with odd ids and keys', async (storage) => {
    const odd = printable.map((char) => `${char}"],["`)
    await storage.commit(ann, { changes: odd.map((id) => put(id, 1, { uid: `${id}\u{1f389}` })) })
    equal(await pages(storage, 'event', { limit: 1 }), [...odd].sort(byUnit))
    equal(await pages(storage, 'event', { index: 'uid', limit: 3 }), [...odd].sort(byUnit))
  }),
  holds('refuses a cursor that is none', async (storage) => {
    for (const bad of ['', 'a', '{}', '[1,2]', '["a"]', 'null', '["a","b","c"]']) {
      await rejects('invalid_input', storage.list(ann, 'event', { limit: 1, after: bad }))
    }
  }),
  holds('lists the present version and value', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 'old', { due: '1' })] })
    await storage.commit(ann, { changes: [put('a', 'new', { due: '1' })] })
    const { records } = await storage.list(ann, 'event', { index: 'due', limit: 1 })
    equal(records, [{ id: 'a', version: 2, value: 'new' }])
  }),

  // Users

  holds('never shows one user the records of another', async (storage) => {
    await storage.commit(ann, { changes: [put('a', "ann's", { due: '1' }), put('only', 1, { due: '2' })] })
    await storage.commit(bob, { changes: [put('a', "bob's", { due: '1' })] })
    equal((await storage.get(bob, 'event', 'a'))?.value, "bob's")
    equal((await storage.get(ann, 'event', 'a'))?.value, "ann's")
    equal(await storage.get(bob, 'event', 'only'), undefined)
    equal(idsOf(await storage.getMany(bob, 'event', ['a', 'only'])), ['a'])
    equal(idsOf((await storage.list(bob, 'event', { limit: 10 })).records), ['a'])
    equal(
      (await storage.list(bob, 'event', { index: 'due', limit: 10 })).records.map(({ value }) => value),
      ["bob's"],
    )
  }),
  holds('never lets one user write or remove the records of another', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1), put('b', 1)] })
    const before = await everything(storage, ann)
    await storage.commit(bob, { changes: [remove('a'), put('b', 'other', {}, 0)] })
    await rejects('stale_version', storage.commit(bob, { changes: [put('a', 2, {}, 1)] }))
    await rejects('stale_version', storage.commit(bob, { changes: [remove('a', 1)] }))
    equal(await everything(storage, ann), before)
  }),
  holds('never lets the cursor of one user lead into the records of another', async (storage) => {
    await storage.commit(ann, { changes: ['a', 'b', 'c'].map((id) => put(id, 1)) })
    await storage.commit(bob, { changes: [put('z', 1)] })
    const { next } = await storage.list(ann, 'event', { limit: 1 })
    equal(idsOf((await storage.list(bob, 'event', { limit: 10, ...after(next) })).records), ['z'])
  }),
  holds('tells users apart whose names begin alike or hold separators', async (storage) => {
    const users = ['u', 'u/', 'u/a', 'U', 'u%', 'u_', 'ux', 'u ', "u'", '__proto__', 'constructor'] as UserId[]
    for (const user of users) await storage.commit(user, { changes: [put('a/b', user, { due: user })] })
    for (const user of users) {
      equal((await storage.list(user, 'event', { limit: 10 })).records, [{ id: 'a/b', version: 1, value: user }])
      equal((await storage.list(user, 'event', { index: 'due', limit: 10 })).records.length, 1)
    }
  }),
  holds('gives two users a lease of the same name, and knows whose is whose', async (storage) => {
    const hers = await claim(storage, ann, 'group/1', 'w', 0)
    const his = await claim(storage, bob, 'group/1', 'w', 0)
    await storage.claim(bob, 'group/1', 'other', 1_000, 5_000)
    await storage.commit(ann, { changes: [put('a', 1)], leases: [hers] })
    await rejects('lease_lost', storage.commit(bob, { changes: [put('a', 1)], leases: [his] }))
    const carol = 'carol' as UserId
    await rejects('lease_lost', storage.commit(carol, { changes: [put('a', 1)], leases: [hers] }))
    await storage.release(carol, hers)
    equal(await storage.claim(ann, 'group/1', 'other', 1_000, 500), undefined)
  }),

  holds('names every user once, in order, whatever of theirs is kept', async (storage) => {
    equal(await storage.users({ limit: 10 }), { users: [] })
    const names = ['~calweave/routes', 'U', 'u', 'u/', 'u/a', 'ux', '\u00fc', '\uff5e', '\u{1f389}', '0', "u'%_"]
    const inOrder = ['0', 'U', 'u', "u'%_", 'u/', 'u/a', 'ux', '~calweave/routes', '\u00fc', '\uff5e', '\u{1f389}']
    const all = Object.keys(collections) as Collection[]
    for (const [at, name] of names.entries()) {
      const user = name as UserId
      const some = at === 0 ? all : [all[at % all.length] ?? 'event']
      if (at % 3 === 1) await claim(storage, user, 'k', 'w', 0)
      else
        await storage.commit(user, {
          changes: some.map((collection) => ({ op: 'put', collection, id: 'a', value: 1 })),
        })
    }
    equal(await storage.users({ limit: 1_000 }), { users: inOrder })
    equal(await storage.users({ limit: inOrder.length }), { users: inOrder })
    for (const limit of [1, 2, 3, inOrder.length - 1]) equal(await allUsers(storage, limit), inOrder)
  }),
  holds('names no user of whom nothing is left, nor one who was only asked about', async (storage) => {
    await storage.commit(ann, { changes: [put('a', 1), put('b', 1)] })
    await storage.commit(bob, { changes: [put('a', 1)] })
    await storage.commit('carol' as UserId, { changes: [] })
    await storage.get('dora' as UserId, 'event', 'a')
    await rejects('stale_version', storage.commit('eve' as UserId, { changes: [put('a', 1, {}, 1)] }))
    equal(await allUsers(storage, 10), ['ann', 'bob'])
    await storage.commit(ann, { changes: [remove('a'), remove('b')] })
    equal(await allUsers(storage, 10), ['bob'])
  }),
  holds('goes on after a user who went away meanwhile, and after one it never heard of', async (storage) => {
    for (const user of ['a', 'b', 'c'] as UserId[]) await storage.commit(user, { changes: [put('a', 1)] })
    const { next } = await storage.users({ limit: 1 })
    await storage.commit('a' as UserId, { changes: [remove('a')] })
    await storage.commit('aa' as UserId, { changes: [put('a', 1)] })
    equal((await storage.users({ limit: 9, ...after(next) })).users, ['aa', 'b', 'c'])
  }),
  holds('refuses to name users by a limit or a cursor that is none', async (storage) => {
    for (const limit of [0, 1_001, 1.5, Number.NaN]) await rejects('invalid_input', storage.users({ limit }))
    for (const bad of ['', 'ann', '{}', '[1,2]'])
      await rejects('invalid_input', storage.users({ limit: 1, after: bad }))
  }),

  // Copying a storage

  holds('gives the keys of records along where they are asked for, and only there', async (storage) => {
    await storage.commit(ann, {
      changes: [put('a', 1, { due: '1', uid: '' }), put('b', 2), { op: 'put', collection: 'run', id: 'r', value: 1 }],
    })
    await storage.commit(ann, { changes: [put('c', 3, { due: '3' })] })
    await storage.commit(ann, { changes: [put('c', 4, { part: 'p' })] })
    const withKeys = [
      { id: 'a', version: 1, value: 1, keys: { due: '1', uid: '' } },
      { id: 'b', version: 1, value: 2, keys: {} },
      { id: 'c', version: 2, value: 4, keys: { part: 'p' } },
    ]
    equal((await storage.list(ann, 'event', { limit: 10, keys: true })).records, withKeys)
    equal((await storage.list(ann, 'event', { index: 'due', limit: 1, keys: true })).records, [withKeys[0]])
    equal((await storage.list(ann, 'run', { limit: 1, keys: true })).records, [
      { id: 'r', version: 1, value: 1, keys: {} },
    ])
    for (const { keys } of (await storage.list(ann, 'event', { limit: 10 })).records) equal(keys, undefined)
    equal((await storage.get(ann, 'event', 'a'))?.keys, undefined)
  }),
  holds('gives a record the version that it had elsewhere, and counts on from there', async (storage) => {
    const copied = (id: string, version: number, expected?: number): RecordChange =>
      ({ ...put(id, 'copied', { due: id }, expected), version }) as RecordChange
    await storage.commit(ann, { changes: [copied('a', 7, 0), copied('b', 1, 0), put('c', 'new', {}, 0)] })
    equal((await storage.get(ann, 'event', 'a'))?.version, 7)
    equal((await storage.get(ann, 'event', 'b'))?.version, 1)
    await storage.commit(ann, { changes: [put('a', 'on', {}, 7)] })
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 8, value: 'on' })
    await rejects('stale_version', storage.commit(ann, { changes: [copied('a', 3, 0)] }))
    await storage.commit(ann, { changes: [copied('a', 3)] })
    equal(await storage.get(ann, 'event', 'a'), { id: 'a', version: 3, value: 'copied' })
    equal(await ids(storage, 'event', { index: 'due', limit: 10 }), ['a', 'b'])
  }),
  holds('refuses a given version that is none, and one for a record that is expected to be there', async (storage) => {
    for (const version of [0, -1, 1.5, Number.NaN, 2 ** 53])
      await rejects('invalid_input', storage.commit(ann, { changes: [{ ...put('a', 1), version } as RecordChange] }))
    const change = { ...put('a', 1, {}, 1), version: 2 } as RecordChange
    await rejects('invalid_input', storage.commit(ann, { changes: [change] }))
    equal(await everything(storage, ann), {})
  }),

  // Leases

  holds('gives a free lease, good until `now` and its time', async (storage) => {
    equal(await storage.claim(ann, 'k', 'w1', 1_000, 50), { key: 'k', owner: 'w1', token: 1, expiresAt: 1_050 })
  }),
  holds('gives a lease to one holder at a time', async (storage) => {
    await claim(storage, ann, 'k', 'w1', 0)
    equal(await storage.claim(ann, 'k', 'w2', 1_000, 999), undefined)
    ok(await storage.claim(ann, 'other', 'w2', 1_000, 999), 'another lease was not free')
  }),
  holds('renews the lease of its holder and keeps the token', async (storage) => {
    const first = await claim(storage, ann, 'k', 'w1', 0)
    const second = await claim(storage, ann, 'k', 'w1', 500)
    equal(second, { ...first, expiresAt: 1_500 })
    equal(await storage.claim(ann, 'k', 'w2', 1_000, 1_400), undefined)
    await storage.commit(ann, { changes: [put('a', 1)], leases: [first] })
  }),
  holds('gives an expired lease to another, with a token that grew by one', async (storage) => {
    const first = await claim(storage, ann, 'k', 'w1', 0)
    equal((await claim(storage, ann, 'k', 'w2', 1_001)).token, first.token + 1)
    equal((await claim(storage, ann, 'k', 'w1', 2_002)).token, first.token + 2)
  }),
  holds('lets the holder renew an expired lease that nobody took, with the same token', async (storage) => {
    const first = await claim(storage, ann, 'k', 'w1', 0)
    equal((await claim(storage, ann, 'k', 'w1', 9_000)).token, first.token)
  }),
  holds('gives a lease that is raced for to one', async (storage) => {
    for (const now of [0, 5_000, 10_000]) {
      const owners = ['w1', 'w2', 'w3', 'w4', 'w5'].map((owner) => `${owner}@${now}`)
      const got = await Promise.all(owners.map((owner) => storage.claim(ann, 'k', owner, 1_000, now)))
      equal(got.filter((lease) => lease !== undefined).length, 1)
    }
    equal((await claim(storage, ann, 'k', 'last', 20_000)).token, 4)
  }),
  holds('frees a lease that is given back, and never uses its token again', async (storage) => {
    const first = await claim(storage, ann, 'k', 'w1', 0)
    await storage.release(ann, first)
    const second = await claim(storage, ann, 'k', 'w2', 10)
    equal(second.token, first.token + 1)
    await storage.release(ann, second)
    equal((await claim(storage, ann, 'k', 'w2', 20)).token, second.token + 1)
  }),
  holds('does nothing when a lease is given back that has passed on or never was', async (storage) => {
    const first = await claim(storage, ann, 'k', 'w1', 0)
    const second = await claim(storage, ann, 'k', 'w2', 1_001)
    await storage.release(ann, first)
    await storage.release(ann, { ...second, token: second.token + 1 })
    await storage.release(ann, { key: 'never', owner: 'w1', token: 1, expiresAt: 0 })
    equal(await storage.claim(ann, 'k', 'w3', 1_000, 1_500), undefined)
    await storage.commit(ann, { changes: [put('a', 1)], leases: [second] })
  }),
  holds('commits under a lease that is held', async (storage) => {
    const lease = await claim(storage, ann, 'k', 'w1', 0)
    await storage.commit(ann, { changes: [put('a', 1)], leases: [lease] })
    equal((await storage.get(ann, 'event', 'a'))?.value, 1)
  }),
  holds('commits under a lease that is expired as long as nobody took it', async (storage) => {
    const lease = await claim(storage, ann, 'k', 'w1', 0)
    await storage.commit(ann, { changes: [put('a', 1)], leases: [{ ...lease, expiresAt: -1 }] })
    equal((await storage.get(ann, 'event', 'a'))?.value, 1)
  }),
  holds('refuses the commit of a worker whose lease has passed on, and writes nothing', async (storage) => {
    const stale = await claim(storage, ann, 'k', 'w1', 0)
    const other = await claim(storage, ann, 'other', 'w1', 0)
    await storage.commit(ann, { changes: [put('a', 'kept', { due: '1' })], leases: [stale, other] })
    const before = await everything(storage, ann)
    await claim(storage, ann, 'k', 'w2', 1_001)
    for (const leases of [[stale], [other, stale], [stale, other]]) {
      const batch: Batch = { changes: [put('a', 'late'), put('b', 1), remove('c')], leases }
      await rejects('lease_lost', storage.commit(ann, batch))
    }
    await rejects('lease_lost', storage.commit(ann, { changes: [], leases: [stale] }))
    equal(await everything(storage, ann), before)
  }),
  holds('refuses the commit of the same worker under an earlier token', async (storage) => {
    const stale = await claim(storage, ann, 'k', 'w1', 0)
    await claim(storage, ann, 'k', 'w2', 1_001)
    const again = await claim(storage, ann, 'k', 'w1', 3_000)
    await rejects('lease_lost', storage.commit(ann, { changes: [put('a', 1)], leases: [stale] }))
    await storage.commit(ann, { changes: [put('a', 1)], leases: [again] })
  }),
  holds('refuses the commit under a lease that was given back', async (storage) => {
    const lease = await claim(storage, ann, 'k', 'w1', 0)
    await storage.release(ann, lease)
    await rejects('lease_lost', storage.commit(ann, { changes: [put('a', 1)], leases: [lease] }))
    equal(await everything(storage, ann), {})
  }),
  holds('refuses the commit under a lease that was never given', async (storage) => {
    const made: Lease = { key: 'k', owner: 'w1', token: 1, expiresAt: 1e15 }
    await rejects('lease_lost', storage.commit(ann, { changes: [put('a', 1)], leases: [made] }))
    const real = await claim(storage, ann, 'k', 'w1', 0)
    for (const forged of [
      { ...real, owner: 'w2' },
      { ...real, token: 2 },
      { ...real, key: 'K' },
    ]) {
      await rejects('lease_lost', storage.commit(ann, { changes: [put('a', 1)], leases: [forged] }))
    }
    equal(await everything(storage, ann), {})
  }),
  holds('keeps lease tokens when everything else of the user is removed', async (storage) => {
    const first = await claim(storage, ann, 'k', 'w1', 0)
    await storage.commit(ann, { changes: [put('a', 1)], leases: [first] })
    await storage.commit(ann, { changes: [remove('a')], leases: [first] })
    await storage.release(ann, first)
    ok((await claim(storage, ann, 'k', 'w2', 0)).token > first.token, 'the token was used again')
  }),
  holds('forgets the leases of one user, where it can, and no commit is made under one of them', async (storage) => {
    if (!storage.forget) return
    const [hers, his] = [await claim(storage, ann, 'k', 'w1', 0), await claim(storage, bob, 'k', 'w1', 0)]
    await storage.forget(ann)
    await rejects('lease_lost', storage.commit(ann, { changes: [put('a', 1)], leases: [hers] }))
    await storage.commit(bob, { changes: [put('a', 1)], leases: [his] })
    await storage.forget(ann)
    ok(await storage.claim(ann, 'k', 'w2', 1_000, 0), 'a lease that was forgotten cannot be had')
  }),

  // Closing

  holds('can be closed twice, also before it was used', async (storage) => {
    await storage.close()
    await storage.close()
  }),
  holds('refuses every verb after it was closed', async (storage) => {
    const lease = await claim(storage, ann, 'k', 'w1', 0)
    await storage.close()
    await rejects('storage_failed', storage.get(ann, 'event', 'a'))
    await rejects('storage_failed', storage.getMany(ann, 'event', ['a']))
    await rejects('storage_failed', storage.list(ann, 'event', { limit: 1 }))
    await rejects('storage_failed', storage.commit(ann, { changes: [put('a', 1)] }))
    await rejects('storage_failed', storage.claim(ann, 'k', 'w1', 1_000, 0))
    await rejects('storage_failed', storage.release(ann, lease))
    await rejects('storage_failed', storage.users({ limit: 1 }))
  }),
  {
    name: 'shares nothing between two storages',
    async run(make) {
      const [one, two] = [await make(), await make()]
      try {
        await one.commit(ann, { changes: [put('a', 1)] })
        await claim(one, ann, 'k', 'w1', 0)
        equal(await two.get(ann, 'event', 'a'), undefined)
        equal((await claim(two, ann, 'k', 'w2', 0)).token, 1)
      } finally {
        await one.close()
        await two.close()
      }
    },
  },
]

const ann = 'ann' as UserId
const bob = 'bob' as UserId
const printable: readonly string[] = Array.from({ length: 95 }, (_, at) => String.fromCharCode(0x20 + at))

function holds(name: string, check: (storage: Storage) => Promise<void>): ContractCase<Storage> {
  return {
    name,
    async run(make) {
      const storage = await make()
      try {
        await check(storage)
      } finally {
        await storage.close()
      }
    },
  }
}

function put(id: string, value: Json, keys: Readonly<Record<string, string>> = {}, expected?: number): RecordChange {
  return { op: 'put', collection: 'event', id, value, keys, ...(expected === undefined ? {} : { expected }) }
}

function remove(id: string, expected?: number): RecordChange {
  return { op: 'remove', collection: 'event', id, ...(expected === undefined ? {} : { expected }) }
}

function after(next: string | undefined): { readonly after?: string } {
  return next === undefined ? {} : { after: next }
}

async function claim(storage: Storage, user: UserId, key: string, owner: string, now: number): Promise<Lease> {
  const lease = await storage.claim(user, key, owner, 1_000, now)
  if (!lease) throw new Error('A lease that should be free was not given.')
  return lease
}

async function allUsers(storage: Storage, limit: number): Promise<readonly string[]> {
  const all: string[] = []
  let next: string | undefined
  do {
    const page = await storage.users({ limit, ...after(next) })
    all.push(...page.users)
    ok(page.users.length <= limit, 'a page was longer than asked for')
    next = page.next
  } while (next !== undefined)
  return all
}

async function ids(storage: Storage, collection: Collection, query: Query): Promise<readonly string[]> {
  return idsOf((await storage.list(ann, collection, query)).records)
}

async function pages(storage: Storage, collection: Collection, query: Query): Promise<readonly string[]> {
  const all: string[] = []
  let next: string | undefined
  for (let count = 0; count < 1_000; count++) {
    const page = await storage.list(ann, collection, { ...query, ...after(next) })
    all.push(...idsOf(page.records))
    if (page.next === undefined) return all
    next = JSON.parse(JSON.stringify(page.next))
  }
  throw new Error('The pages do not come to an end.')
}

/** All records of a user by every order, to compare before and after. */
async function everything(storage: Storage, user: UserId): Promise<Json> {
  const all: Record<string, Json> = {}
  for (const [name, indices] of Object.entries(collections)) {
    for (const index of [undefined, ...indices]) {
      const query = index === undefined ? { limit: 1_000 } : { index, limit: 1_000 }
      const { records } = await storage.list(user, name as Collection, query)
      if (records.length > 0)
        all[`${name} ${index ?? 'id'}`] = records.map(({ id, version, value }) => [id, version, value])
    }
  }
  return all
}

function idsOf(records: readonly StoredRecord[]): string[] {
  return records.map(({ id }) => id)
}

function byUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A storage may freeze what it gives; then the change fails, which is as good. */
function tryTo(change: () => void): void {
  try {
    change()
  } catch {
    // Frozen.
  }
}

function ok(claimed: unknown, otherwise: string): void {
  if (!claimed) throw new Error(otherwise)
}

function equal(actual: unknown, expected: unknown): void {
  const [found, wanted] = [canonical(actual), canonical(expected)]
  if (found !== wanted) throw new Error(`Expected ${wanted.slice(0, 500)}, found ${found.slice(0, 500)}`)
}

async function rejects(code: SyncErrorCode, promise: Promise<unknown>): Promise<void> {
  let outcome: unknown
  try {
    await promise
    outcome = 'success'
  } catch (error) {
    if (isSyncError(error, code)) return
    outcome = error
  }
  throw new Error(`Expected a SyncError "${code}", found ${String(outcome)}`)
}

/** JSON with the members of objects in order, and `undefined` told apart from null. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .sort(([a], [b]) => byUnit(a, b))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join()}}`
}
