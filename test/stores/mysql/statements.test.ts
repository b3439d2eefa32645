import { type Connection, createConnection, createPool, type PoolOptions } from 'mysql2/promise'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { mysqlStore } from '../../../src/stores/mysql.ts'
import { describeWith } from '../../servers/found.ts'
import { call, entry, HOUR, inTime, now, openForTest, testServer } from './open.ts'

const ODD_TEXTS = [
  '漢字 😀 \u0000 é',
  '\ud800',
  'a\udc00\ud800b',
  '\ufeff\ufffd\uffff',
  `'; DROP TABLE x; -- \\' "`,
  '',
]

describeWith('mariadb', 'the statements of mysqlStore', () => {
  let server: Awaited<ReturnType<typeof testServer>>
  let admin: Connection
  beforeAll(async () => {
    server = await testServer()
    admin = await createConnection(server.url)
  })
  afterAll(async () => {
    await admin?.end()
    await server?.close()
  })

  const open = async (settings: PoolOptions = {}, queryTimeout = 5000) => {
    const opened = await openForTest(server.url, { queryTimeout }, settings)
    onTestFinished(opened.close)
    return opened
  }
  /** Each new connection of the pool runs it before anything else. */
  const openWith = async (...setup: string[]) => {
    const { table } = await open()
    const pool = createPool({ uri: server.url, connectionLimit: 2 })
    onTestFinished(() => pool.end())
    pool.on('connection', (connection) => {
      for (const statement of setup) connection.query(statement)
    })
    return { table, pool, store: mysqlStore(pool, { table }) }
  }

  it.each(['latin1', 'utf8mb3', 'utf8mb4', 'cp1251', 'sjis', 'gbk', 'binary'])(
    'text comes back exactly over a connection of %s [T213]',
    async (charset) => {
      const { store } = await openWith(`SET NAMES ${charset}`, 'SET SESSION collation_connection = utf16_bin')
      await store.ready()
      for (const [index, value] of ODD_TEXTS.entries()) {
        await store.insert(`key-${index}`, entry('r1', { value, owner: 'Ünï-漢😀' }), call)
        expect(await store.get(`key-${index}`, call)).toEqual(entry('r1', { value, owner: 'Ünï-漢😀' }))
      }
      expect(await store.count({ owner: 'Ünï-漢😀' }, call)).toBe(ODD_TEXTS.length)
    },
  )

  it('work under a sql_mode without strictness, without backslashes, with other quotes [T212] [T054]', async () => {
    const modes = ['', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH', 'ANSI']
    for (const mode of modes) {
      const { store } = await openWith(`SET sql_mode = '${mode}'`)
      const longest = { owner: '漢'.repeat(255), revision: '~'.repeat(64), value: '漢'.repeat(300_000) }
      const key = `' OR 1=1 -- \\' ${'~'.repeat(239)}`
      const whole = { expiresAt: now + HOUR, ...longest }
      await store.insert(key, whole, call)
      expect(await store.get(key, call)).toEqual(whole)
      await store.ready()
    }
  })

  it.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])(
    'see what others have committed, under %s',
    async (level) => {
      const { store, table } = await openWith(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
      const other = (await openWith()).pool
      await store.insert('key', entry('r1'), call)
      const second = mysqlStore(other, { table })
      await second.update('key', entry('r2'), { now, ifRevision: 'r1' })
      expect(await store.update('key', entry('r3'), { now, ifRevision: 'r1' })).toEqual({
        outcome: 'conflict',
        current: entry('r2'),
      })
      expect(await second.delete('key', call)).toBe('deleted')
      expect(await store.get('key', call)).toBeUndefined()
    },
  )

  it('without autocommit: ready and every write fail, nothing is kept, no lock stays', async () => {
    const { store, table } = await openWith('SET autocommit = 0')
    const refusal = expect.objectContaining({
      code: 'ERR_SESSION_STORE',
      help: expect.stringContaining('autocommit = 1'),
    })
    await expect(store.ready()).rejects.toEqual(refusal)
    await expect(store.insert('key', entry('r1'), call)).rejects.toEqual(refusal)
    const here = mysqlStore((await openWith()).pool, { table })
    expect(await here.insert('key', entry('r2'), call)).toBe('inserted')
    await expect(store.update('key', entry('r3'), { now, ifRevision: 'r2' })).rejects.toEqual(refusal)
    await expect(store.touch('key', now + 1, { now, ifRevision: 'r2' })).rejects.toEqual(refusal)
    await expect(store.delete('key', call)).rejects.toEqual(refusal)
    expect(await here.update('key', entry('r4'), { now, ifRevision: 'r2' })).toEqual({ outcome: 'updated' })
  })

  it('inside a transaction that somebody left open, a write is no success', async () => {
    const { store, table } = await open()
    await store.insert('key', entry('r1'), call)
    const connection = await createConnection(server.url)
    onTestFinished(() => connection.end())
    await connection.query('START TRANSACTION')
    const inside = mysqlStore(connection, { table })
    await expect(inside.update('key', entry('r2'), { now, ifRevision: 'r1' })).rejects.toMatchObject({
      message: expect.stringContaining('inside a transaction that the store did not begin'),
    })
    await connection.query('ROLLBACK')
    expect(await store.get('key', call)).toEqual(entry('r1'))
    expect(await inside.update('key', entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
  })

  it('that change nothing count as done without FOUND_ROWS: touch to the same deadline, update to the same entry', async () => {
    for (const flags of [[], ['-FOUND_ROWS']]) {
      const { store } = await open({ flags })
      const same = entry('r1', { owner: 'u' })
      await store.insert('key', same, call)
      expect(await store.touch('key', same.expiresAt, { now, ifRevision: 'r1' })).toBe('touched')
      expect(await store.update('key', same, { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
      expect(await store.touch('key', same.expiresAt, { now, ifRevision: 'r0' })).toBe('conflict')
      expect(await store.touch('key', same.expiresAt, { ...inTime(HOUR), ifRevision: 'r1' })).toBe('gone')
      expect(await store.insert('key', same, inTime(HOUR))).toBe('inserted')
    }
  })

  it('a row that appears between an update and the look at it is met by another update', async () => {
    const { pool, table, store } = await open({ connectionLimit: 1 })
    const execute = pool.pool.getConnection.bind(pool.pool)
    let statements = 0
    pool.pool.getConnection = (callback) =>
      execute(async (error, connection) => {
        statements += 1
        // After the UPDATE that found nothing, before the SELECT.
        if (statements === 2) await mysqlStore(admin, { table }).insert('key', entry('r1'), call)
        callback(error, connection)
      })
    expect(await store.update('key', entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    expect(statements).toBe(3)
    expect(await store.get('key', call)).toEqual(entry('r2'))
  })

  it('are prepared again on a connection whose user was changed, or that was reset, in between', async () => {
    const { pool, store, table } = await open({ connectionLimit: 1 })
    await store.insert('key', entry('r1'), call)
    await store.get('key', call)
    const connection = await pool.getConnection()
    await connection.changeUser({})
    connection.release()
    expect(await store.get('key', call)).toEqual(entry('r1'))
    await pool.query(`FLUSH TABLES ${table}`).catch(() => undefined)
    await pool.query(`ALTER TABLE ${table} ADD later INT`)
    expect(await store.get('key', call)).toEqual(entry('r1'))
    expect(await store.update('key', entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
  })

  it('take one round trip each, and a conflict two', async () => {
    const { pool, store } = await open()
    const ask = pool.pool.getConnection.bind(pool.pool)
    let statements = 0
    pool.pool.getConnection = (callback) => {
      statements += 1
      ask(callback)
    }
    const trips = async (act: () => PromiseLike<unknown>) => {
      statements = 0
      await act()
      return statements
    }
    expect(await trips(() => store.insert('key', entry('r1'), call))).toBe(1)
    expect(await trips(() => store.get('key', call))).toBe(1)
    expect(await trips(() => store.update('key', entry('r2'), { now, ifRevision: 'r1' }))).toBe(1)
    expect(await trips(() => store.touch('key', now + 9, { now, ifRevision: 'r2' }))).toBe(1)
    expect(await trips(() => store.update('key', entry('r3'), { now, ifRevision: 'r1' }))).toBe(2)
    expect(await trips(() => store.insert('key', entry('r1'), call))).toBe(2)
    expect(await trips(() => store.delete('key', { now, ifRevision: 'r1' }))).toBe(2)
    expect(await trips(() => store.delete('key', call))).toBe(1)
    expect(await trips(() => store.list({ limit: 1000 }, call))).toBe(1)
    expect(await trips(() => store.count({}, call))).toBe(1)
    expect(await trips(() => store.sweep(1000, call))).toBe(1)
    await store.insert('expired', entry('r1', { expiresAt: now }), call)
    expect(await trips(() => store.sweep(1000, call))).toBe(2)
  })

  it('a value larger than max_allowed_packet is refused before it is sent, and the connection stays [T212]', async () => {
    const { pool, table } = await open({ connectionLimit: 1 })
    const [[row]] = (await pool.query('SELECT @@max_allowed_packet AS packet, CONNECTION_ID() AS id')) as never as [
      [{ packet: number; id: number }],
    ]
    const value = 'x'.repeat(row.packet)
    const refusal = expect.objectContaining({
      code: 'ERR_SESSION_STORE',
      retryable: false,
      help: expect.stringContaining('max_allowed_packet'),
    })
    // Also by a store that nobody has asked to be ready.
    const store = mysqlStore(pool, { table })
    await store.insert('key', entry('r1'), call)
    await expect(store.insert('large', entry('r1', { value }), call)).rejects.toEqual(refusal)
    await expect(store.update('key', entry('r2', { value }), { now, ifRevision: 'r1' })).rejects.toEqual(refusal)
    expect((await pool.query('SELECT CONNECTION_ID() AS id'))[0]).toEqual([{ id: row.id }])
    const fits = entry('r2', { value: 'x'.repeat(row.packet - 5000) })
    expect(await store.update('key', fits, { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    expect((await store.get('key', call))?.value.length).toBe(fits.value.length)
  })

  it('a sweep of thousands goes in steps and leaves the others their locks [T218]', async () => {
    const { pool, store, table } = await open({ connectionLimit: 4 })
    const rows = Array.from({ length: 5000 }, (_, n) => `('k${n}', ${now - 5000 + n * 2}, 'r', NULL, 'v')`)
    await pool.query(`INSERT INTO ${table} (\`key\`, expires_at, revision, owner, value) VALUES ${rows.join()}`)
    // A row that is locked and lives on is not waited for, and neither is room between the expired ones.
    const connection = await createConnection(server.url)
    onTestFinished(() => connection.end())
    await connection.query('START TRANSACTION')
    await connection.query(`UPDATE ${table} SET revision = 'other' WHERE \`key\` = 'k4000'`)
    await connection.query(`INSERT INTO ${table} VALUES ('k20a', ${now + HOUR}, 'r', NULL, 'v')`)
    const steps: number[] = []
    for (let more = true; more; ) {
      const step = await store.sweep(100_000, call)
      steps.push(step.removed)
      more = step.more
    }
    expect(steps.reduce((a, b) => a + b)).toBe(2501)
    expect(Math.max(...steps)).toBe(1000)
    await connection.query('ROLLBACK')
  })
})
