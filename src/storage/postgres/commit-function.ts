import { type Collection, collections } from '../storage.js'
import { quoted } from './database.js'

/** What a commit raises when a record is not at its expected version; the collection is the message. */
export const staleState = 'CW001'

/** What is done with the rows of a batch. The server does each kind in one statement. */
export type Kind = 'update' | 'insert' | 'put' | 'copy' | 'remove' | 'drop' | 'absent'
/** @param lock - SQL of the number of the lock that a migration takes alone */
export function commitFunction(schema: string, lock: string): string {
  const writes = Object.keys(collections).map(
    (name) =>
      `IF work ? '${name}' THEN PERFORM ${schema}.${quoted(`write_${name}`)}(for_user, work->'${name}'); END IF;`,
  )
  // Plans must not depend on what the tables held when they were made: every row is found by its primary key. A plan that
  // cannot do without what is switched off looks dear to the server, and would be compiled (`jit`) each time.
  return `CREATE OR REPLACE FUNCTION ${schema}.commit(
      known_version integer, known_made text, for_user text, held jsonb, work jsonb
    ) RETURNS text LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
    SET jit = off
    AS $commit$
    DECLARE
      found_version integer;
      found_made text;
      count_found integer;
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${lock});
      SELECT version, made INTO found_version, found_made FROM ${schema}.calweave;
      IF found_version > known_version THEN RETURN 'newer'; END IF;
      IF found_made IS DISTINCT FROM known_made THEN RETURN 'replaced'; END IF;
      IF jsonb_array_length(held) > 0 THEN
        -- Locked until the end: who takes a lease over waits for the commit that was under way, or is first.
        PERFORM FROM jsonb_to_recordset(held) AS h (key text COLLATE "C", owner text COLLATE "C", token bigint)
          JOIN ${schema}.lease l ON l.user_id = for_user AND l.key = h.key AND l.owner = h.owner AND l.token = h.token
          FOR SHARE OF l;
        GET DIAGNOSTICS count_found = ROW_COUNT;
        IF count_found <> jsonb_array_length(held) THEN RETURN 'lease_lost'; END IF;
      END IF;
      ${writes.join('\n      ')}
      RETURN 'done';
    END $commit$`
}

/** What a commit does with one table. */
export function writeFunction(schema: string, collection: Collection, indices: readonly string[]): string {
  const table = `${schema}.${quoted(collection)}`
  const keys = indices.map((index) => quoted(`key_${index}`))
  const columns = ['full_id', 'value', ...keys]
  const rows = (kind: Kind, ...given: string[]) =>
    `jsonb_to_recordset(work->'${kind}') AS r (id text COLLATE "C"${given.map((column) => `, ${column}`).join('')})`
  const texts = columns.map((column) => `${column} text COLLATE "C"`)
  const target = `${table} AS t (user_id, id, version, ${columns.join(', ')})`
  const source = (version: string) =>
    `SELECT for_user, r.id, ${version}, ${columns.map((name) => `r.${name}`).join(', ')}`
  const sets = (from: string) => columns.map((column) => `${column} = ${from}.${column}`).join(', ')
  const on = 't.user_id = for_user AND t.id = r.id'
  const orRefuse = (kind: Kind) => `GET DIAGNOSTICS count_done = ROW_COUNT;
        IF count_done <> jsonb_array_length(work->'${kind}') THEN
          RAISE EXCEPTION USING ERRCODE = '${staleState}', MESSAGE = '${collection}';
        END IF;`
  const steps: Readonly<Record<Kind, string>> = {
    absent: `IF EXISTS (SELECT FROM ${rows('absent')} JOIN ${table} t ON ${on}) THEN
          RAISE EXCEPTION USING ERRCODE = '${staleState}', MESSAGE = '${collection}';
        END IF;`,
    update: `UPDATE ${table} AS t SET version = t.version + 1, ${sets('r')}
          FROM ${rows('update', 'expected bigint', ...texts)} WHERE ${on} AND t.version = r.expected;
        ${orRefuse('update')}`,
    insert: `INSERT INTO ${target} ${source('coalesce(r.version, 1)')} FROM ${rows('insert', 'version bigint', ...texts)}
          ON CONFLICT DO NOTHING;
        ${orRefuse('insert')}`,
    put: `INSERT INTO ${target} ${source('1')} FROM ${rows('put', ...texts)}
          ON CONFLICT (user_id, id) DO UPDATE SET version = t.version + 1, ${sets('excluded')};`,
    copy: `INSERT INTO ${target} ${source('r.version')} FROM ${rows('copy', 'version bigint', ...texts)}
          ON CONFLICT (user_id, id) DO UPDATE SET version = excluded.version, ${sets('excluded')};`,
    drop: `DELETE FROM ${table} AS t USING ${rows('drop', 'expected bigint')} WHERE ${on} AND t.version = r.expected;
        ${orRefuse('drop')}`,
    remove: `DELETE FROM ${table} AS t USING ${rows('remove')} WHERE ${on};`,
  }
  const all = Object.entries(steps).map(
    ([kind, step]) => `IF work ? '${kind}' THEN
        ${step}
      END IF;`,
  )
  return `CREATE OR REPLACE FUNCTION ${schema}.${quoted(`write_${collection}`)}(for_user text, work jsonb)
    RETURNS void LANGUAGE plpgsql AS $write$
    DECLARE count_done integer;
    BEGIN
      ${all.join('\n      ')}
    END $write$`
}
