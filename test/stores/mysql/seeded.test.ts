import { createPool, type Pool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store, StoreEntry } from '../../../src/core/store.ts'
import { type MysqlStore, mysqlStore } from '../../../src/stores/mysql.ts'
import type { SeededBug } from '../../seeded/stores/bug.ts'
import { collect, failure, find } from '../../seeded/stores/collector.ts'
import { describeWith } from '../../servers/found.ts'
import { drop, freshTable, testServer } from './open.ts'

/** Statements on the table `T`, as people write them. */
interface Db {
  /** How many rows it says that it met. */
  write(sql: string, ...values: unknown[]): Promise<number>
  rows(sql: string, ...values: unknown[]): Promise<RowDataPacket[]>
}

interface Mistake {
  readonly name: string
  readonly breaks: readonly string[]
  readonly make: (db: Db, sound: MysqlStore) => Partial<Store>
  /** What is done to the table first. */
  readonly table?: string
}

const columns = ({ expiresAt, revision, owner, value }: StoreEntry) => [expiresAt, revision, owner ?? null, value]

const INSERT = 'INSERT INTO T (`key`, expires_at, revision, owner, value) VALUES (?, ?, ?, ?, ?)'
const SET = 'expires_at = ?, revision = ?, owner = ?, value = ?'
const OVER =
  'expires_at = VALUES(expires_at), revision = VALUES(revision), owner = VALUES(owner), value = VALUES(value)'

const MISTAKES: readonly Mistake[] = [
  {
    name: 'a save that is an upsert [T214]',
    breaks: ['update > never creates: an unknown key', 'update > never creates: a deleted entry'],
    make: (db) => ({
      async update(key, entry) {
        await db.write(`${INSERT} ON DUPLICATE KEY UPDATE ${OVER}`, key, ...columns(entry))
        return { outcome: 'updated' }
      },
    }),
  },
  {
    name: 'a save that is a REPLACE [T214]',
    breaks: ['update > never creates: an unknown key'],
    make: (db) => ({
      async update(key, entry) {
        await db.write(INSERT.replace('INSERT', 'REPLACE'), key, ...columns(entry))
        return { outcome: 'updated' }
      },
    }),
  },
  {
    name: 'a save that reads, compares and writes',
    breaks: ['races in one process > of 50 updates', 'races in one process > 20 writers'],
    make: (db, sound) => ({
      async update(key, entry, call) {
        const current = await sound.get(key, call)
        if (!current) return { outcome: 'gone' }
        if (current.revision !== call.ifRevision) return { outcome: 'conflict', current }
        await db.write(`UPDATE T SET ${SET} WHERE \`key\` = ?`, ...columns(entry), key)
        return { outcome: 'updated' }
      },
    }),
  },
  {
    name: 'a save without the revision in its condition',
    breaks: ['update > with another revision is a conflict'],
    make: (db) => ({
      async update(key, entry, { now }) {
        const sql = `UPDATE T SET ${SET} WHERE \`key\` = ? AND expires_at > ?`
        return { outcome: (await db.write(sql, ...columns(entry), key, now)) > 0 ? 'updated' : 'gone' }
      },
    }),
  },
  {
    name: 'a save without the deadline in its condition',
    breaks: ['expiry > update works at T-1'],
    make: (db) => ({
      async update(key, entry, { ifRevision }) {
        const sql = `UPDATE T SET ${SET} WHERE \`key\` = ? AND revision = ?`
        return { outcome: (await db.write(sql, ...columns(entry), key, ifRevision)) > 0 ? 'updated' : 'gone' }
      },
    }),
  },
  {
    name: 'a save that leaves the old owner',
    breaks: ['update > replaces the owner'],
    make: (_, sound) => ({
      async update(key, entry, call) {
        const { owner } = (await sound.get(key, call)) ?? {}
        return sound.update(key, { ...entry, owner }, call)
      },
    }),
  },
  {
    name: 'a touch that creates',
    breaks: ['touch > never creates: an unknown key'],
    make: (db) => ({
      async touch(key, expiresAt) {
        const sql = `${INSERT} ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)`
        await db.write(sql, key, expiresAt, 'r', null, '')
        return 'touched' as const
      },
    }),
  },
  {
    name: 'a touch without the revision in its condition',
    breaks: ['touch > with another revision is a conflict'],
    make: (db) => ({
      async touch(key, expiresAt, { now }) {
        const sql = 'UPDATE T SET expires_at = ? WHERE `key` = ? AND expires_at > ?'
        return (await db.write(sql, expiresAt, key, now)) > 0 ? 'touched' : 'gone'
      },
    }),
  },
  {
    name: 'a delete without the revision in its condition',
    breaks: ['delete > with another revision is a conflict'],
    make: (db) => ({
      async delete(key, { now }) {
        return (await db.write('DELETE FROM T WHERE `key` = ? AND expires_at > ?', key, now)) > 0 ? 'deleted' : 'gone'
      },
    }),
  },
  {
    name: 'a delete that takes what has expired for an entry',
    breaks: ['delete > answers "gone" the second time'],
    make: (db) => ({
      delete: async (key) => ((await db.write('DELETE FROM T WHERE `key` = ?', key)) > 0 ? 'deleted' : 'gone'),
    }),
  },
  {
    name: 'an insert that goes by the rows that an upsert says it met',
    breaks: ['insert > never overwrites a live entry'],
    make: (db) => ({
      async insert(key, entry, { now }) {
        const set = ['revision', 'owner', 'value', 'expires_at'].map(
          (column) => `${column} = IF(expires_at <= ?, VALUES(${column}), ${column})`,
        )
        const sql = `${INSERT} ON DUPLICATE KEY UPDATE ${set.join()}`
        // With FOUND_ROWS a row that stays as it is counts 1, as one that is new.
        return (await db.write(sql, key, ...columns(entry), now, now, now, now)) > 0 ? 'inserted' : 'taken'
      },
    }),
  },
  {
    name: 'an insert that takes every duplicate for a live entry [T226]',
    breaks: ['insert > takes the place of an expired entry'],
    make: (db) => ({
      insert: async (key, entry) =>
        (await db.write(INSERT.replace('INSERT', 'INSERT IGNORE'), key, ...columns(entry))) > 0 ? 'inserted' : 'taken',
    }),
  },
  {
    name: 'an insert that removes the expired entry first, by its key alone',
    breaks: ['races in one process > of 50 inserts over an expired entry'],
    make: (db, sound) => ({
      async insert(key, entry, call) {
        if (await sound.get(key, call)) return 'taken'
        await db.rows('SELECT SLEEP(?)', Math.random() / 20)
        await db.write('DELETE FROM T WHERE `key` = ?', key)
        return sound.insert(key, entry, call)
      },
    }),
  },
  {
    name: 'a read that goes by the clock of the server',
    breaks: ["expiry > it is the caller's clock that counts"],
    make: (db, sound) => ({
      async get(key) {
        const found = await db.rows('SELECT 1 FROM T WHERE `key` = ? AND expires_at > UNIX_TIMESTAMP() * 1000', key)
        return found.length > 0 ? sound.get(key, { now: Number.MIN_SAFE_INTEGER }) : undefined
      },
    }),
  },
  {
    name: 'a read of whatever it is given as a key [T054]',
    breaks: ['keys > that are not text find nothing'],
    make: (db, sound) => ({
      async get(key, call) {
        // `query` makes SQL of arrays and objects.
        const [row] = await db.rows('SELECT `key` FROM T WHERE `key` = ? AND expires_at > ?', key, call.now)
        return row && sound.get(String(row.key), call)
      },
    }),
  },
  {
    name: 'keys under the usual collation [T050]',
    breaks: ['keys > that differ by case only'],
    table: 'ALTER TABLE T MODIFY `key` VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL',
    make: () => ({ ready: async () => undefined }),
  },
  {
    name: 'values cut off at 64 KiB, without strict mode [T212]',
    breaks: ['values > a value of 1 MiB'],
    make: (_, sound) => ({
      insert: (key, entry, call) => sound.insert(key, { ...entry, value: entry.value.slice(0, 65_535) }, call),
    }),
  },
  {
    name: 'lone surrogates as UTF-8 [T213]',
    breaks: ['values > text comes back exactly: lone surrogates'],
    make: (_, sound) => ({
      insert: (key, entry, call) => sound.insert(key, { ...entry, value: Buffer.from(entry.value).toString() }, call),
    }),
  },
  {
    name: 'an end of all sessions that answers what it found and not what it removed',
    breaks: ['deleteOwned > of several callers at once'],
    make: (db) => ({
      async deleteOwned({ owner, limit }, { now }) {
        const found = await db.rows(
          'SELECT `key` FROM T WHERE owner = ? AND expires_at > ? LIMIT ?',
          Buffer.from(String(owner)),
          now,
          limit,
        )
        const keys = found.map(({ key }) => String(key))
        if (keys.length > 0) await db.write('DELETE FROM T WHERE `key` IN (?) AND owner = ?', keys, owner)
        return keys
      },
    }),
  },
  {
    name: 'a sweep that removes by key what had expired when it looked [T237]',
    breaks: ['sweep > does not remove the new entry'],
    make: (db) => ({
      async sweep(limit, { now }) {
        const found = await db.rows('SELECT `key` FROM T WHERE expires_at <= ? LIMIT ?', now, Math.max(1, limit))
        const keys = found.map(({ key }) => String(key))
        // As long as a sweep of many takes to get from one to the other.
        for (let n = 0; n < 3; n += 1) await db.rows('SELECT COUNT(*) AS n FROM T')
        const removed = keys.length === 0 ? 0 : await db.write('DELETE FROM T WHERE `key` IN (?)', keys)
        return { removed, more: found.length === limit }
      },
    }),
  },
]

describeWith('mariadb', 'the store suite finds each statement as it is usually written for MySQL', () => {
  let server: Awaited<ReturnType<typeof testServer>>
  let pool: Pool
  beforeAll(async () => {
    server = await testServer()
    pool = createPool({ uri: server.url, connectionLimit: 8 })
  })
  afterAll(async () => {
    await pool?.end()
    await server?.close()
  })

  const dbOn = (table: string): Db => ({
    async write(sql, ...values) {
      const [header] = await pool.query<ResultSetHeader>(sql.replace(/\bT\b/, table), values)
      return header.affectedRows
    },
    rows: async (sql, ...values) => (await pool.query<RowDataPacket[]>(sql.replace(/\bT\b/, table), values))[0],
  })

  /** The kit's store with the mistake in it, on a fresh table each time. */
  const seeded = ({ name, breaks, make, table: change }: Mistake): SeededBug => ({
    name,
    breaks,
    suite: {
      weaknesses: ['single-process', 'volatile'],
      open: async () => {
        const table = freshTable()
        const sound = mysqlStore(pool, { table })
        await sound.ready()
        if (change) await dbOn(table).write(change)
        return { store: { ...sound, ...make(dbOn(table), sound) }, close: () => drop(pool, table) }
      },
    },
    open: () => expect.unreachable(),
  })

  it.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))('%s', async (_, mistake) => {
    const rules = collect(seeded(mistake))
    for (const name of mistake.breaks) {
      const rule = find(rules, name)
      // Because of an answer, not because of a statement that the server refuses.
      expect(await failure(rule), `"${rule.title}" has to fail`).toMatchObject({ name: 'AssertionError' })
    }
  })
})
