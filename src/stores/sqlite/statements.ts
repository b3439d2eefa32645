/** The SQL of each method. Every statement returns rows, because `all` is what the store calls, and only that. */
export const statementsFor = (table: string) => {
  const columns = 'expires_at, revision, owner, value'
  const live = 'key = ? AND expires_at > ?'
  return {
    get: `SELECT ${columns} FROM "${table}" WHERE ${live}`,
    exists: `SELECT 1 FROM "${table}" WHERE ${live}`,
    insert:
      `INSERT INTO "${table}" (key, ${columns}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET ` +
      'expires_at = excluded.expires_at, revision = excluded.revision, owner = excluded.owner, value = excluded.value ' +
      `WHERE "${table}".expires_at <= ? RETURNING 1`,
    update:
      `UPDATE "${table}" SET expires_at = ?, revision = ?, owner = ?, value = ? ` +
      `WHERE ${live} AND revision = ? RETURNING 1`,
    touch: `UPDATE "${table}" SET expires_at = ? WHERE ${live} AND revision = ? RETURNING 1`,
    delete: `DELETE FROM "${table}" WHERE ${live} RETURNING 1`,
    deleteIf: `DELETE FROM "${table}" WHERE ${live} AND revision = ? RETURNING 1`,
    list: `SELECT key, expires_at, owner FROM "${table}" WHERE key > ? ORDER BY key LIMIT ?`,
    listOwner: `SELECT key, expires_at, owner FROM "${table}" WHERE owner = ? AND key > ? ORDER BY key LIMIT ?`,
    count: `SELECT count(*) AS entries FROM "${table}" WHERE expires_at > ?`,
    // The plus keeps the planner from walking everybody's deadlines instead of this owner's entries.
    countOwner: `SELECT count(*) AS entries FROM "${table}" WHERE owner = ? AND +expires_at > ?`,
    deleteOwned:
      `DELETE FROM "${table}" WHERE rowid IN (SELECT rowid FROM "${table}" WHERE owner = ? AND +expires_at > ? ` +
      'AND key NOT IN (SELECT value FROM json_each(?)) LIMIT ?) RETURNING key',
    sweep:
      `DELETE FROM "${table}" WHERE rowid IN ` +
      `(SELECT rowid FROM "${table}" WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING 1`,
    ping: `SELECT 1 FROM "${table}" LIMIT 1`,
  }
}
