/** The SQL of each method. Every parameter is cast, so that no driver has to guess a type and all of them bind text. */

import { createHash } from 'node:crypto'

export interface Statement {
  readonly text: string
  /**
   * For a prepared statement. Made of the text: behind a pooler, another application's statement may answer to the same
   * name, and then it must be the same statement.
   */
  readonly name: string
}

export const statement = (text: string): Statement => ({
  text,
  name: `holdfast_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`,
})

/**
 * `expires_bucket` is `expires_at` in units of about a minute (2 ** 16 ms), and the index for `sweep` is on this. An
 * index on the deadline itself would make every touch and every update write all indexes anew.
 */
export const BUCKET_BITS = 16

/**
 * One round trip each. `update`, `touch` and `deleteIf` answer
 *
 * - a row of nulls: it was done, in one atomic step under the row's lock;
 * - no row: there was no live entry;
 * - a row of what there was.
 *
 * The second half reads the snapshot that the statement began with. If that shows another revision, there is a conflict
 * with exactly this entry at that instant. If it shows `ifRevision`, then somebody wrote after the snapshot was taken, and
 * the row is stale: it says nothing, and the caller asks again (`decided` in postgres.ts).
 *
 * The alternative, an UPDATE that sets every column to itself on a conflict so as to return it, writes a row and waits for
 * the disk once per loser, one loser after the other.
 *
 * @param table quoted, with its schema
 */
export const statementsFor = (table: string) => {
  const columns = 'expires_at, revision, owner, value'
  const nulls = 'NULL::bigint, NULL::text, NULL::text, NULL::text'
  /** $1 key, $2 now */
  const live = 'key = $1::text AND expires_at > $2::bigint'
  /** $3 the revision that the entry must have. */
  const orElse = (write: string, done: string, shown: string) =>
    `WITH done AS (${write} WHERE ${live} AND revision = $3::text RETURNING 1) ` +
    `SELECT ${done} FROM done UNION ALL ` +
    `SELECT ${shown} FROM ${table} WHERE ${live} AND NOT EXISTS (SELECT FROM done)`

  const page = (condition: string, limit: string) =>
    `SELECT key, expires_at, owner FROM ${table} WHERE ${condition} ORDER BY key LIMIT ${limit}::int`

  return {
    get: statement(`SELECT ${columns} FROM ${table} WHERE ${live}`),

    // $3 to $6 the columns. The conflict waits for a concurrent insert of the key and sees what it has committed.
    insert: statement(
      `INSERT INTO ${table} AS old (key, ${columns}) ` +
        'VALUES ($1::text, $3::bigint, $4::text, $5::text, $6::text) ON CONFLICT (key) DO UPDATE SET ' +
        'expires_at = excluded.expires_at, revision = excluded.revision, owner = excluded.owner, value = excluded.value ' +
        'WHERE old.expires_at <= $2::bigint RETURNING 1',
    ),

    update: statement(
      orElse(
        `UPDATE ${table} SET expires_at = $4::bigint, revision = $5::text, owner = $6::text, value = $7::text`,
        nulls,
        columns,
      ),
    ),
    touch: statement(
      orElse(`UPDATE ${table} SET expires_at = $4::bigint`, 'NULL::bigint, NULL::text', 'expires_at, revision'),
    ),
    delete: statement(`DELETE FROM ${table} WHERE ${live} RETURNING 1`),
    deleteIf: statement(orElse(`DELETE FROM ${table}`, 'NULL::bigint, NULL::text', 'expires_at, revision')),

    list: statement(page('key > $1::text', '$2')),
    listOwner: statement(page('owner = $1::text AND key > $2::text', '$3')),
    count: statement(`SELECT count(*) FROM ${table} WHERE expires_at > $1::bigint`),
    countOwner: statement(`SELECT count(*) FROM ${table} WHERE owner = $1::text AND expires_at > $2::bigint`),

    // Not SKIP LOCKED: an entry that somebody is writing to right now has to go as well. Rows of null say that there
    // were entries and others took them all away meanwhile. $3 is a JSON array of keys.
    deleteOwned: statement(
      `WITH found AS MATERIALIZED (SELECT key FROM ${table} ` +
        'WHERE owner = $1::text AND expires_at > $2::bigint ' +
        'AND key <> ALL (ARRAY(SELECT jsonb_array_elements_text($3::text::jsonb))) ORDER BY key LIMIT $4::int), ' +
        `removed AS (DELETE FROM ${table} WHERE key = ANY (ARRAY(SELECT key FROM found)) ` +
        'AND owner = $1::text AND expires_at > $2::bigint RETURNING key) ' +
        'SELECT key FROM removed UNION ALL SELECT NULL FROM found WHERE NOT EXISTS (SELECT FROM removed)',
    ),

    // By place (ctid), so that no plan can come out as a walk over the whole table. Entries that somebody is inserting
    // over are left to them.
    sweep: statement(
      `WITH removed AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} ` +
        `WHERE expires_bucket <= ($1::bigint >> ${BUCKET_BITS}) AND expires_at <= $1::bigint ` +
        'ORDER BY expires_bucket LIMIT $2::int FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) FROM removed',
    ),

    ping: statement(`SELECT 1 FROM ${table} LIMIT 1`),
  }
}
