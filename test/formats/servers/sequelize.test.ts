import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest'
import { type SequelizeMysqlOptions, sequelizeFormat } from '../../../src/formats/sequelize.ts'
import { at, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { startServer } from '../../stores/mysql/open.ts'
import { declareRules, entryOf, now, type Opened } from '../rules.ts'
import { declareSequelizeRules } from '../sequelize-rules.ts'
import { openSequelize, type Side, sequelizeStore } from './sequelize-open.ts'

describeWith('postgres', 'the table of connect-session-sequelize in PostgreSQL', () => {
  let server: PostgresServer
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })

  const openSide = async (): Promise<Side> => {
    const url = await server.database()
    const db = openSequelize(url)
    return {
      db,
      ours: () => {
        const client = new pg.Pool({ connectionString: url, max: 5 })
        onTestFinished(() => client.end())
        return { dialect: 'postgres', client }
      },
      raw: (sql) => server.admin(sql.replace('Sessions', '"Sessions"'), [], url),
      resolution: 1,
    }
  }
  declareSequelizeRules(openSide)

  describe('the rules of the port', () => {
    let opened: Promise<Opened> | undefined
    declareRules(() => {
      opened ??= (async () => {
        const url = await server.database()
        await server.admin('CREATE SCHEMA web', [], url)
        // Neither time zone nor style of dates of the connection makes a difference.
        const client = new pg.Pool({
          connectionString: url,
          max: 5,
          options: '-c TimeZone=Asia/Kathmandu -c DateStyle=german',
        })
        const sql = postgres(url, { max: 5, onnotice: () => undefined })
        ends.push(
          () => client.end(),
          () => sql.end({ timeout: 1 }),
        )
        const more = { dialect: 'postgres', schemaName: 'web' } as const
        const store = sequelizeFormat({ ...more, client, createTable: true })
        await store.ready()
        return { store, other: sequelizeFormat({ ...more, client: sql, prepare: false }) }
      })()
      return opened
    }, randomUUID)
  })

  it('a session id that is too long for the column is an error', async () => {
    const side = await openSide()
    const store = sequelizeFormat({ ...(await side.ours()), createTable: true })
    await store.ready()
    const key = 'x'.repeat(37)
    await assert.rejects(async () => store.insert(key, entryOf(store, '{}'), at(now)), { code: 'ERR_SESSION_STORE' })
    assert.equal(await store.get(key, at(now)), undefined)
  })
})

describeWith('mariadb', 'the table of connect-session-sequelize in MariaDB', () => {
  let server: MariadbServer
  let databases = 0
  const ends: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })

  const openSide = async (timezone = '+00:00'): Promise<Side> => {
    const database = `side_${databases++}`
    await server.admin(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`)
    const url = server.adminUrl.replace(/holdfast$/, database)
    const db = openSequelize(url, { timezone, dialect: 'mysql' })
    return {
      db,
      ours: () => {
        const client = createPool({ uri: url, connectionLimit: 5, timezone: '+03:00' })
        onTestFinished(() => client.end())
        return { dialect: 'mysql', client, timezone }
      },
      raw: (sql) => server.admin(sql.replace('Sessions', `${database}.Sessions`)),
      resolution: 1000,
    }
  }
  declareSequelizeRules(openSide)

  describe('the rules of the port', () => {
    let opened: Promise<Opened> | undefined
    declareRules(() => {
      opened ??= (async () => {
        await server.admin('CREATE DATABASE rules CHARACTER SET utf8mb4')
        const url = server.adminUrl.replace(/holdfast$/, 'rules')
        const one = createPool({ uri: url, connectionLimit: 5 })
        const two = createPool({ uri: url, connectionLimit: 5, charset: 'latin1', flags: ['-FOUND_ROWS'] })
        // Of no consequence: a DATETIME is in the time zone that Sequelize gives it.
        two.on('connection', (connection) => connection.query("SET time_zone = '+05:45'"))
        ends.push(
          () => one.end(),
          () => two.end(),
        )
        const more = { dialect: 'mysql', createTable: true } as const
        const store = sequelizeFormat({ ...more, client: one })
        await store.ready()
        return { store, other: sequelizeFormat({ ...more, client: two, database: 'rules' }) }
      })()
      return opened
    }, randomUUID)
  })

  it('with another `timezone` of Sequelize', async () => {
    for (const timezone of ['-08:00', '+05:45']) {
      const side = await openSide(timezone)
      const theirs = sequelizeStore(side.db)
      await theirs.sync()
      const store = sequelizeFormat(await side.ours())
      await theirs.set('its', { cookie: { expires: new Date(now + HOUR) } })
      assert.equal((await store.get('its', at(now)))?.expiresAt, now + HOUR)
      await store.insert('ours', entryOf(store, '{}', now + HOUR), at(now))
      const found = (await side.db.models.Session!.findByPk('ours')) as unknown as { expires: Date }
      assert.equal(found.expires.getTime(), now + HOUR)
    }
    const { client } = (await (await openSide()).ours()) as SequelizeMysqlOptions
    for (const timezone of ['local', 'America/Los_Angeles', 8]) {
      assert.throws(() => sequelizeFormat({ dialect: 'mysql', client, timezone: timezone as string }), {
        code: 'ERR_SESSION_OPTION',
        option: 'timezone',
      })
    }
  })

  it('a server that would change what it keeps is an error', async () => {
    const side = await openSide()
    const options = await side.ours()
    const store = sequelizeFormat({ ...options, createTable: true })
    await store.ready()
    // Too much for TEXT: not even sent.
    const large = entryOf(store, JSON.stringify('x'.repeat(65_536)))
    await assert.rejects(async () => store.insert('key', large, at(now)), /does not fit into the column/)
    await side.raw("SET GLOBAL sql_mode = ''")
    try {
      const lax = sequelizeFormat(await side.ours())
      await assert.rejects(async () => lax.insert('key', large, at(now)), /does not fit into the column/)
      const long = 'x'.repeat(37)
      await assert.rejects(async () => lax.insert(long, entryOf(lax, '{}'), at(now)), /stored something else/)
      const key = randomUUID()
      assert.equal(await lax.insert(key, entryOf(lax, JSON.stringify('x'.repeat(65_000))), at(now)), 'inserted')
    } finally {
      await side.raw('SET GLOBAL sql_mode = DEFAULT')
    }
  })
})
