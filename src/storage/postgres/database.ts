import { failure, mayBeRepeated } from './failure.js'

/**
 * The little that calweave needs of a PostgreSQL driver: one statement with its values, on any connection. `Pool` and
 * `Client` of `pg` fit as they are, and so do `PGlite` and drivers that speak HTTP.
 */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** A schema of a database, and how to ask there. */
export interface Database {
  readonly schema: string
  /** The rows of one statement. @throws SyncError */
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/** How often a statement is tried that others stood in the way of. */
const attempts = 6

export function databaseOf(pool: PostgresPool, schema: string): Database {
  return {
    schema,
    async rows<Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
      for (let attempt = 1; ; attempt++) {
        try {
          return (await pool.query(sql, [...values])).rows as readonly Row[]
        } catch (error) {
          if (attempt === attempts || !mayBeRepeated(error)) throw failure(error)
        }
        await pause(2 ** attempt * Math.random())
      }
    },
  }
}

/** A name in SQL, whatever it is. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text in SQL, whatever it is and however the server reads backslashes. */
export function literal(text: string): string {
  const doubled = text.replaceAll("'", "''").replaceAll('\\', '\\\\')
  return doubled.includes('\\') ? `E'${doubled}'` : `'${doubled}'`
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
