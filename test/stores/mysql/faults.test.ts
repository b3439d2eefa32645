import mysql from 'mysql2'
import promised, { type PoolOptions } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { type MysqlStore, mysqlStore } from '../../../src/stores/mysql.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { cuttingProxy } from '../postgres/cutting-proxy.ts'
import { CANARY, callsOf, failureOf, readsOf, writesOf } from './failure-of.ts'
import { call, entry, now, startServer } from './open.ts'

const TIMEOUT_MS = 400

describeWith('mariadb', 'failures of the server, met by mysqlStore', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.close())

  // Whatever nobody listens to would end a process: T188.
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  beforeEach(() => void process.on('uncaughtException', hear).on('unhandledRejection', hear))
  afterEach(() => {
    process.off('uncaughtException', hear).off('unhandledRejection', hear)
    expect(unheard.splice(0)).toEqual([])
  })

  /** Set up as docs/stores/mysql.md says, on a fresh table, with one entry, `key`, of revision r1. */
  const open = async (settings: PoolOptions = {}, uri = server.url) => {
    await server.admin('DROP TABLE IF EXISTS holdfast_sessions')
    const pool = mysql.createPool({ uri, connectionLimit: 3, connectTimeout: TIMEOUT_MS, ...settings })
    onTestFinished(() => pool.promise().end())
    const store = mysqlStore(pool, { queryTimeout: TIMEOUT_MS })
    await store.ready()
    await store.insert('key', entry('r1'), call)
    return { pool, store }
  }
  const connections = () => server.admin(`SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'holdfast'`)
  const disconnect = async () => {
    for (const { id } of await connections()) await server.admin(`KILL ${id}`).catch(() => undefined)
  }
  /** Works again, if need be after one more failure per connection of the pool; answers how many there were. */
  const works = async (store: MysqlStore, ifRevision = 'r1') => {
    let failures = 0
    for (let done = false; !done && failures < 4; ) {
      try {
        await store.ping(call)
        done = true
      } catch {
        failures += 1
      }
    }
    expect(await store.update('key', entry('later'), { now, ifRevision })).toEqual({ outcome: 'updated' })
    expect(await store.get('key', call)).toEqual(entry('later'))
    return failures
  }

  it('a stopped server: every call fails, and works again on the same store when it is back [T208]', async () => {
    const { store } = await open()
    await Promise.all([1, 2, 3].map(() => store.get('key', call)))
    await server.stop()
    for (const act of callsOf(store)) expect(await failureOf(act)).toMatchObject({ retryable: true })
    await server.start()
    expect(await works(store)).toBe(0)
  })

  it('a killed server: what was acknowledged is there when it is back', async () => {
    const { store } = await open()
    for (let n = 0; n < 20; n += 1) await store.insert(`key-${n}`, entry(`r${n}`), call)
    await server.kill()
    expect(await failureOf(() => store.get('key', call))).toMatchObject({ retryable: true })
    await server.start()
    expect(await works(store)).toBe(0)
    expect(await store.count({}, call)).toBe(21)
  })

  it('killed under load: every call ends, and no acknowledged write is lost', async () => {
    const { store } = await open()
    const acknowledged: string[] = []
    let killed = false
    const load = Array.from({ length: 8 }, async (_, worker) => {
      for (let n = 0; n < 500 && !killed; n += 1) {
        const key = `key-${worker}-${n}`
        const outcome = await store.insert(key, entry('r'), call).catch(() => undefined)
        if (outcome === 'inserted') acknowledged.push(key)
        if (worker === 0 && n === 20) {
          killed = true
          await server.kill()
        }
      }
    })
    await Promise.all(load)
    await server.start()
    expect(acknowledged.length).toBeGreaterThan(20)
    for (const key of acknowledged) expect(await store.get(key, call)).toEqual(entry('r'))
  })

  it('connections that the server ends while they are idle cost no call [T188] [T208]', async () => {
    const { store } = await open()
    await Promise.all([1, 2, 3].map(() => store.get('key', call)))
    await disconnect()
    expect(await works(store)).toBeLessThanOrEqual(1)
  })

  it('a single connection that ends does not end the process, and says what to use instead [T188]', async () => {
    await open()
    for (const connect of [mysql.createConnection, promised.createConnection] as const) {
      const client = await connect(server.url)
      const store = mysqlStore(client)
      await store.get('key', call)
      await disconnect()
      for (const act of callsOf(store)) {
        expect(await failureOf(act)).toMatchObject({ help: expect.stringMatching(/pool/) })
      }
    }
  })

  it('a server that hangs: every call fails in time, its connections are given up, all works when it goes on [T182]', async () => {
    const { store } = await open({ connectionLimit: 2 })
    server.pause()
    onTestFinished(() => server.resume())
    const ends = await Promise.all(callsOf(store).map(failureOf))
    for (const end of ends) expect(end).toMatchObject({ retryable: true })
    server.resume()
    expect(await works(store, (await store.get('key', call))?.revision)).toBe(0)
  })

  it('a write that waits for a connection longer than queryTimeout is never sent', async () => {
    const { pool, store } = await open({ connectionLimit: 1 })
    const held = await pool.promise().getConnection()
    const failure = await failureOf(() => store.insert('late', entry('r1'), call))
    expect(failure).toMatchObject({ retryable: true, message: expect.stringContaining('became free') })
    held.release()
    await store.ping(call)
    expect(await store.get('late', call)).toBeUndefined()
  })

  it.each<[string, PoolOptions]>([
    ['a full queue', { connectionLimit: 1, queueLimit: 1 }],
    ['no queue', { connectionLimit: 1, waitForConnections: false }],
  ])('a pool in use with %s says so at once [T186]', async (_, settings) => {
    const { pool, store } = await open(settings)
    const held = await pool.promise().getConnection()
    const ends = await Promise.allSettled([store.get('key', call), store.get('key', call)])
    const messages = ends.map((end) => (end.status === 'rejected' ? String(end.reason.message) : ''))
    expect(messages.at(-1)).toContain('no free connection')
    held.release()
    expect(await works(store)).toBe(0)
  })

  it('a pool that was closed says so', async () => {
    const { pool, store } = await open()
    const second = mysql.createPool(server.url)
    await second.promise().end()
    expect(await failureOf(() => mysqlStore(second).get('key', call))).toMatchObject({
      retryable: false,
      message: expect.stringContaining('closed'),
    })
    await store.close()
    await expect(store.get('key', call)).rejects.toMatchObject({ message: expect.stringContaining('it was closed') })
    expect((await pool.promise().query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }])
  })

  it('connections cut after the request: no write is a success, and its effect is whole or none', async () => {
    const proxy = await cuttingProxy(server.port)
    onTestFinished(() => proxy.close())
    const { store } = await open({}, server.url.replace(`:${server.port}`, `:${proxy.port}`))
    for (let round = 0; round < 5; round += 1) {
      const revision = (await store.get('key', call))?.revision as string
      proxy.swallow()
      const write = failureOf(() => store.update('key', entry(`cut-${round}`), { now, ifRevision: revision }))
      setTimeout(() => proxy.cut(), 30)
      expect(await write).toMatchObject({ retryable: true })
      await works(store, (await store.get('key', call))?.revision)
    }
  })

  it('a server that comes back empty: an error that names ready(), which makes the table again', async () => {
    const { store } = await open()
    await server.empty()
    for (const act of [...readsOf(store), ...writesOf(store)]) {
      expect(await failureOf(act)).toMatchObject({ help: expect.stringContaining('store.ready()') })
    }
    await store.ready()
    await store.insert('key', entry('r1'), call)
    expect(await works(store)).toBe(0)
  })

  it('a server without room: no write is a success, reads go on, and all works when there is room', async () => {
    const { store } = await open()
    await server.fill()
    const large = entry('r2', { value: CANARY.repeat(5000) })
    for (const act of [
      () => store.insert('large', large, call),
      () => store.update('key', large, { now, ifRevision: 'r1' }),
    ]) {
      expect(await failureOf(act)).toMatchObject({ message: expect.stringContaining('full'), retryable: true })
    }
    expect(await store.get('key', call)).toEqual(entry('r1'))
    expect(await store.get('large', call)).toBeUndefined()
    await server.unfill()
    expect(await works(store)).toBe(0)
  })

  it('a server that is read-only: writes fail, reads go on, and all works when it is writable', async () => {
    const { store } = await open()
    await server.readOnly(true)
    onTestFinished(() => server.readOnly(false))
    for (const act of writesOf(store)) {
      expect(await failureOf(act)).toMatchObject({ message: expect.stringContaining('read-only'), retryable: true })
    }
    expect(await store.get('key', call)).toEqual(entry('r1'))
    // After a failover a new connection finds the server that can write: those that cannot are given up.
    expect(await connections()).toHaveLength(1)
    await server.readOnly(false)
    expect(await works(store)).toBe(0)
  })

  it('a server that has no connection left says so', async () => {
    const { store } = await open({ connectionLimit: 1 })
    await disconnect()
    await server.maxConnections(10)
    onTestFinished(() => server.maxConnections(151))
    const others = promised.createPool({ uri: server.url, connectionLimit: 20 })
    onTestFinished(() => others.end())
    await Promise.allSettled(Array.from({ length: 20 }, () => others.query('DO SLEEP(0.3)')))
    expect(await failureOf(() => store.get('key', call))).toMatchObject({
      message: expect.stringContaining('no connection left'),
      retryable: true,
    })
    await others.query('SELECT 1')
    await server.maxConnections(151)
    expect(await works(store)).toBe(0)
  })

  it('a wrong password, user, database, host or port is one clear error [T180]', async () => {
    const wrong: [string, RegExp][] = [
      [server.url.replace('secret', CANARY), /refused the login.*ER_ACCESS_DENIED_ERROR/],
      [server.url.replace('holdfast:', 'nobody:'), /refused the login/],
      [server.url.replace(/holdfast$/, 'mysql'), /refused the login.*ER_DBACCESS_DENIED_ERROR/],
      [server.adminUrl.replace(/holdfast$/, 'nowhere'), /database does not exist.*ER_BAD_DB_ERROR/],
      [server.url.replace('127.0.0.1', 'no-such-host.invalid'), /cannot be reached/],
      [server.url.replace(String(server.port), '1'), /cannot be reached.*ECONNREFUSED/],
    ]
    for (const [uri, message] of wrong) {
      const pool = mysql.createPool({ uri, connectTimeout: TIMEOUT_MS })
      onTestFinished(() => pool.promise().end())
      const store = mysqlStore(pool)
      for (const act of [() => store.ready(), () => store.get('key', call)]) {
        expect((await failureOf(act)).message).toMatch(message)
      }
    }
  })

  it('a user without the right to make or write the table [T180]', async () => {
    const { store } = await open()
    await server.admin(
      `CREATE OR REPLACE USER reader@'127.0.0.1' IDENTIFIED BY 'secret'`,
      `GRANT SELECT ON holdfast.holdfast_sessions TO reader@'127.0.0.1'`,
    )
    const pool = mysql.createPool(server.url.replace('holdfast:', 'reader:'))
    onTestFinished(() => pool.promise().end())
    const reader = mysqlStore(pool)
    await reader.ready()
    expect(await reader.get('key', call)).toEqual(await store.get('key', call))
    for (const act of writesOf(reader)) expect((await failureOf(act)).message).toMatch(/may not do this/)
    const other = mysqlStore(pool, { table: 'not_there' })
    expect((await failureOf(() => other.ready())).message).toMatch(/may not do this/)
  })
})
