import { describe, expect, it } from 'vitest'
import { sqliteSchema, sqliteStore } from '../../src/stores/sqlite.ts'
import { withFleet } from '../../src/testing/internal/fleet.ts'
import { call, child, drivers, entry, freshFile, now, open, openStore } from './sqlite-bench.ts'

const HOSTILE_NAMES: unknown[] = [
  'x"; DROP TABLE y; --',
  'main.sessions',
  'a`b',
  'a b',
  '',
  '1st',
  'séances',
  'sessions\0',
  'sessions\n',
  'sqlite_sessions',
  'SQLITE_sessions',
  'holdfast_schema',
  'x'.repeat(61),
  ['sessions'],
  { toString: () => 'sessions' },
  7,
  null,
]

describe('options of sqliteStore', () => {
  const database = { exec: () => undefined, prepare: () => ({ all: () => [] }) }
  const optionError = (option: string) => expect.objectContaining({ code: 'ERR_SESSION_OPTION', option })

  it.each(HOSTILE_NAMES)('the table %j is refused [T056]', (name) => {
    const table = name as string
    expect(() => sqliteStore(database, { table })).toThrow(optionError('table'))
    expect(() => sqliteSchema(table)).toThrow(optionError('table'))
  })

  it.each([
    [{ tabel: 'x' }, 'tabel'],
    [{ durable: 'yes' }, 'durable'],
    [{ busyTimeout: '5s' }, 'busyTimeout'],
    [{ busyTimeout: -1 }, 'busyTimeout'],
    [{ busyTimeout: 1.5 }, 'busyTimeout'],
    [{ busyTimeout: Number.POSITIVE_INFINITY }, 'busyTimeout'],
    [null, 'options'],
  ])('%j is refused by its name', (options, option) => {
    expect(() => sqliteStore(database, options as object)).toThrow(optionError(option))
  })

  it('what is no database is refused', () => {
    for (const wrong of [undefined, null, 'sessions.db', {}, { exec() {} }]) {
      expect(() => sqliteStore(wrong as never)).toThrow(optionError('database'))
    }
  })

  it('a database that answers later is found out by the first call', () => {
    const later = { exec: () => undefined, prepare: () => ({ all: () => Promise.resolve([]) }) }
    expect(() => sqliteStore(later).get('key', call)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))
  })
})

describe.each(drivers)('the table, on %s', (driver) => {
  it('is made by what sqliteSchema prints, as often as it is run', () => {
    const file = freshFile()
    const database = open(driver, file)
    for (let round = 0; round < 2; round += 1) database.exec(sqliteSchema('Sessions_2'))
    const store = sqliteStore(open(driver, file), { table: 'Sessions_2' })
    expect(store.insert('key', entry('r1'), call)).toBe('inserted')
    store.ready()
    expect(store.get('key', call)).toEqual(entry('r1'))
  })

  it('lives beside other tables of ours and of the application', () => {
    const { database, store } = openStore(driver)
    const second = sqliteStore(database, { table: 'admin_sessions' })
    second.ready()
    store.insert('key', entry('r1'), call)
    expect(second.get('key', call)).toBeUndefined()
    expect(database.prepare('SELECT name, version FROM holdfast_schema ORDER BY name').all()).toHaveLength(2)
  })

  it('that is missing is an error which says what to do', () => {
    const store = sqliteStore(open(driver, freshFile()))
    expect(() => store.ping(call)).toThrow(/ready\(\).*sqliteSchema/)
    expect(() => store.get('key', call)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_STORE',
        retryable: false,
        help: expect.stringContaining('ready()'),
      }),
    )
  })

  it('of another kind under our name is refused and left alone [T217]', () => {
    const database = open(driver, freshFile())
    database.exec(`CREATE TABLE holdfast_sessions (key TEXT, expires_at, owner, sess TEXT); 
      INSERT INTO holdfast_sessions VALUES ('theirs', 1, 'theirs', 'theirs')`)
    const store = sqliteStore(database)
    for (let round = 0; round < 2; round += 1) {
      expect(() => store.ready()).toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))
    }
    expect(database.prepare('SELECT sess FROM holdfast_sessions').all()).toHaveLength(1)
    expect(database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'holdfast_schema'").all()).toEqual([])
  })

  it('of a later release is refused and left alone [T217]', () => {
    const { database, file } = openStore(driver)
    database.exec('UPDATE holdfast_schema SET version = 2')
    expect(() => sqliteStore(open(driver, file)).ready()).toThrow(/layout 2.*knows 1/)
  })

  it('needs no write lock when it is there already, so that a restart does not wait for a busy writer', () => {
    const { file } = openStore(driver)
    const writer = open(driver, file)
    writer.exec('BEGIN IMMEDIATE')
    sqliteStore(open(driver, file), { busyTimeout: 1 }).ready()
    writer.exec('COMMIT')
  })

  it('is made once by 10 processes that all call ready at once on no file', async () => {
    const file = freshFile()
    const fleet = { module: child('sqlite-store.mjs'), address: () => `${driver} ${file}`, count: 10 }
    await withFleet(fleet, async ({ askAll }) => {
      // Without a table the answer is an error; it says that the process is up.
      const early = await Promise.allSettled([askAll(() => ({ do: 'get', key: 'key', now }))])
      expect(early[0]?.status).toBe('rejected')
      await askAll(() => ({ do: 'ready' }))
      const won = await askAll<object>(() => ({ do: 'insert', keys: ['key'], over: {}, now }))
      expect(won.filter((inserted) => 'key' in inserted)).toHaveLength(1)
    })
    const database = open(driver, file)
    expect(database.prepare('SELECT version FROM holdfast_schema').all()).toHaveLength(1)
    expect(database.prepare('PRAGMA journal_mode').all()).toEqual([expect.objectContaining({ journal_mode: 'wal' })])
  })
})
