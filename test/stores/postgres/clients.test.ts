import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type PostgresClient, postgresStore } from '../../../src/stores/postgres.ts'
import { describeWith } from '../../servers/found.ts'
import { type PgBouncer, pgbouncer } from '../../servers/pgbouncer.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { call, entry, now } from './open.ts'

let server: PostgresServer

describeWith('postgres', 'clients of postgresStore', () => {
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  /** Settings of an application that change what a client hands out. */
  const told: [string, (url: string) => { client: PostgresClient; end: () => Promise<unknown> }][] = [
    [
      'a Pool that parses bigint as BigInt',
      (url) => {
        const parsers = new pg.TypeOverrides()
        parsers.setTypeParser(20, BigInt as never)
        const client = new pg.Pool({ connectionString: url, types: parsers })
        return { client, end: () => client.end() }
      },
    ],
    [
      'a Pool that parses bigint as a number',
      (url) => {
        const parsers = new pg.TypeOverrides()
        parsers.setTypeParser(20, Number as never)
        const client = new pg.Pool({ connectionString: url, types: parsers })
        return { client, end: () => client.end() }
      },
    ],
    [
      'a Pool in another time zone and date style, with every timeout set',
      (url) => {
        const options = '-c timezone=Asia/Kathmandu -c datestyle=German -c statement_timeout=5s -c lock_timeout=5s'
        const client = new pg.Pool({ connectionString: url, options, query_timeout: 5000 })
        return { client, end: () => client.end() }
      },
    ],
    [
      'a Client that pipelines',
      (url) => {
        const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
        const connected = client.connect()
        return { client, end: () => connected.then(() => client.end()) }
      },
    ],
    [
      'postgres.js that turns names into camel case and bigint into BigInt',
      (url) => {
        const client = postgres(url, {
          transform: postgres.camel,
          types: { bigint: postgres.BigInt },
          onnotice: () => {},
        })
        return { client, end: () => client.end() }
      },
    ],
    [
      'postgres.js without prepared statements and without a look at the types',
      (url) => {
        const client = postgres(url, { prepare: false, fetch_types: false, onnotice: () => {} })
        return { client, end: () => client.end() }
      },
    ],
  ]

  it.each(told)('%s: everything comes back as it was', async (_, make) => {
    const { client, end } = make(await server.database())
    onTestFinished(() => void end())
    const store = postgresStore(client)
    await store.ready()
    const kept = entry('r1', { owner: 'ünïcode', value: '{"a":"\\u0000"} \u{1f600}', expiresAt: 8_640_000_000_000_000 })
    const odd = entry('r2', { value: 'base64-utf16le:\0\ud800' })
    expect(await store.insert('key', kept, call)).toBe('inserted')
    expect(await store.insert('odd', odd, call)).toBe('inserted')
    expect(await Promise.all([1, 2, 3].map(() => store.get('key', call)))).toEqual([kept, kept, kept])
    expect(await store.update('odd', odd, { now, ifRevision: 'r0' })).toEqual({ outcome: 'conflict', current: odd })
    expect(await store.list({ limit: 10 }, call)).toEqual({
      entries: [
        { key: 'key', expiresAt: kept.expiresAt, owner: 'ünïcode' },
        { key: 'odd', expiresAt: odd.expiresAt },
      ],
    })
    expect(await store.count({}, call)).toBe(2)
    expect(await store.touch('key', now, { now, ifRevision: 'r1' })).toBe('touched')
    expect(await store.sweep(10, call)).toEqual({ removed: 1, more: false })
    expect(await store.deleteOwned({ owner: 'ünïcode', limit: 10 }, call)).toEqual([])
    expect(await store.delete('odd', call)).toBe('deleted')
  })

  it('listeners: one is added to a client that has none, and none to one that has', () => {
    const without = new pg.Pool({ connectionString: server.url })
    for (let stores = 0; stores < 3; stores += 1) postgresStore(without)
    expect(without.listenerCount('error')).toBe(1)
    const own = new pg.Pool({ connectionString: server.url })
    own.on('error', () => undefined)
    postgresStore(own)
    expect(own.listenerCount('error')).toBe(1)
  })

  it('closing the store leaves the client open and refuses every call', async () => {
    const client = new pg.Pool({ connectionString: server.url })
    onTestFinished(() => client.end())
    const store = postgresStore(client)
    await store.ready()
    await store.close()
    await expect(store.ready()).rejects.toThrow(/was closed/)
    await expect(store.get('\0', call)).rejects.toThrow(/was closed/)
    await expect(store.count({}, call)).rejects.toThrow(/was closed/)
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
})

describeWith('pgbouncer', 'postgresStore through PgBouncer', () => {
  let bouncer: PgBouncer
  beforeAll(async () => {
    server = await postgresServer()
    bouncer = await pgbouncer(server.url)
  })
  afterAll(async () => {
    await bouncer?.close()
    await server?.close()
  })

  describe.each(['transaction', 'session', 'statement'] as const)('in %s mode [T216]', (mode) => {
    it('many calls at once are answered, prepared or not', async () => {
      const ours = await pgbouncer(server.url, mode)
      onTestFinished(() => ours.close())
      for (const prepare of [true, false]) {
        const pool = new pg.Pool({ connectionString: ours.url, max: 10 })
        const store = postgresStore(pool, { prepare })
        await store.ready()
        for (let round = 0; round < 5; round += 1) {
          const keys = Array.from({ length: 20 }, (_, n) => `${mode}-${prepare}-${round}-${n}`)
          await Promise.all(keys.map((key) => store.insert(key, entry('r1'), call)))
          const found = await Promise.all(keys.map((key) => store.get(key, call)))
          expect(found.every((one) => one?.revision === 'r1')).toBe(true)
          const answers = keys.map((key) => store.update(key, entry('r2'), { now, ifRevision: 'r1' }))
          expect(new Set((await Promise.all(answers)).map(({ outcome }) => outcome))).toEqual(new Set(['updated']))
        }
        await pool.end()
      }
    })
  })

  it('neither its restart nor that of the server behind it needs one of the process [T208]', async () => {
    const pool = new pg.Pool({
      connectionString: bouncer.url,
      max: 3,
      connectionTimeoutMillis: 3000,
      query_timeout: 3000,
    })
    onTestFinished(() => pool.end())
    const store = postgresStore(pool)
    await store.ready()
    await store.insert('key', entry('r1'), call)
    const answers = () => expect.poll(() => store.get('key', call), { timeout: 20_000 }).toEqual(entry('r1'))
    const fails = async () => {
      const error = await store.get('key', call).then(
        () => undefined,
        (failure) => failure,
      )
      expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
    }
    await bouncer.kill()
    await fails()
    await bouncer.start()
    await answers()
    await server.stop()
    await fails()
    await server.start()
    await answers()
  })
})
