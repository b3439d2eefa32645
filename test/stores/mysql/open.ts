import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createPool, type Pool, type PoolOptions } from 'mysql2/promise'
import type { StoreCall, StoreEntry } from '../../../src/core/store.ts'
import { type MysqlStoreOptions, mysqlStore } from '../../../src/stores/mysql.ts'
import { urlOf } from '../../servers/found.ts'
import { type MariadbServer, mariadbServer } from '../../servers/mariadb.ts'

export const now = Date.now()
export const call: StoreCall = { now }
export const inTime = (milliseconds: number): StoreCall => ({ now: now + milliseconds })
export const HOUR = 3_600_000

export const entry = (revision: string, over: Partial<StoreEntry> = {}): StoreEntry => ({
  value: 'value',
  expiresAt: now + HOUR,
  revision,
  ...over,
})

export const freshTable = () => `t_${randomBytes(8).toString('hex')}`

export const child = (name: string) => fileURLToPath(new URL(`../../children/${name}`, import.meta.url))

/** Where tests find a server that they do not hurt: the one that TEST_MYSQL_URL names, else one of ours. */
export async function testServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const url = process.env.TEST_MYSQL_URL ?? urlOf('mariadb')
  if (url !== undefined) return { url, close: async () => undefined }
  const server = await mariadbServer()
  await server.start()
  return server
}

export async function startServer(args: readonly string[] = []): Promise<MariadbServer> {
  const server = await mariadbServer({ args })
  await server.start()
  return server
}

/** A pool, and a store on a table of its own in it. */
export async function openForTest(url: string, options: MysqlStoreOptions = {}, settings: PoolOptions = {}) {
  const pool = createPool({ uri: url, ...settings })
  const table = options.table ?? freshTable()
  const store = mysqlStore(pool, { ...options, table })
  await store.ready()
  return {
    pool,
    table,
    store,
    async close() {
      await drop(pool, table)
      await pool.end()
    },
  }
}

export const drop = (pool: Pick<Pool, 'query'>, table: string) => pool.query(`DROP TABLE IF EXISTS \`${table}\``)
