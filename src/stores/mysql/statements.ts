/** The SQL of each method, the same for MySQL and MariaDB. */

import { statement } from './client.ts'

/** `table` is a name that is quoted already. */
export const statementsFor = (table: string) => {
  const columns = 'expires_at, revision, owner, value'
  const live = '`key` = ? AND expires_at > ?'
  return {
    get: statement(`SELECT ${columns} FROM ${table} WHERE ${live}`),
    state: statement(`SELECT expires_at, revision FROM ${table} WHERE \`key\` = ?`),
    insert: statement(`INSERT INTO ${table} (\`key\`, ${columns}) VALUES (?, ?, ?, ?, ?)`),
    update: statement(
      `UPDATE ${table} SET expires_at = ?, revision = ?, owner = ?, value = ? WHERE ${live} AND revision = ?`,
    ),
    touch: statement(`UPDATE ${table} SET expires_at = ? WHERE ${live} AND revision = ?`),
    delete: statement(`DELETE FROM ${table} WHERE ${live}`),
    deleteIf: statement(`DELETE FROM ${table} WHERE ${live} AND revision = ?`),
    deleteIfOwned: statement(`DELETE FROM ${table} WHERE ${live} AND owner = ?`),
    deleteExpired: statement(`DELETE FROM ${table} WHERE \`key\` = ? AND expires_at <= ?`),
    list: statement(`SELECT \`key\`, expires_at, owner FROM ${table} WHERE \`key\` > ? ORDER BY \`key\` LIMIT ?`),
    listOwner: statement(
      `SELECT \`key\`, expires_at, owner FROM ${table} WHERE owner = ? AND \`key\` > ? ORDER BY \`key\` LIMIT ?`,
    ),
    count: statement(`SELECT COUNT(*) AS entries FROM ${table} WHERE expires_at > ?`),
    countOwner: statement(`SELECT COUNT(*) AS entries FROM ${table} WHERE owner = ? AND expires_at > ?`),
    expired: statement(`SELECT \`key\` FROM ${table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`),
    /**
     * For so many keys, one by one through the primary key: through the index of deadlines it would lock what lies between
     * them, and wait for strangers.
     */
    sweep: (keys: number) =>
      statement(
        `DELETE FROM swept USING ${table} AS swept FORCE INDEX (PRIMARY) ` +
          `WHERE \`key\` IN (${'?, '.repeat(keys - 1)}?) AND expires_at <= ?`,
      ),
    packet: statement('SELECT @@max_allowed_packet AS packet'),
    ping: statement(`SELECT 1 FROM ${table} LIMIT 1`),
  }
}

export type Statements = ReturnType<typeof statementsFor>
