import type { Boss, BossDatabase } from './boss.js'

/**
 * Does what belongs together as one, and one after the other for one key, whichever process asks.
 *
 * A database adapter that has no transactions of its own has one connection (PGlite), and then there is one process: there
 * a queue in memory keeps the order, and what is done is ordered so that a crash in between leaves a job too many and none
 * too few.
 */
export async function oneAtATime<Result>(
  boss: Boss,
  key: string,
  work: (db: BossDatabase | undefined) => Promise<Result>,
): Promise<Result> {
  const database = boss.getDb()
  if (!database.beginTransaction) return inTurn(database, key, () => work(undefined))
  const transaction = await database.beginTransaction()
  try {
    await transaction.db.executeSql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`calweave/${key}`])
    const result = await work(transaction.db)
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

const turns = new WeakMap<BossDatabase, Map<string, Promise<unknown>>>()

async function inTurn<Result>(database: BossDatabase, key: string, work: () => Promise<Result>): Promise<Result> {
  const waiting = turns.get(database) ?? new Map<string, Promise<unknown>>()
  turns.set(database, waiting)
  const before = waiting.get(key) ?? Promise.resolve()
  const mine = before.then(work, work)
  const settled = mine.catch(() => undefined)
  waiting.set(key, settled)
  try {
    return await mine
  } finally {
    if (waiting.get(key) === settled) waiting.delete(key)
  }
}
