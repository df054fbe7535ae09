import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { isSyncError, type SyncErrorCode } from '../../../src/errors.js'
import type { UserId } from '../../../src/model/ids.js'
import { sqliteStorage } from '../../../src/storage/sqlite/index.js'
import { applicationId, identify, migrations } from '../../../src/storage/sqlite/schema.js'
import type { RecordChange } from '../../../src/storage/storage.js'
import { removeTemporaryFiles, temporaryFile } from '../storages.js'

afterAll(removeTemporaryFiles)

const user = 'ann' as UserId

describe('files that are not ours are refused and stay as they are, byte for byte', () => {
  const files: readonly { readonly name: string; readonly code: SyncErrorCode; fill(path: string): void }[] = [
    { name: 'a text of five bytes', code: 'storage_foreign', fill: (path) => writeFileSync(path, 'hello') },
    {
      name: 'a longer text',
      code: 'storage_foreign',
      fill: (path) => writeFileSync(path, 'BEGIN:VCALENDAR\r\n'.repeat(999)),
    },
    { name: 'zeroes', code: 'storage_foreign', fill: (path) => writeFileSync(path, new Uint8Array(8_192)) },
    {
      name: 'a database whose header is good and whose rest is not',
      code: 'storage_foreign',
      fill: (path) => {
        makeOther(path, 'CREATE TABLE t (a)')
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.fill(0xee, 100))
      },
    },
    {
      name: 'a database of an application without an id',
      code: 'storage_foreign',
      fill: (path) => makeOther(path, 'CREATE TABLE note (text TEXT); INSERT INTO note VALUES (1)'),
    },
    {
      name: 'a database that has tables of our names but not our id',
      code: 'storage_foreign',
      fill: (path) => makeOther(path, 'CREATE TABLE event (a); CREATE TABLE lease (a); PRAGMA user_version = 1'),
    },
    {
      name: 'an empty database of another application',
      code: 'storage_foreign',
      fill: (path) => makeOther(path, 'PRAGMA application_id = 42'),
    },
    {
      name: 'a database of another application with a log that its owner left behind',
      code: 'storage_foreign',
      fill: (path) => leaveLogBehind(path, 'PRAGMA application_id = 42; CREATE TABLE note (text TEXT)'),
    },
    {
      name: 'a database of another application with a log of what it was about to undo',
      code: 'storage_foreign',
      fill: (path) => leaveJournalBehind(path),
    },
    {
      name: 'a database of ours with a table too many',
      code: 'storage_foreign',
      fill: (path) => makeOther(path, `${oursInSql()}; CREATE TABLE stranger (a)`),
    },
    {
      name: 'a database of ours with a trigger that somebody put in',
      code: 'storage_foreign',
      fill: (path) =>
        makeOther(path, `${oursInSql()}; CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM audit; END`),
    },
    {
      name: 'a database of ours with an index too few',
      code: 'storage_foreign',
      fill: (path) => makeOther(path, `${oursInSql()}; DROP INDEX event_by_due`),
    },
    {
      name: 'a database of a newer calweave',
      code: 'storage_newer',
      fill: (path) =>
        makeOther(
          path,
          `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length + 1}; CREATE TABLE next (a)`,
        ),
    },
    {
      name: 'a database of a newer calweave that is still in its log',
      code: 'storage_newer',
      fill: (path) =>
        leaveLogBehind(
          path,
          `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length + 1}`,
        ),
    },
  ]

  for (const { name, code, fill } of files) {
    test(name, async () => {
      const path = temporaryFile('100% ? #1.db') // characters that mean something in a URI
      fill(path)
      const before = digests(path)
      const storage = sqliteStorage({ path })
      for (let attempt = 0; attempt < 2; attempt++) {
        const error = await storage.commit(user, { changes: [] }).catch((error: unknown) => error)
        expect(error).toSatisfy((error) => isSyncError(error, code))
      }
      await storage.close()
      expect(digests(path)).toEqual(before)
    })

    // What a host opens for writing, SQLite itself folds together with its log; that is not ours to prevent.
    if (name.includes('log')) continue

    test(`${name}, opened by the host`, async () => {
      for (const open of [(path: string) => new DatabaseSync(path), (path: string) => new Database(path)]) {
        const path = temporaryFile()
        fill(path)
        const before = digests(path)
        const storage = sqliteStorage({ database: open(path) })
        await expect(storage.get(user, 'event', 'a')).rejects.toSatisfy((error) => isSyncError(error, code))
        await storage.close()
        expect(digests(path)).toEqual(before)
      }
    })
  }
})

describe('files that are ours', () => {
  test('a new file gets our id and version, and both survive', async () => {
    const path = temporaryFile()
    await use(path, (storage) => storage.commit(user, { changes: [] }))
    const database = new DatabaseSync(path)
    expect(database.prepare('PRAGMA application_id').get()).toEqual({ application_id: applicationId })
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length })
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
  })

  test('an empty file is taken for a new one', async () => {
    const path = temporaryFile()
    writeFileSync(path, '')
    await use(path, (storage) =>
      storage.commit(user, { changes: [{ op: 'put', collection: 'run', id: 'a', value: 1 }] }),
    )
    await use(path, async (storage) => expect((await storage.get(user, 'run', 'a'))?.value).toBe(1))
  })

  test('a new file whose making was cut off in the middle of the disk writes is made again', async () => {
    const origin = temporaryFile()
    const database = new DatabaseSync(origin)
    database.exec('PRAGMA cache_size = 2; BEGIN') // so little that pages reach the file before the commit
    for (const sql of oursInSql().split(';')) database.exec(sql)
    const path = temporaryFile()
    copyFileSync(origin, path)
    copyFileSync(`${origin}-journal`, `${path}-journal`)
    database.exec('COMMIT')
    database.close()
    expect(readFileSync(path).length).toBeGreaterThan(0)
    await use(path, async (storage) => {
      expect(await storage.get(user, 'event', 'a')).toBeUndefined()
      await storage.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 1 }] })
    })
    await use(path, async (storage) => expect((await storage.get(user, 'event', 'a'))?.value).toBe(1))
  })

  test('a path may hold what means something in a URI', async () => {
    const path = temporaryFile('100% ? #1 übung&mode=ro.db')
    await use(path, (storage) =>
      storage.commit(user, { changes: [{ op: 'put', collection: 'run', id: 'a', value: 1 }] }),
    )
    expect(existsSync(path)).toBe(true)
    await use(path, async (storage) => expect((await storage.get(user, 'run', 'a'))?.value).toBe(1))
    expect(readdirSync(dirname(path))).toEqual(['100% ? #1 übung&mode=ro.db'])
  })

  test('records, versions, indices and lease tokens survive reopening, whichever driver opens', async () => {
    const path = temporaryFile()
    const stale = await use(path, async (storage) => {
      await storage.commit(user, {
        changes: [{ op: 'put', collection: 'event', id: 'a', value: { title: 'ü🎉' }, keys: { due: '1' } }],
      })
      const lease = await storage.claim(user, 'k', 'w1', 1_000, 0)
      if (!lease) throw new Error('no lease')
      return lease
    })
    const other = sqliteStorage({ database: new Database(path) })
    expect(await other.claim(user, 'k', 'w2', 1_000, 500)).toBeUndefined()
    expect((await other.claim(user, 'k', 'w2', 1_000, 2_000))?.token).toBe(stale.token + 1)
    await other.close()
    await use(path, async (storage) => {
      const { records } = await storage.list(user, 'event', { index: 'due', limit: 1 })
      expect(records).toEqual([{ id: 'a', version: 1, value: { title: 'ü🎉' } }])
      const late = storage.commit(user, { changes: [], leases: [stale] })
      await expect(late).rejects.toSatisfy((error) => isSyncError(error, 'lease_lost'))
    })
  })

  test('two storages on one file see each other at once and refuse what is stale', async () => {
    const path = temporaryFile()
    const [one, two] = [sqliteStorage({ path }), sqliteStorage({ path })]
    await Promise.all([one, two].map((storage) => storage.commit(user, { changes: [] })))
    await one.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 1 }] })
    expect((await two.get(user, 'event', 'a'))?.version).toBe(1)
    await two.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 2, expected: 1 }] })
    const late = one.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 3, expected: 1 }] })
    await expect(late).rejects.toSatisfy((error) => isSyncError(error, 'stale_version'))
    await Promise.all([one.close(), two.close()])
  })

  test('an older worker beside a newer schema is refused at its next commit, also when it had the file open', async () => {
    for (const open of [(path: string) => new DatabaseSync(path), (path: string) => new Database(path)]) {
      const path = temporaryFile()
      const older = sqliteStorage({ database: open(path) })
      await older.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 1 }] })
      // What a later version does: in one transaction another column, and its number.
      makeOther(
        path,
        `BEGIN; ALTER TABLE event ADD COLUMN key_later TEXT; PRAGMA user_version = ${migrations.length + 1}; COMMIT`,
      )
      for (let attempt = 0; attempt < 2; attempt++) {
        const change = { op: 'put', collection: 'event', id: 'a', value: 2 } as const
        const refused = older.commit(user, { changes: [change] })
        await expect(refused).rejects.toSatisfy((error) => isSyncError(error, 'storage_newer'))
      }
      await expect(older.claim(user, 'k', 'w', 1, 0)).rejects.toSatisfy((error) => isSyncError(error, 'storage_newer'))
      await older.close()
      const database = new DatabaseSync(path)
      expect(database.prepare('SELECT value FROM event').all()).toEqual([{ value: '1' }])
      database.close()
    }
  })

  test('a file that cannot be opened is storage_failed, and can be opened later', async () => {
    const path = `${temporaryFile()}/missing-folder/calweave.db`
    const storage = sqliteStorage({ path })
    const error = await storage.get(user, 'event', 'a').catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'storage_failed', remedy: 'retry', reason: 'SQLITE_CANTOPEN' })
    await storage.close()
  })

  test('a locked file is storage_failed, nothing is written, and the next try works', async () => {
    const path = temporaryFile()
    const storage = sqliteStorage({ path, busyTimeoutMs: 20 })
    await storage.commit(user, { changes: [] })
    const holder = new DatabaseSync(path)
    holder.exec('BEGIN IMMEDIATE')
    const change = { op: 'put', collection: 'event', id: 'a', value: 1 } as const
    const error = await storage.commit(user, { changes: [change] }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'storage_failed', remedy: 'retry', reason: 'SQLITE_BUSY' })
    expect(await storage.get(user, 'event', 'a')).toBeUndefined() // reading goes on meanwhile
    holder.exec('ROLLBACK')
    holder.close()
    await storage.commit(user, { changes: [change] })
    expect((await storage.get(user, 'event', 'a'))?.version).toBe(1)
    await storage.close()
  })

  test('a new file that is locked while it is made is storage_failed, and the next try makes it', async () => {
    const path = temporaryFile()
    const holder = new DatabaseSync(path)
    holder.exec('BEGIN EXCLUSIVE')
    const storage = sqliteStorage({ path, busyTimeoutMs: 20 })
    const error = await storage.get(user, 'event', 'a').catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'storage_failed', reason: 'SQLITE_BUSY' })
    holder.exec('ROLLBACK')
    holder.close()
    expect(await storage.get(user, 'event', 'a')).toBeUndefined()
    await storage.close()
  })

  test('a file that others are reading opens, though its journal mode cannot be changed now', async () => {
    const path = temporaryFile()
    makeOther(path, oursInSql())
    const reader = new DatabaseSync(path)
    reader.exec('BEGIN; SELECT * FROM event')
    const storage = sqliteStorage({ path, busyTimeoutMs: 20 })
    expect(await storage.get(user, 'event', 'a')).toBeUndefined()
    reader.exec('ROLLBACK')
    reader.close()
    await storage.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 1 }] })
    await storage.close()
  })

  test('a commit does not wait for the disk, and the log keeps it from being half there', async () => {
    for (const database of [new DatabaseSync(temporaryFile()), new Database(temporaryFile())]) {
      const storage = sqliteStorage({ database })
      await storage.commit(user, { changes: [] })
      expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 })
      expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
      await storage.close()
      expect(() => database.prepare('SELECT 1')).toThrow() // taken over, so closed with the storage
    }
  })

  test('a full disk is storage_failed, leaves nothing by half, and all goes on when there is room', async () => {
    for (const open of [(path: string) => new DatabaseSync(path), (path: string) => new Database(path)]) {
      const path = temporaryFile()
      const database = open(path)
      const storage = sqliteStorage({ database })
      const batch = (number: number) => ({
        changes: Array.from({ length: 30 }, (_, at) => ({
          ...{ op: 'put', collection: 'event', id: `${at}`, keys: { due: `${number}` } },
          ...{ value: 'x'.repeat(3_000 * number), expected: number - 1 },
        })) as readonly RecordChange[],
      })
      await storage.commit(user, batch(1))
      const pages = Object.values(database.prepare('PRAGMA page_count').get() as Record<string, number>)[0] ?? 0
      database.exec(`PRAGMA max_page_count = ${pages + 20}`)
      for (let attempt = 0; attempt < 3; attempt++) {
        const error = await storage.commit(user, batch(2)).catch((error: unknown) => error)
        expect(error).toMatchObject({ code: 'storage_failed', remedy: 'retry', reason: 'SQLITE_FULL' })
        const { records } = await storage.list(user, 'event', { index: 'due', to: '2', limit: 100 })
        expect(records.map(({ version }) => version)).toEqual(Array(30).fill(1))
      }
      // What is small still finds its place.
      const lease = await storage.claim(user, 'k', 'w', 1_000, 0)
      await storage.commit(user, { changes: [], leases: lease ? [lease] : [] })
      database.exec('PRAGMA max_page_count = 1000000')
      await storage.commit(user, batch(2))
      expect((await storage.get(user, 'event', '29'))?.version).toBe(2)
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      await storage.close()
    }
  })

  test('a transaction that the host has open is not rolled back by a commit that finds it', async () => {
    const database = new DatabaseSync(':memory:')
    const storage = sqliteStorage({ database })
    await storage.commit(user, { changes: [{ op: 'put', collection: 'event', id: 'a', value: 1 }] })
    database.exec('BEGIN')
    database.exec(`UPDATE event SET version = 9`)
    const error = await storage.commit(user, { changes: [] }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'storage_failed' })
    database.exec('COMMIT')
    expect((await storage.get(user, 'event', 'a'))?.version).toBe(9)
    await storage.close()
  })

  test('messages and errors hold nothing of what is kept', async () => {
    const storage = sqliteStorage({ path: ':memory:' })
    const secret = 'Dinner with Zoe'
    await storage.commit(user, { changes: [{ op: 'put', collection: 'event', id: secret, value: secret }] })
    const attempts = [
      storage.commit(user, { changes: [{ op: 'put', collection: 'event', id: secret, value: secret, expected: 0 }] }),
      storage.commit(user, {
        changes: [{ op: 'put', collection: 'event', id: secret, value: secret, keys: { [secret]: secret } }],
      }),
      storage.list(user, 'event', { limit: 1, after: secret }),
      storage.list(user, 'event', { limit: 1, index: secret }),
    ]
    for (const attempt of attempts) {
      const error = await attempt.catch((error: unknown) => error)
      expect(error).toBeInstanceOf(Error)
      expect(String(error)).not.toContain(secret)
    }
    await storage.close()
  })
})

test('a file that another process makes ours between two questions about it is ours, and not somebody else’s', () => {
  const ids = [0, applicationId]
  const connection = {
    pragma: (name: string) => (name === 'application_id' ? (ids.shift() ?? applicationId) : migrations.length),
    all: () => [{ name: 'event', type: 'table' }],
  } as unknown as Parameters<typeof identify>[0]
  expect(identify(connection)).toBe('ours')
})

test('files of version 1 have these tables and keys; another list of collections needs a migration of its own', async () => {
  expect(migrations).toHaveLength(1)
  const path = temporaryFile()
  await use(path, (storage) => storage.commit(user, { changes: [] }))
  const database = new DatabaseSync(path)
  const columns = database.prepare(`
    SELECT t.name AS "table", c.name AS key FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND c.name LIKE 'key\\_%' ESCAPE '\\' ORDER BY t.name, c.name`)
  expect(columns.all().map((row) => Object.values(row).join('.'))).toEqual([
    'audit.key_event',
    'audit.key_run',
    'calendar.key_connection',
    'conflict.key_event',
    'conflict.key_open',
    'event.key_apart',
    'event.key_due',
    'event.key_failed',
    'event.key_fingerprint',
    'event.key_part',
    'event.key_series',
    'event.key_uid',
    'inbox.key_confirm',
    'inbox.key_gone',
    'inbox.key_shown',
    'job.key_dead',
    'job.key_due',
    'job.key_running',
    'job.key_set',
    'journal.key_event',
    'journal.key_run',
    'limit.key_end',
    'notification.key_closed',
    'notification.key_open',
    'observed.key_generation',
    'observed.key_uid',
    'observed.key_unreadable',
    'observed.key_until',
    'replica.key_event',
    'route.key_end',
    'route.key_user',
    'watch.key_renew',
  ])
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all()
  expect(tables.map((row) => Object.values(row)[0])).toEqual(
    'alert audit calendar chain conflict connection delivery event group inbox job journal lease limit membership notice notification observed pause pulse purge replica route run tally watch'.split(
      ' ',
    ),
  )
  database.close()
})

async function use<T>(path: string, work: (storage: ReturnType<typeof sqliteStorage>) => Promise<T>): Promise<T> {
  const storage = sqliteStorage({ path })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

function makeOther(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

/** A database whose last writes are in its log only, as after the death of its process. */
function leaveLogBehind(path: string, sql: string): void {
  const origin = temporaryFile()
  const database = new DatabaseSync(origin)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA application_id = ${sql.includes('= 42') ? 42 : applicationId}`)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.exec(sql)
  copyFileSync(origin, path)
  copyFileSync(`${origin}-wal`, `${path}-wal`)
  database.close()
}

/** A database whose owner died in the middle of a transaction that had reached the file already. */
function leaveJournalBehind(path: string): void {
  const origin = temporaryFile()
  const database = new DatabaseSync(origin)
  database.exec('PRAGMA application_id = 42; CREATE TABLE note (text TEXT); PRAGMA cache_size = 2; BEGIN')
  for (let at = 0; at < 50; at++) database.exec('INSERT INTO note VALUES (hex(randomblob(1000)))')
  copyFileSync(origin, path)
  copyFileSync(`${origin}-journal`, `${path}-journal`)
  database.close()
}

function oursInSql(): string {
  const statements = migrations.flatMap((migration) => migration())
  return [...statements, `PRAGMA application_id = ${applicationId}`, `PRAGMA user_version = ${migrations.length}`].join(
    ';',
  )
}

/** The database and its log. The `-shm` beside them is an index that every reader may make anew. */
function digests(path: string): Record<string, string> {
  const names = [path, `${path}-wal`, `${path}-journal`].filter(existsSync)
  return Object.fromEntries(names.map((name) => [name, createHash('sha256').update(readFileSync(name)).digest('hex')]))
}
