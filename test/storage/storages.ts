import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { memoryStorage } from '../../src/storage/memory.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import type { Storage } from '../../src/storage/storage.js'

export interface MadeStorage {
  readonly name: string
  make(): Promise<Storage>
}

/** Every storage that must keep the contract, each in the ways in which hosts use it. */
export const storages: readonly MadeStorage[] = [
  { name: 'memory', make: async () => memoryStorage() },
  { name: 'sqlite, file by path', make: async () => sqliteStorage({ path: temporaryFile() }) },
  { name: 'sqlite, :memory: by path', make: async () => sqliteStorage({ path: ':memory:' }) },
  { name: 'sqlite, given node:sqlite', make: async () => sqliteStorage({ database: new DatabaseSync(':memory:') }) },
  { name: 'sqlite, given better-sqlite3', make: async () => sqliteStorage({ database: new Database(':memory:') }) },
  {
    name: 'sqlite, given better-sqlite3 with a file',
    make: async () => sqliteStorage({ database: new Database(temporaryFile()) }),
  },
]

const folders: string[] = []

/** A path in a folder of its own, below the system's temporary folder. */
export function temporaryFile(name = 'calweave.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'calweave-storage-'))
  folders.push(folder)
  return join(folder, name)
}

/** Call it after the tests of a file. */
export function removeTemporaryFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}
