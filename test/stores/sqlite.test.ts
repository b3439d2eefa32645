import { describe, expect, it } from 'vitest'
import { isSessionError } from '../../src/core/errors.ts'
import { type SqliteDatabase, sqliteStore } from '../../src/stores/sqlite.ts'
import { call, drivers, entry, everyDriver, freshFile, now, open, openStore } from './sqlite-bench.ts'

const absent = everyDriver.filter((driver) => !drivers.includes(driver))
console.info(`SQLite drivers under Node ${process.version}: ${drivers.join(', ')}. Not here: ${absent.join(', ')}.`)

const LONE = '\ud800'
const HARD_VALUES = [
  '',
  '{"name":"plain"}',
  '{"emoji":"\u{1f600}","replacement":"\ufffd","bom":"\ufeff"}',
  '\ufeff',
  '\0',
  'before\0after',
  LONE,
  `${LONE}${LONE}`,
  '\udc00\ud800',
  `a${LONE}\0\u{1f600}\ufffd`,
  `${'x'.repeat(1_000_000)}\udfff`,
]

it(`has a driver to run on: ${drivers.join(', ')}; not here: ${absent.join(', ')}`, () => {
  expect(drivers).not.toEqual([])
})

describe.each(drivers)('sqliteStore on %s', (driver) => {
  it('gives every text back exactly, through another connection too [T084]', () => {
    const { file, store } = openStore(driver)
    const other = sqliteStore(open(driver, file))
    for (const [index, value] of HARD_VALUES.entries()) {
      const first = entry(`r${index}`, { value: 'first' })
      expect(store.insert(`key-${index}`, first, call)).toBe('inserted')
      const written = entry(`s${index}`, { value })
      const answer = store.update(`key-${index}`, written, { now, ifRevision: first.revision })
      expect(answer).toEqual({ outcome: 'updated' })
      expect(other.get(`key-${index}`, call)?.value === value, `value ${index}`).toBe(true)
      const lost = store.update(`key-${index}`, first, { now, ifRevision: 'another' })
      expect(lost.outcome === 'conflict' && lost.current.value === value, `current ${index}`).toBe(true)
    }
  })

  it('keeps ordinary JSON as text that the sqlite3 shell shows, and a BLOB only where text would lie', () => {
    const { database, store } = openStore(driver)
    const json = JSON.stringify({ name: 'Zoë', lone: LONE, nul: '\0' })
    store.insert('json', entry('r1', { value: json }), call)
    store.insert('raw', entry('r2', { value: LONE }), call)
    const rows = database
      .prepare(
        'SELECT key, typeof(key) AS k, value, typeof(value) AS v, typeof(expires_at) AS e FROM holdfast_sessions',
      )
      .all() as Record<string, unknown>[]
    expect({ ...rows.find((row) => row.key === 'json') }).toEqual({
      key: 'json',
      k: 'text',
      value: json,
      v: 'text',
      e: 'integer',
    })
    expect(rows.find((row) => row.key === 'raw')?.v).toBe('blob')
  })

  it.each([0, 1, -1, 2 ** 31, 2 ** 32 + 1, 2 ** 51 + 1, 8.64e15 - 1, 8.64e15, Number.MAX_SAFE_INTEGER])(
    'keeps the deadline %d to the millisecond, as a number',
    (expiresAt) => {
      const { store } = openStore(driver)
      expect(store.insert('key', entry('r1', { expiresAt, owner: 'o' }), { now: expiresAt - 1 })).toBe('inserted')
      expect(store.get('key', { now: expiresAt - 1 })?.expiresAt).toBe(expiresAt)
      expect(store.list({ limit: 1 }, { now: expiresAt - 1 }).entries[0]?.expiresAt).toBe(expiresAt)
      expect(store.get('key', { now: expiresAt })).toBeUndefined()
      expect(store.count({}, { now: expiresAt - 1 })).toBe(1)
      expect(store.count({}, { now: expiresAt })).toBe(0)
    },
  )

  it('never hands anything but text to the driver as a key, an owner or a revision [T054]', () => {
    const { store } = openStore(driver)
    store.insert('key', entry('r1', { owner: 'user' }), call)
    const hostile: unknown[] = [
      { toString: () => 'key' },
      ['key'],
      { $gt: '' },
      1,
      null,
      Symbol('key'),
      Buffer.from('key'),
    ]
    for (const key of hostile as string[]) {
      expect(store.get(key, call)).toBeUndefined()
      expect(store.update(key, entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'gone' })
      expect(store.touch(key, now + 1, { now, ifRevision: 'r1' })).toBe('gone')
      expect(store.delete(key, call)).toBe('gone')
      expect(() => store.insert(key, entry('r2'), call)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_KEY' }))
      expect(store.update('key', entry('r2'), { now, ifRevision: key }).outcome).toBe('conflict')
      expect(store.delete('key', { now, ifRevision: key })).toBe('conflict')
      expect(store.list({ owner: key, limit: 10 }, call)).toEqual({ entries: [] })
      expect(store.count({ owner: key }, call)).toBe(0)
    }
    for (const ifRevision of [['r1'], { toString: () => 'r1' }, Buffer.from('r1')] as unknown as string[]) {
      expect(store.update('key', entry('r2'), { now, ifRevision }).outcome).toBe('conflict')
      expect(store.touch('key', now + 1, { now, ifRevision })).toBe('conflict')
      expect(store.delete('key', { now, ifRevision })).toBe('conflict')
    }
    expect(store.get('key', call)).toEqual(entry('r1', { owner: 'user' }))
  })

  it('keeps keys that look like SQL as keys', () => {
    const { store } = openStore(driver)
    const keys = [`'; DROP TABLE holdfast_sessions; --`, '?', ':key', '%', '_', '"', 'KEY', 'key', 'key ']
    for (const key of keys) expect(store.insert(key, entry('r1', { value: key }), call)).toBe('inserted')
    for (const key of keys) expect(store.get(key, call)?.value).toBe(key)
    expect(store.count({}, call)).toBe(keys.length)
  })

  it('refuses to work inside a transaction that somebody else may roll back', () => {
    const { database, store } = openStore(driver)
    store.insert('key', entry('r1'), call)
    database.exec('BEGIN')
    const refused = { code: 'ERR_SESSION_STORE', message: expect.stringContaining('connection of its own') }
    expect(() => store.delete('key', call)).toThrow(expect.objectContaining(refused))
    expect(() => store.get('key', call)).toThrow(expect.objectContaining(refused))
    database.exec('ROLLBACK')
    expect(store.delete('key', call)).toBe('deleted')
  })

  it('sets the durability of its connection before the first call, without ready', () => {
    const { file } = openStore(driver)
    for (const durable of [true, false]) {
      const database = open(driver, file)
      sqliteStore(database, { durable }).get('key', call)
      const pragma = (name: string) => Object.values((database.prepare(`PRAGMA ${name}`).all() as object[])[0] ?? {})
      expect(pragma('synchronous')).toEqual([durable ? 2 : 1])
      expect(pragma('journal_mode')).toEqual(['wal'])
    }
  })

  it('prepares each statement once, when it is first needed', () => {
    const { database, store: first } = openStore(driver)
    first.close()
    const prepared: string[] = []
    const watched: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => {
        prepared.push(sql)
        return database.prepare(sql)
      },
    }
    const store = sqliteStore(watched)
    expect(prepared).toEqual([])
    for (let round = 0; round < 3; round += 1) {
      store.get('key', call)
      store.insert('key', entry('r1'), call)
    }
    expect(prepared.map((sql) => sql.split(' ')[0])).toEqual(['SELECT', 'INSERT'])
  })

  it('closes nothing but itself', () => {
    const { database, store } = openStore(driver)
    store.insert('key', entry('r1'), call)
    store.close()
    store.close()
    for (const act of [() => store.get('key', call), () => store.ping(call), () => store.ready()]) {
      expect(act).toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE', retryable: false }))
    }
    expect(database.prepare('SELECT key FROM holdfast_sessions').all()).toHaveLength(1)
    expect(sqliteStore(database).get('key', call)).toEqual(entry('r1'))
  })

  it('finds entries, an owner’s entries and expired entries through an index', () => {
    const { database, store } = openStore(driver)
    for (let n = 0; n < 200; n += 1) {
      store.insert(`key-${n}`, entry('r1', n % 10 ? {} : { owner: `user-${n % 7}` }), call)
    }
    const planOf = (sql: string) =>
      (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
        .map(({ detail }) => detail)
        .join('; ')
    const from = 'FROM holdfast_sessions WHERE'
    expect(planOf(`SELECT value ${from} key = 'k' AND expires_at > 1`)).toMatch(/sqlite_autoindex\S* \(key=\?\)/)
    const owned = /_owner \(owner=\?/
    expect(planOf(`SELECT key ${from} owner = 'u' AND key > 'k' ORDER BY key LIMIT 9`)).toMatch(owned)
    expect(planOf(`SELECT count(*) ${from} owner = 'u' AND +expires_at > 1`)).toMatch(owned)
    const ofOwner = `SELECT rowid ${from} owner = 'u' AND +expires_at > 1 AND key NOT IN (SELECT value FROM json_each('[]'))`
    expect(planOf(`DELETE ${from} rowid IN (${ofOwner} LIMIT 9) RETURNING key`)).toMatch(owned)
    const expired = planOf(`SELECT rowid ${from} expires_at <= 1 ORDER BY expires_at LIMIT 9`)
    expect(expired).toMatch(/COVERING INDEX holdfast_sessions_expires_at \(expires_at<\?\)$/)
  })

  it('starts from the front with a cursor that it did not make, and pages over expired rows without stopping', () => {
    const { store } = openStore(driver)
    const gone = { expiresAt: now + 1 }
    for (let n = 100; n < 130; n += 1) store.insert(`key-${n}`, entry('r1', n < 120 ? gone : {}), call)
    for (const cursor of ['zzz', '', '42', 'key-125']) {
      expect(store.list({ limit: 1, cursor }, call).entries[0]?.key).toBe('key-100')
    }
    const seen: string[] = []
    for (let cursor: string | undefined, page = 0; page === 0 || cursor; page += 1) {
      const found = store.list({ limit: 4, ...(cursor && { cursor }) }, { now: now + 1 })
      seen.push(...found.entries.map(({ key }) => key))
      cursor = found.cursor
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `key-${120 + n}`))
  })

  it('fails on a row that something else wrote, without saying what is in it', () => {
    const { database, store } = openStore(driver)
    database.exec(`INSERT INTO holdfast_sessions VALUES ('key', ${now + 1}, x'00', NULL, 'CANARY')`)
    database.exec(`INSERT INTO holdfast_sessions VALUES ('number', ${now + 1}, 'r1', NULL, 5)`)
    for (const key of ['key', 'number']) {
      try {
        store.get(key, call)
        expect.unreachable()
      } catch (error) {
        expect(isSessionError(error) && error.code).toBe('ERR_SESSION_STORE')
        expect(String(error)).not.toContain('CANARY')
      }
    }
  })
})

describe.runIf(drivers.length > 1)('several drivers on one file', () => {
  it(`read what the others wrote, and notice their revisions: ${drivers.join(', ')}`, () => {
    const file = freshFile()
    const stores = drivers.map((driver) => openStore(driver, file).store)
    for (const [writer, store] of stores.entries()) {
      for (const [index, value] of HARD_VALUES.entries()) {
        const written = entry(`r${index}`, { value, owner: 'Zoë', expiresAt: 8.64e15 - index })
        store.insert(`${writer}-${index}`, written, call)
        for (const reader of stores) expect(reader.get(`${writer}-${index}`, call)).toEqual(written)
      }
    }
    const [first, ...others] = stores
    first?.update('0-0', entry('new'), { now, ifRevision: 'r0' })
    for (const other of others) {
      expect(other.update('0-0', entry('late'), { now, ifRevision: 'r0' }).outcome).toBe('conflict')
    }
  })
})
