import { createRequire } from 'node:module'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, it, onTestFinished } from 'vitest'
import session from '../../../src/compat/express-session.ts'
import koaDropIn from '../../../src/compat/koa-session.ts'
import type { InPlaceStore } from '../../../src/core/store.ts'
import { mysqlFormat } from '../../../src/formats/mysql.ts'
import { postgresFormat } from '../../../src/formats/postgres.ts'
import { sequelizeFormat } from '../../../src/formats/sequelize.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { startServer } from '../../stores/mysql/open.ts'
import { goThrough, serveExpress, serveKoa } from '../side-by-side.ts'
import { expressStore, koaStore, openPool } from './mysql-open.ts'
import { openPool as openPg, pgStore } from './postgres-open.ts'
import { openSequelize, sequelizeStore } from './sequelize-open.ts'

// Neither has types.
const require = createRequire(import.meta.url)
const expressSession = require('express-session')
const koaSession = require('koa-session').default

const HOUR = 3_600_000

/** express-session with the old store, its drop-in with ours; a session with a deadline, and one that ends with the browser. */
const bothWays = async (theirs: unknown, ours: InPlaceStore) => {
  for (const maxAge of [HOUR, undefined]) {
    const options = { secret: 'a secret', resave: false, saveUninitialized: false, cookie: { maxAge } }
    const old = await serveExpress(expressSession({ ...options, store: theirs }))
    const fresh = await serveExpress(session({ ...options, store: ours } as never) as never)
    try {
      await goThrough(old, fresh)
    } finally {
      old.close()
      fresh.close()
    }
  }
}

describeWith('postgres', 'old and new side by side on one PostgreSQL, over HTTP', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  for (const type of ['json', 'jsonb']) {
    it(`express-session with connect-pg-simple, and its drop-in (${type})`, async () => {
      const client = openPg(await server.database(), 'America/Los_Angeles')
      const theirs = pgStore(client, { createTableIfMissing: true })
      await theirs.get('makes the table')
      await client.query(`ALTER TABLE session ALTER sess TYPE ${type}`)
      await bothWays(theirs.store, postgresFormat({ client }))
    })
  }

  it('express-session with connect-session-sequelize, and its drop-in', async () => {
    const url = await server.database()
    const theirs = sequelizeStore(openSequelize(url))
    await theirs.sync()
    const client = new pg.Pool({ connectionString: url, max: 5 })
    onTestFinished(() => client.end())
    await bothWays(theirs.store, sequelizeFormat({ dialect: 'postgres', client }))
  })
})

describeWith('mariadb', 'old and new side by side on one MariaDB, over HTTP', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.close())

  it('express-session with express-mysql-session, and its drop-in', async () => {
    const { pool: client, tableName } = openPool(server.url)
    const { store } = await expressStore(server.url, tableName)
    await bothWays(store, mysqlFormat({ client, tableName }))
  })

  it('express-session with connect-session-sequelize, and its drop-in', async () => {
    await server.admin('CREATE DATABASE sequelize CHARACTER SET utf8mb4')
    const url = server.adminUrl.replace(/holdfast$/, 'sequelize')
    const theirs = sequelizeStore(openSequelize(url, { dialect: 'mysql' }))
    await theirs.sync()
    const client = createPool({ uri: url, connectionLimit: 5 })
    onTestFinished(() => client.end())
    await bothWays(theirs.store, sequelizeFormat({ dialect: 'mysql', client }))
  })

  it('koa-session with koa-mysql-session, whose generators are driven, and its drop-in', async () => {
    const { pool: client } = openPool(server.url)
    const store = await koaStore(server.url, client)
    await client.query('ALTER TABLE _mysql_session_store MODIFY data TEXT CHARACTER SET utf8mb4')
    const ours = mysqlFormat({ client, layout: 'koa-mysql-session' })
    const old = await serveKoa((app) => koaSession({ maxAge: HOUR, store }, app))
    const fresh = await serveKoa((app) => koaDropIn({ maxAge: HOUR, store: ours } as never, app as never) as never)
    onTestFinished(() => {
      old.close()
      fresh.close()
    })
    await goThrough(old, fresh)
  })
})
