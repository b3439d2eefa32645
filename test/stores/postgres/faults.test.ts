import { randomBytes } from 'node:crypto'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SessionStoreError } from '../../../src/core/errors.ts'
import { type PostgresStore, postgresStore } from '../../../src/stores/postgres.ts'
import { describeWith } from '../../servers/found.ts'
import { PASSWORD, type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { call, entry, now } from './open.ts'

const CANARY = 'canary-in-a-parameter'
/** Of a test that waits for it. The others' is longer than a busy machine takes to connect. */
const SHORT_MS = 2000

/** The error that the call ends with, which every one of them must, with nothing of the parameters in it. */
const failureOf = async (act: () => PromiseLike<unknown>): Promise<SessionStoreError> => {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof SessionStoreError)) throw error
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
    const cause = error.cause as Error | undefined
    const said = `${error.stack}${error.help}${cause?.stack}${JSON.stringify(cause)}`
    for (const secret of [CANARY, PASSWORD]) expect(said).not.toContain(secret)
    return error
  }
  return expect.unreachable('the call was expected to fail')
}

const callsOf = (store: PostgresStore): readonly (() => PromiseLike<unknown>)[] => [
  () => store.get(CANARY, call),
  () => store.insert(CANARY, entry('r1', { value: CANARY, owner: CANARY }), call),
  () => store.update('key', entry('r2', { value: CANARY }), { now, ifRevision: 'r1' }),
  () => store.touch('key', now + 5, { now, ifRevision: 'r1' }),
  () => store.delete('key', call),
  () => store.delete('key', { now, ifRevision: 'r1' }),
  () => store.list({ limit: 1 }, call),
  () => store.count({ owner: CANARY }, call),
  () => store.deleteOwned({ owner: CANARY, limit: 10 }, call),
  () => store.sweep(1, call),
  () => store.ping(call),
  () => store.ready(),
]

/** Set up as docs/stores/postgres.md says. */
const clients = {
  'pg Pool': (url: string, max = 3, timeout = 15_000) => {
    const client = new pg.Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: timeout,
      query_timeout: timeout,
      keepAlive: true,
    })
    return { client, end: () => client.end() }
  },
  'postgres.js': (url: string, max = 3) => {
    const client = postgres(url, { max, connect_timeout: 15, backoff: () => 0.05, onnotice: () => undefined })
    return { client, end: () => client.end({ timeout: 0 }) }
  },
}

describeWith('postgres', 'failures of PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ fillable: true })
  })
  afterAll(() => server?.close())

  describe.each(Object.keys(clients) as (keyof typeof clients)[])('met by %s', (library) => {
    /** On a fresh table, with one entry, `key`, of revision r1. */
    const open = async (url = server.url, max?: number) => {
      await server.admin('DROP TABLE IF EXISTS holdfast_sessions, holdfast_schema')
      const { client, end } = clients[library](url, max)
      onTestFinished(() => void end())
      const store = postgresStore(client)
      await store.ready()
      await store.insert('key', entry('r1'), call)
      return store
    }
    /** Works again, if need be after one more failure per connection of the pool. */
    const works = async (store: PostgresStore, ifRevision = 'r1') => {
      let failures = 0
      while (failures < 4) {
        try {
          await store.ping(call)
          break
        } catch {
          failures += 1
        }
      }
      expect(await store.update('key', entry('later'), { now, ifRevision })).toEqual({ outcome: 'updated' })
      expect(await store.get('key', call)).toEqual(entry('later'))
      return failures
    }

    it('a stopped server: every call fails, and works again on the same store when it is back [T208]', async () => {
      const store = await open()
      await server.stop()
      for (const act of callsOf(store)) expect(await failureOf(act)).toMatchObject({ retryable: true })
      await server.start()
      expect(await works(store)).toBeLessThanOrEqual(1)
    })

    it('a server that is killed while many write: what was acknowledged is there when it is back, and whole', async () => {
      const store = await open()
      const acknowledged: string[] = []
      let stopped = false
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let n = 0; !stopped; n += 1) {
          const key = `key-${writer}-${n}`
          const ended = await store.insert(key, entry(key), call).then(
            () => acknowledged.push(key),
            (error) => error,
          )
          if (typeof ended !== 'number') return expect(ended).toMatchObject({ code: 'ERR_SESSION_STORE' })
        }
      })
      while (acknowledged.length < 200) await new Promise(setImmediate)
      await server.kill()
      stopped = true
      await Promise.all(writers)
      expect(await failureOf(() => store.get('key', call))).toMatchObject({ retryable: true })
      await server.start()
      await works(store)
      for (const key of acknowledged) expect(await store.get(key, call)).toEqual(entry(key))
      // One more per writer may have been written and not acknowledged.
      expect((await store.count({}, call)) - 1 - acknowledged.length).toBeLessThanOrEqual(4)
    })

    it('idle connections that the server ends do not end the process, and fail one call each at most [T188] [T208]', async () => {
      const store = await open()
      await Promise.all([1, 2, 3].map(() => store.get('key', call)))
      await server.disconnect()
      expect(await works(store)).toBeLessThanOrEqual(3)
    })

    it('a server that comes back empty: a coded error names ready(), which is all that it takes', async () => {
      const store = await open()
      await server.empty()
      await store.ping(call).catch(() => undefined)
      const failure = await failureOf(() => store.get('key', call))
      expect(failure).toMatchObject({ retryable: false, help: expect.stringContaining('store.ready()') })
      expect(failure.message).toContain('42P01')
      await store.ready()
      expect(await store.get('key', call)).toBeUndefined()
      expect(await store.insert('key', entry('r1'), call)).toBe('inserted')
    })

    it('a full disk: nothing that is there changes, reading and deleting go on, and writing too once there is room', async () => {
      const store = await open()
      await store.insert('other', entry('r1'), call)
      await store.insert('expired', entry('r1', { expiresAt: now }), call)
      await server.fill()
      onTestFinished(() => server.unfill())
      // A smaller one may still fit into what the fillfactor keeps free for updates.
      const big = entry('r2', { value: CANARY + randomBytes(6000).toString('hex') })
      for (const act of [
        () => store.insert(CANARY, big, call),
        () => store.update('key', big, { now, ifRevision: 'r1' }),
      ]) {
        const failure = await failureOf(act)
        expect(failure).toMatchObject({ retryable: false, message: expect.stringContaining(`(${server.full})`) })
      }
      expect(await store.get('key', call)).toEqual(entry('r1'))
      expect(await store.get(CANARY, call)).toBeUndefined()
      expect(await store.delete('other', call), 'a sign-out').toBe('deleted')
      expect((await store.sweep(1, call)).removed).toBe(1)
      await server.unfill()
      expect(await store.update('key', big, { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    })

    it('a read-only server reads and says why it does not write', async () => {
      const store = await open()
      await server.readOnly(true)
      const writes = [...callsOf(store).slice(1, 6), () => store.sweep(1, call)]
      for (const act of writes) {
        const failure = await failureOf(act)
        expect(failure).toMatchObject({ retryable: false, message: expect.stringContaining('read-only (25006)') })
      }
      expect(await store.get('key', call)).toEqual(entry('r1'))
      await store.ready()
      await server.readOnly(false)
      await works(store)
    })

    it('a connection cut in the middle of a write is an error, whether or not the write took effect [T209]', async () => {
      const proxy = await cuttingProxy(server.port)
      onTestFinished(() => proxy.close())
      const store = await open(server.url.replace(`:${server.port}`, `:${proxy.port}`), 1)
      // The statement is prepared first, which has an answer of its own.
      expect(await store.update('key', entry('r2'), { now, ifRevision: 'r0' })).toMatchObject({ outcome: 'conflict' })
      proxy.swallow()
      const update = failureOf(() => store.update('key', entry('r2'), { now, ifRevision: 'r1' }))
      const waiting = failureOf(() => store.get('key', call))
      // It has taken effect on the server, which nobody here can know.
      while ((await revisionOnServer(server)) !== 'r2') await new Promise(setImmediate)
      proxy.cut()
      expect(await update).toMatchObject({ retryable: true })
      await waiting.catch(() => undefined)
      await store.ping(call).catch(() => undefined)
      const again = await store.update('key', entry('r2'), { now, ifRevision: 'r1' })
      expect(again, 'a repetition meets its own revision').toEqual({ outcome: 'conflict', current: entry('r2') })
    })

    it('a wrong password or database is a coded error which says so, and not the password [T180]', async () => {
      const wrong = new URL(server.url)
      wrong.password = CANARY
      const none = new URL(server.url)
      none.pathname = 'nowhere'
      for (const [url, code] of [
        [wrong.href, '28P01'],
        [none.href, '3D000'],
      ] as const) {
        const { client, end } = clients[library](url)
        for (const act of callsOf(postgresStore(client))) {
          const failure = await failureOf(act)
          expect(failure).toMatchObject({ retryable: false, message: expect.stringContaining(code) })
        }
        await end()
      }
    })

    it('a client that was ended is an error that says so', async () => {
      const { client, end } = clients[library](server.url)
      const store = postgresStore(client)
      await store.ready()
      await end()
      for (const act of callsOf(store)) {
        expect(await failureOf(act)).toMatchObject({ retryable: false, message: /has been ended/ })
      }
    })
  })

  it('a paused server: pg gives up after query_timeout, and goes on when the server does', async () => {
    await server.admin('DROP TABLE IF EXISTS holdfast_sessions, holdfast_schema')
    const { client, end } = clients['pg Pool'](server.url, 2, SHORT_MS)
    onTestFinished(() => end())
    const store = postgresStore(client)
    await store.ready()
    await store.insert('key', entry('r1'), call)
    server.pause()
    const failures = await Promise.all(callsOf(store).map(failureOf))
    server.resume()
    for (const failure of failures) expect(failure).toMatchObject({ retryable: true, message: /in time/ })
    await expect.poll(() => store.ping(call).then(() => 'answers', String)).toBe('answers')
    // Whether the writes took effect is unknown; what there is must be one of them, and whole.
    const found = await store.get('key', call)
    expect([undefined, 'r1', 'r2']).toContain(found?.revision)
    expect(await store.insert('new', entry('r1'), call)).toBe('inserted')
  })

  it('a paused server: postgres.js waits for as long as it lasts, and goes on', async () => {
    await server.admin('DROP TABLE IF EXISTS holdfast_sessions, holdfast_schema')
    const { client, end } = clients['postgres.js'](server.url, 2)
    onTestFinished(() => void end())
    const store = postgresStore(client)
    await store.ready()
    server.pause()
    const outcome = store.insert('key', entry('r1'), call)
    const early = new Promise((resolve) => setTimeout(resolve, SHORT_MS, 'nothing yet'))
    expect(await Promise.race([outcome, early])).toBe('nothing yet')
    server.resume()
    expect(await outcome).toBe('inserted')
  })

  it('a lone Client that lost its connection says that it does not come back', async () => {
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const store = postgresStore(client)
    await store.ready()
    const ended = new Promise((resolve) => client.once('end', resolve))
    await server.disconnect()
    await store.ping(call).catch(() => undefined)
    // What the server says last, and the end of the connection, may come apart.
    await ended
    for (const act of callsOf(store)) {
      const failure = await failureOf(act)
      expect(failure).toMatchObject({ retryable: false, help: expect.stringContaining('Hand in a Pool') })
    }
  })
})

const revisionOnServer = async (server: PostgresServer) =>
  (await server.admin(`SELECT revision FROM holdfast_sessions WHERE key = 'key'`))[0]?.revision

describeWith('postgres', 'a server with few connections', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer({ maxConnections: 2 })
    await server.admin(`CREATE ROLE app LOGIN PASSWORD 'app'`)
    await server.admin('GRANT CREATE ON SCHEMA public TO app')
  })
  afterAll(() => server?.close())

  const urlOfApp = () => server.url.replace(/\/\/[^@]*@/, '//app:app@')

  it('refuses more, which is a retryable error, and serves again when one is free', async () => {
    const others = [new pg.Client(urlOfApp()), new pg.Client(urlOfApp())]
    for (const other of others) await other.connect()
    for (const { client, end } of [clients['pg Pool'](urlOfApp(), 1), clients['postgres.js'](urlOfApp(), 1)]) {
      const failure = await failureOf(() => postgresStore(client).ready())
      expect(failure).toMatchObject({
        retryable: true,
        message: expect.stringContaining('no more connections (53300)'),
      })
      await end()
    }
    const { client, end } = clients['pg Pool'](urlOfApp(), 1)
    const store = postgresStore(client)
    await failureOf(() => store.ready())
    for (const other of others) await other.end()
    await expect.poll(() => store.ready().then(() => 'ready', String)).toBe('ready')
    await end()
  })

  it('a pool whose connections are all taken fails within connectionTimeoutMillis', async () => {
    const { client, end } = clients['pg Pool'](urlOfApp(), 1, SHORT_MS)
    const store = postgresStore(client)
    await store.ready()
    const taken = await client.connect()
    const failures = await Promise.all(Array.from({ length: 10 }, () => failureOf(() => store.get('key', call))))
    for (const failure of failures) expect(failure).toMatchObject({ retryable: true, message: /became free in time/ })
    taken.release()
    expect(await store.get('key', call)).toBeUndefined()
    await end()
  })
})
