/** Stores that need a server, each on data of its own unless it says otherwise. */

import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import MongoStore from 'connect-mongo'
import { RedisStore } from 'connect-redis'
import pg from 'pg'
import { createClient } from 'redis'
import { Sequelize } from 'sequelize'
import { load, type OpenStore, published, type Untyped } from '../stores/open.ts'

const fresh = (): string => `t${randomBytes(8).toString('hex')}`

export const redisStore = async (url: string): ReturnType<OpenStore> => {
  const client = await createClient({ url }).connect()
  const prefix = `${fresh()}:`
  const open = (): Untyped => new RedisStore({ client, prefix })
  return { store: open(), reopen: async () => open(), close: async () => void client.destroy() }
}

export const postgresStore = async (url: string): ReturnType<OpenStore> => {
  const pool = new pg.Pool({ connectionString: url, max: 5 })
  const PgStore = load('connect-pg-simple')(published)
  const options = { pool, tableName: fresh(), createTableIfMissing: true, pruneSessionInterval: false }
  const stores: Untyped[] = []
  const open = () => {
    const store = new PgStore(options)
    stores.push(store)
    return store
  }
  return {
    store: open(),
    reopen: async () => open(),
    async close() {
      for (const store of stores) await store.close()
      await pool.query(`DROP TABLE IF EXISTS "${options.tableName}"`)
      await pool.end()
    },
  }
}

export const sequelizeStore = async (url: string): ReturnType<OpenStore> => {
  const db = new Sequelize(url, { logging: false })
  const SequelizeStore = load('connect-session-sequelize')(published.Store)
  const tableName = fresh()
  const open = async () => {
    const store = new SequelizeStore({ db, tableName, checkExpirationInterval: 0 })
    await store.sync()
    return store
  }
  return {
    store: await open(),
    reopen: open,
    async close() {
      await db.query(`DROP TABLE IF EXISTS "${tableName}"`)
      await db.close()
    },
  }
}

export const mysqlStore = async (url: string): ReturnType<OpenStore> => {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const MySQLStore = load('express-mysql-session')(published)
  const { createPool } = load('mysql2/promise')
  const tableName = fresh()
  const pool = createPool({ host, port: Number(port), user, password, database: pathname.slice(1), connectionLimit: 5 })
  const open = async () => {
    const store = new MySQLStore({ clearExpired: false, createDatabaseTable: true, schema: { tableName } }, pool)
    await store.onReady()
    return store
  }
  return {
    store: await open(),
    reopen: open,
    async close() {
      await pool.query(`DROP TABLE IF EXISTS \`${tableName}\``)
      await pool.end()
    },
  }
}

export const mongoStore = async (url: string): ReturnType<OpenStore> => {
  const { MongoClient } = load('mongodb')
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 20_000 })
  const dbName = fresh()
  const open = (): Untyped => MongoStore.create({ client, dbName, autoRemove: 'disabled' })
  return {
    store: open(),
    reopen: async () => open(),
    async close() {
      await client.db(dbName).dropDatabase({ writeConcern: { w: 1 } })
      await client.close()
    },
  }
}

/** For koa-session. */
export const koaRedisStore = (url: string) => {
  const store = load('koa-redis')({ url })
  return { store, close: () => store.quit() }
}

/** For koa-session, with generator functions. Its table has a fixed name, and it makes it without saying when. */
export const koaMysqlStore = async (url: string) => {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const KoaStore = load('koa-mysql-session')
  const { setInterval: real } = globalThis
  // It cleans up every quarter of an hour, and would keep this process.
  globalThis.setInterval = ((...args: Parameters<typeof real>) => real(...args).unref()) as typeof real
  const store = new KoaStore({ host, port: Number(port), user, password, database: pathname.slice(1) })
  globalThis.setInterval = real
  const pool = store.getConnection()
  // A look that fails tells that there is no table yet.
  const driven = async (step: Untyped): Promise<unknown> => promisify(step)()
  while (
    await driven(store.get('0').next().value).then(
      () => false,
      () => true,
    )
  )
    await pause(10)
  return { store, close: () => promisify(pool.end.bind(pool))() as Promise<void> }
}
