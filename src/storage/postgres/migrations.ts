import { type Collection, collections } from '../storage.js'
import { commitFunction, writeFunction } from './commit-function.js'
import { literal, quoted } from './database.js'
import { foreignState } from './failure.js'

type Migration = (schema: string) => readonly string[]

/**
 * What leads from an empty schema to the present one; the table `calweave` says how many of these a schema has seen.
 *
 * The first follows `collections`. Once a release has made schemas with it, a change of `collections` is a migration of
 * its own at the end of this list, and the first gets the old list as a literal. A migration that changes a table makes
 * its functions anew.
 */
export const migrations: readonly Migration[] = [
  (schema) => [
    // `made` tells one making of the schema from the next, also where a backup was put in its place.
    `CREATE TABLE ${schema}.calweave (version integer NOT NULL, made text NOT NULL)`,
    `INSERT INTO ${schema}.calweave VALUES (0, gen_random_uuid()::text)`,
    ...Object.keys(collections).flatMap((name) => createCollection(schema, name as Collection)),
    `CREATE TABLE ${schema}.lease (
      user_id text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      owner text COLLATE "C",
      token bigint NOT NULL,
      expires_at bigint NOT NULL,
      PRIMARY KEY (user_id, key)
    ) WITH (fillfactor = 50)`,
    commitFunction(schema, lockOf(schema)),
  ],
]

/** One statement that does what is left to do, whole or not at all. Of workers that start at once, one does it. */
export function migration(schema: string, all: readonly Migration[] = migrations): string {
  const name = quoted(schema)
  const steps = all.map(
    (sqls, index) => `IF done <= ${index} THEN
      ${sqls(name).join(';\n')};
      UPDATE ${name}.calweave SET version = ${index + 1};
    END IF;`,
  )
  // In READ COMMITTED every query after the lock sees what the one who had it before has done. `to_regclass` and its like
  // do not: they answer from what this connection remembers.
  const isThere = (what: string) => `EXISTS (SELECT FROM pg_namespace n ${what} n.nspname = ${literal(schema)})`
  return `DO $migration$
    DECLARE done integer := 0;
    BEGIN
      PERFORM pg_advisory_xact_lock(${lockOf(name)});
      IF ${isThere("JOIN pg_class c ON c.relnamespace = n.oid WHERE c.relname = 'calweave' AND")} THEN
        SELECT version INTO STRICT done FROM ${name}.calweave;
      ELSIF NOT ${isThere('WHERE')} THEN
        CREATE SCHEMA ${name};
      ELSIF ${isThere('JOIN pg_class c ON c.relnamespace = n.oid WHERE')} THEN
        RAISE EXCEPTION USING ERRCODE = '${foreignState}', MESSAGE = 'not a schema of calweave';
      END IF;
      ${steps.join('\n')}
    END $migration$`
}

/** Commits share it, a migration has it alone: none is halfway while the tables change. */
function lockOf(schema: string): string {
  return `hashtextextended(${literal(`calweave ${schema}`)}, 0)`
}

/** Tables, indices and functions that must be there, by name. */
export function expectedNames(): readonly string[] {
  const names = Object.entries(collections).flatMap(([collection, indices]) => [
    collection,
    `${collection}_long`,
    ...indices.map((index) => `${collection}_by_${index}`),
    `write_${collection}()`,
  ])
  return [...names, 'lease', 'commit()']
}

/** The column that holds a record's entry in an index. */
export function keyColumn(index: string): string {
  return quoted(`key_${index}`)
}

function createCollection(schema: string, collection: Collection): readonly string[] {
  const indices = collections[collection]
  const table = `${schema}.${quoted(collection)}`
  return [
    // Text, not jsonb: that has no NUL and no lone surrogates in texts, and forgets the order of members. Some room in every
    // page: a record that is written again stays in its page then, and its indices are left alone.
    `CREATE TABLE ${table} (
      user_id text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      full_id text COLLATE "C",
      version bigint NOT NULL,
      value text COLLATE "C" NOT NULL,
      ${indices.map((index) => `${keyColumn(index)} text COLLATE "C",`).join(' ')}
      PRIMARY KEY (user_id, id)
    ) WITH (fillfactor = 80)`,
    ...indices.map(
      (index) => `CREATE INDEX ${quoted(`${collection}_by_${index}`)} ON ${table} (user_id, ${keyColumn(index)}, id)
        WHERE ${keyColumn(index)} IS NOT NULL AND full_id IS NULL`,
    ),
    `CREATE INDEX ${quoted(`${collection}_long`)} ON ${table} (user_id) WHERE full_id IS NOT NULL`,
    writeFunction(schema, collection, indices),
  ]
}
