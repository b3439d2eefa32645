import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { type MysqlFormatClient, type MysqlFormatLayout, mysqlFormat } from '../../../src/formats/mysql.ts'
import { postgresFormat } from '../../../src/formats/postgres.ts'
import { sequelizeFormat } from '../../../src/formats/sequelize.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { freshTable, startServer } from '../../stores/mysql/open.ts'
import { declareRaces, type Raced } from '../race-rules.ts'

/** Does what it is told once, after a SELECT. */
const hook = () => {
  let act: (() => unknown) | undefined
  return {
    afterRead: (next: () => unknown) => {
      act = next
    },
    async read(sql: string) {
      const once = act
      if (once === undefined || !sql.startsWith('SELECT')) return
      act = undefined
      await once()
    },
  }
}

describeWith('postgres', 'races with the other library on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  const hooked = async () => {
    const { afterRead, read } = hook()
    const pool = new pg.Pool({ connectionString: await server.database(), max: 4 })
    onTestFinished(() => pool.end())
    const client = {
      async query(config: pg.QueryConfig & { rowMode: 'array' }) {
        const result = await pool.query(config)
        await read(config.text)
        return result
      },
    }
    return { client, afterRead, run: (sql: string, ...values: unknown[]) => pool.query(sql, values) }
  }

  describe('connect-pg-simple', () =>
    declareRaces(async (): Promise<Raced> => {
      const { client, run, afterRead } = await hooked()
      const store = postgresFormat({ client, createTable: true })
      await store.ready()
      const set =
        'INSERT INTO session (sess, expire, sid) SELECT $1, to_timestamp($2), $3 ' +
        'ON CONFLICT (sid) DO UPDATE SET sess = $1, expire = to_timestamp($2)'
      return {
        store,
        afterRead,
        foe: {
          set: (key, value, expiresAt) => run(set, value, expiresAt / 1000, key),
          touch: (key, at) => run('UPDATE session SET expire = to_timestamp($1) WHERE sid = $2', at / 1000, key),
          destroy: (key) => run('DELETE FROM session WHERE sid = $1', key),
        },
      }
    }))

  describe('connect-session-sequelize', () =>
    declareRaces(async (): Promise<Raced> => {
      const { client, run, afterRead } = await hooked()
      const store = sequelizeFormat({ dialect: 'postgres', client, createTable: true })
      await store.ready()
      const set =
        'INSERT INTO "Sessions" VALUES ($1, $2, $3, now(), now()) ON CONFLICT (sid) DO UPDATE SET data = $3, expires = $2'
      return {
        store,
        afterRead,
        foe: {
          set: (key, value, expiresAt) => run(set, key, new Date(expiresAt), value),
          touch: (key, at) => run('UPDATE "Sessions" SET expires = $1 WHERE sid = $2', new Date(at), key),
          destroy: (key) => run('DELETE FROM "Sessions" WHERE sid = $1', key),
        },
      }
    }))
})

describeWith('mariadb', 'races with the other library on MariaDB', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.close())

  const hooked = async (flags: string[]) => {
    const { afterRead, read } = hook()
    const connection = await createConnection({ uri: server.url, flags })
    const foe = await createConnection(server.url)
    onTestFinished(async () => {
      await connection.end()
      await foe.end()
    })
    const client = {
      async execute(statement: { sql: string }, values: never[]) {
        const answer = await connection.execute(statement, values)
        await read(statement.sql)
        return answer
      },
      on: () => undefined,
    } as MysqlFormatClient
    return { client, afterRead, run: (sql: string, ...values: unknown[]) => foe.query(sql, values) }
  }

  const layouts: readonly (readonly [MysqlFormatLayout, string, number, string[]])[] = [
    ['express-mysql-session', 'session_id', 1000, []],
    ['koa-mysql-session', 'id', 1, ['-FOUND_ROWS']],
  ]
  describe.each(layouts)('%s', (layout, id, unit, flags) =>
    declareRaces(async (): Promise<Raced> => {
      const { client, run, afterRead } = await hooked(flags)
      const tableName = freshTable()
      const store = mysqlFormat({ client, layout, tableName, createTable: true })
      await store.ready()
      return {
        store,
        afterRead,
        foe: {
          set: (key, value, expiresAt) =>
            run(`REPLACE INTO ${tableName} VALUES (?, ?, ?)`, key, expiresAt / unit, value),
          touch: (key, at) => run(`UPDATE ${tableName} SET expires = ? WHERE ${id} = ?`, at / unit, key),
          destroy: (key) => run(`DELETE FROM ${tableName} WHERE ${id} = ?`, key),
        },
      }
    }),
  )

  describe('connect-session-sequelize', () =>
    declareRaces(async (): Promise<Raced> => {
      const { client, run, afterRead } = await hooked(['-FOUND_ROWS'])
      const tableName = freshTable()
      const store = sequelizeFormat({ dialect: 'mysql', client, tableName, createTable: true })
      await store.ready()
      const date = (instant: number) => new Date(instant).toISOString().slice(0, 19).replace('T', ' ')
      return {
        store,
        afterRead,
        foe: {
          set: (key, value, expiresAt) =>
            run(`REPLACE INTO ${tableName} VALUES (?, ?, ?, NOW(), NOW())`, key, date(expiresAt), value),
          touch: (key, at) => run(`UPDATE ${tableName} SET expires = ? WHERE sid = ?`, date(at), key),
          destroy: (key) => run(`DELETE FROM ${tableName} WHERE sid = ?`, key),
        },
      }
    }))
})
