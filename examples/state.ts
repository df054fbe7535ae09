// Copies everything that calweave keeps, from one place to another; see docs/guides/postgres.md. End the workers first.
//
//   node examples/state.ts calweave.sqlite postgres://calweave@db.example.com/calweave    moves to PostgreSQL
//   node examples/state.ts calweave.sqlite backup.jsonl                                   backs up
//   node examples/state.ts backup.jsonl calweave.sqlite                                   restores
//
// A place is the address of a PostgreSQL, a file that ends in .jsonl, or a file of SQLite. What is written to must be
// new or empty; with --overwrite as the third word, an import that was cut off is gone on with.
import { createReadStream, createWriteStream, existsSync, renameSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Storage } from 'calweave'
import { sqliteStorage } from 'calweave/storage/sqlite'
import { exportState, importState } from 'calweave/storage/state'

const [from = '', to = '', option = ''] = process.argv.slice(2)
if (from === '' || to === '') fail('Say from where and to where. The first lines of this file tell more.')
if (!isDatabase(from) && !existsSync(from)) fail(`There is no ${from}.`)

if (isText(from) && isText(to)) fail('These are two files of text: copy the one to the other.')
else if (isText(to)) {
  const { storage, end } = await opened(from)
  if (existsSync(to)) fail(`There is a ${to} already.`)
  // Under its own name only when it is whole.
  await pipeline(exportState({ storage }), createWriteStream(`${to}.part`, { mode: 0o600 }))
  renameSync(`${to}.part`, to)
  await end()
  console.log(`${from} is in ${to}.`)
} else {
  const source = isText(from) ? undefined : await opened(from)
  const target = await opened(to)
  const { users, records } = await importState({
    storage: target.storage,
    open: () => (source ? exportState(source) : createReadStream(from)),
    overwrite: option === '--overwrite',
  })
  await target.end()
  await source?.end()
  console.log(`${records} records of ${users} users are in ${isDatabase(to) ? 'the database' : to}.`)
}

async function opened(place: string): Promise<{ readonly storage: Storage; end(): Promise<void> }> {
  if (!isDatabase(place)) {
    const storage = sqliteStorage({ path: place })
    return { storage, end: () => storage.close() }
  }
  const { Pool } = await import('pg')
  const { postgresStorage } = await import('calweave/storage/postgres')
  const pool = new Pool({ connectionString: place, connectionTimeoutMillis: 10_000 })
  return { storage: postgresStorage({ pool }), end: () => pool.end() }
}

function isDatabase(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place)
}

function isText(place: string): boolean {
  return !isDatabase(place) && place.endsWith('.jsonl')
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
