// The stores that applications of the other libraries use, as their own pages say. Each answers the store for a library with
// express-session's stores; `undefined` is that library's own memory store.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const TTL_SECONDS = 1800

async function nodeRedis(url) {
  const { createClient } = await import('redis')
  const { RedisStore } = await import('connect-redis')
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  return new RedisStore({ client, ttl: TTL_SECONDS })
}

async function postgres(url, session) {
  const { default: pg } = await import('pg')
  const PgStore = require('connect-pg-simple')(session)
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  await pool.query(schema('pg_simple'))
  return new PgStore({ pool, tableName: 'pg_simple', ttl: TTL_SECONDS, pruneSessionInterval: false })
}

// Beside each other, several processes that let the store make its table trip over each other.
const schema = (table) => `CREATE TABLE IF NOT EXISTS ${table} (
  sid varchar NOT NULL COLLATE "default" PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)`

async function mariadb(url, session) {
  const MySQLStore = require('express-mysql-session')(session)
  const pool = require('mysql2/promise').createPool({ uri: url, connectionLimit: 10 })
  const store = new MySQLStore({ clearExpired: false, expiration: TTL_SECONDS * 1000 }, pool)
  await store.onReady()
  return store
}

async function mongodb(url) {
  const { MongoClient } = await import('mongodb')
  const { default: MongoStore } = await import('connect-mongo')
  const client = await new MongoClient(url).connect()
  return MongoStore.create({ client, ttl: TTL_SECONDS, autoRemove: 'disabled' })
}

function file(folder, session) {
  const FileStore = require('session-file-store')(session)
  return new FileStore({ path: folder, ttl: TTL_SECONDS, reapInterval: -1, logFn: () => {} })
}

export const publishedExpress = {
  memory: () => undefined,
  'node-redis': nodeRedis,
  postgres,
  mariadb,
  ferretdb: mongodb,
  file,
}

/** koa-redis brings its own ioredis. */
export const publishedKoa = { ioredis: (url) => require('koa-redis')({ url }) }
