import assert from 'node:assert/strict'
import { createPool, type Pool } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, it } from 'vitest'
import type { InPlaceStore } from '../../../src/core/store.ts'
import { mysqlFormat } from '../../../src/formats/mysql.ts'
import { postgresFormat } from '../../../src/formats/postgres.ts'
import { sequelizeFormat } from '../../../src/formats/sequelize.ts'
import { at, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { startServer } from '../../stores/mysql/open.ts'
import { entryOf, now } from '../rules.ts'

const CANARY = 'canary-in-a-parameter'

const callsOf = (store: InPlaceStore): readonly (() => unknown)[] => {
  const entry = entryOf(store, JSON.stringify(CANARY))
  const call = at(now, { ifRevision: entry.revision })
  return [
    () => store.get(CANARY, at(now)),
    () => store.insert(CANARY, entry, at(now)),
    () => store.update(CANARY, entry, call),
    () => store.touch(CANARY, now + 5, call),
    () => store.delete(CANARY, at(now)),
    () => store.delete(CANARY, call),
    () => store.list?.({ limit: 1 }, at(now)),
    () => store.count?.({}, at(now)),
    () => store.sweep?.(1, at(now)),
    () => store.ping?.(at(now)),
  ]
}

interface Failure extends Error {
  readonly code: string
  readonly help?: string
  readonly retryable: boolean
  readonly notReady: boolean
}

/** Every call ends in an error of the code, which tells nothing of what was asked. */
const allFail = async (store: InPlaceStore, expected: Partial<Failure>, calls = callsOf(store)) => {
  for (const [n, act] of calls.entries()) {
    await assert.rejects(
      async () => act(),
      (error: Failure) => {
        assert.equal(error.code, 'ERR_SESSION_STORE', String(error.stack))
        assert.match(error.message, new RegExp(`^The store of ${store.name} records could `), String(n))
        const said = `${error.stack}${error.help}${(error.cause as Error)?.stack}${JSON.stringify(error.cause)}`
        assert.ok(!said.includes(CANARY), String(n))
        assert.doesNotMatch(said, /Schema\(|holdfast_/)
        for (const [member, value] of Object.entries(expected)) {
          assert.equal(error[member as keyof Failure], value, `${n} ${member}: ${error.message}`)
        }
        return true
      },
    )
  }
}

/** Missing table, then a table, then what the server does. */
const outlive = async (
  make: (createTable: boolean) => InPlaceStore,
  stop: () => Promise<void>,
  start: () => Promise<void>,
) => {
  await allFail(make(false), { retryable: false, notReady: false })
  await allFail(make(true), { notReady: true })
  const store = make(true)
  await store.ready?.()
  const entry = entryOf(store, '{"a":1}', now + HOUR)
  assert.equal(await store.insert('key', entry, at(now)), 'inserted')
  await stop()
  await allFail(store, { retryable: true })
  await start()
  assert.deepEqual(await store.get('key', at(now)), entry)
  assert.equal(await store.delete('key', at(now, { ifRevision: entry.revision })), 'deleted')
}

describeWith('postgres', "failures of PostgreSQL under other libraries' tables", () => {
  let server: PostgresServer
  let client: pg.Pool
  beforeAll(async () => {
    server = await postgresServer()
    client = new pg.Pool({ connectionString: server.url, max: 4, connectionTimeoutMillis: 5000 })
    client.on('error', () => undefined)
  })
  afterAll(async () => {
    await client?.end()
    await server?.close()
  })

  it('connect-pg-simple', () =>
    outlive((createTable) => postgresFormat({ client, createTable }), server.kill, server.start))
  it('connect-session-sequelize', () =>
    outlive((createTable) => sequelizeFormat({ dialect: 'postgres', client, createTable }), server.kill, server.start))

  it('a table that is another one, a server that only reads', async () => {
    await client.query('CREATE TABLE other (sid text PRIMARY KEY, data json, expires bigint)')
    const other = postgresFormat({ client, tableName: 'other' })
    const call = at(now, { ifRevision: 'x' })
    await allFail(other, { notReady: false }, [() => other.get('key', at(now)), () => other.touch('key', now, call)])
    const store = postgresFormat({ client, createTable: true })
    await store.ready()
    await server.readOnly(true)
    const entry = entryOf(store, '{}')
    await allFail(store, {}, [() => store.insert('key', entry, at(now)), () => store.delete('key', at(now))])
    assert.equal(await store.get('key', at(now)), undefined)
    await server.readOnly(false)
    assert.equal(await store.insert('key', entry, at(now)), 'inserted')
  })
})

describeWith('mariadb', "failures of MariaDB under other libraries' tables", () => {
  let server: MariadbServer
  let client: Pool
  beforeAll(async () => {
    server = await startServer()
    client = createPool({ uri: server.url, connectionLimit: 4 })
  })
  afterAll(async () => {
    await client?.end()
    await server?.close()
  })

  const kill = () => server.kill()
  const start = () => server.start()
  it('express-mysql-session', () => outlive((createTable) => mysqlFormat({ client, createTable }), kill, start))
  it('koa-mysql-session', () =>
    outlive((createTable) => mysqlFormat({ client, layout: 'koa-mysql-session', createTable }), kill, start))
  it('connect-session-sequelize', () =>
    outlive((createTable) => sequelizeFormat({ dialect: 'mysql', client, createTable }), kill, start))

  it('a server that says nothing, a connection that does not commit, a server that only reads', async () => {
    const store = mysqlFormat({ client, createTable: true })
    await store.ready()
    const entry = entryOf(store, '{}')
    const slow = mysqlFormat({ client, queryTimeout: 300 })
    server.pause()
    await allFail(slow, { retryable: true }, [
      () => slow.get('key', at(now)),
      () => slow.insert('late', entry, at(now)),
    ])
    server.resume()
    await server.readOnly(true)
    await allFail(store, { retryable: true }, [() => store.insert('key', entry, at(now))])
    await server.readOnly(false)
    const uncommitted = createPool({ uri: server.url, connectionLimit: 1 })
    uncommitted.on('connection', (connection) => connection.query('SET autocommit = 0'))
    const lost = mysqlFormat({ client: uncommitted })
    await allFail(lost, { retryable: false }, [() => lost.insert('key', entry, at(now))])
    await uncommitted.end()
    assert.equal(await store.get('key', at(now)), undefined)
  })
})
