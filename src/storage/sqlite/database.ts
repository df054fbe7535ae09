/** What is bound to a statement. */
export type SqliteValue = string | number | null

/** One prepared statement. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}

/**
 * The little that calweave needs of a synchronous SQLite driver. `DatabaseSync` of `node:sqlite` and `Database` of
 * `better-sqlite3` fit as they are.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
}

/** A database with its prepared statements: preparing anew costs several times as much as running. */
export class Connection {
  readonly #database: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  /** How many rows it changed. */
  run(sql: string, ...values: SqliteValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes)
  }

  all<Row>(sql: string, ...values: SqliteValue[]): readonly Row[] {
    return this.#prepared(sql).all(...values) as Row[]
  }

  first<Row>(sql: string, ...values: SqliteValue[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0]
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  pragma(name: 'application_id' | 'user_version'): number {
    const row = this.#database.prepare(`PRAGMA ${name}`).get() as Record<string, number> | undefined
    return row?.[name] ?? 0
  }

  /**
   * Runs `work` whole or not at all. It takes the right to write at once: a transaction that begins by reading can be
   * refused in the middle. `work` is synchronous, so that nothing else of this process can slip in between.
   */
  transaction(work: () => void): void {
    // Outside of the try: where this fails, the transaction that is open is not ours to roll back.
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // SQLite rolls back by itself on a full disk and some other errors; then there is nothing left to roll back.
    }
  }

  #prepared(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
