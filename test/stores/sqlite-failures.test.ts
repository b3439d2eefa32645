import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SessionStoreError } from '../../src/core/errors.ts'
import { sqliteStore } from '../../src/stores/sqlite.ts'
import { call, child, type Driver, drivers, entry, freshFile, now, open, openStore } from './sqlite-bench.ts'

const CANARY = 'canary-in-a-parameter'

/** The error that the call throws, which every one of them must be, with nothing of the parameters in it. */
const failureOf = (act: () => unknown): SessionStoreError => {
  try {
    act()
  } catch (error) {
    if (!(error instanceof SessionStoreError)) throw error
    expect(error.code).toBe('ERR_SESSION_STORE')
    expect(error.status).toBe(503)
    expect(Object.keys(error)).not.toContain('cause')
    expect(`${error.stack}${error.help}${String(error.cause)}`).not.toContain(CANARY)
    return error
  }
  return expect.unreachable('the call was expected to fail')
}

/** Another process that holds the write lock until `release` is called. */
const lockFrom = async (driver: Driver, file: string) => {
  const holder = spawn(process.execPath, [child('sqlite-lock.mjs'), driver, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return {
    release: async () => {
      const ended = once(holder, 'exit')
      holder.kill('SIGTERM')
      await ended
    },
  }
}

/** A closed file with 200 sessions, 3 KB each. */
const filled = (driver: Driver): string => {
  const { file, database, store } = openStore(driver, freshFile(), { durable: false })
  for (let n = 0; n < 200; n += 1) {
    store.insert(`key-${n}`, entry(`r${n}`, { value: `${CANARY} ${'x'.repeat(3_000)}` }), call)
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  // libsql closes a database when its statements are collected: work on a copy that nobody has open.
  database.close()
  const copy = freshFile()
  copyFileSync(file, copy)
  return copy
}

const overwrite = (file: string, from: number, bytes: Uint8Array): void => {
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes, 0, bytes.length, from)
  closeSync(handle)
}

describe.each(drivers)('failures on %s', (driver) => {
  it('a lock held by another process ends in a retryable error, and service returns with the lock [T206] [T241]', async () => {
    const { file, store } = openStore(driver, freshFile(), { busyTimeout: 50 })
    const other = sqliteStore(open(driver, file), { busyTimeout: 50 })
    store.insert('key', entry('r1'), call)
    const lock = await lockFrom(driver, file)
    const writes = [
      () => store.insert(CANARY, entry('r1', { value: CANARY }), call),
      () => store.update('key', entry('r2', { value: CANARY }), { now, ifRevision: 'r1' }),
      () => store.touch('key', now + 5, { now, ifRevision: 'r1' }),
      () => store.delete('key', call),
      () => store.sweep(10, call),
    ]
    for (const write of writes) {
      const failure = failureOf(write)
      expect(failure).toMatchObject({ retryable: true, message: expect.stringContaining('SQLITE_BUSY') })
      expect(failure.cause).toBeInstanceOf(Error)
      expect(failure.help).toContain('busyTimeout')
    }
    expect(store.get('key', call), 'reading goes on meanwhile').toEqual(entry('r1'))
    await lock.release()
    // A statement that failed must not keep what follows from being committed, nor keep the lock.
    expect(store.update('key', entry('r3'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    expect(other.get('key', call)).toEqual(entry('r3'))
    expect(other.update('key', entry('r4'), { now, ifRevision: 'r3' })).toEqual({ outcome: 'updated' })
    expect(store.get('key', call)).toEqual(entry('r4'))
  })

  it('waits for a lock that is released within busyTimeout', async () => {
    const { file, store } = openStore(driver, freshFile(), { busyTimeout: 20_000 })
    const lock = await lockFrom(driver, file)
    const released = lock.release()
    expect(store.insert('key', entry('r1'), call)).toBe('inserted')
    await released
  })

  it('ready on a new file waits for a lock, then says that the database stayed locked', async () => {
    const file = freshFile()
    const lock = await lockFrom(driver, file)
    const store = sqliteStore(open(driver, file), { busyTimeout: 1 })
    expect(failureOf(() => store.ready())).toMatchObject({ retryable: true })
    await lock.release()
    store.ready()
    expect(store.insert('key', entry('r1'), call)).toBe('inserted')
  })

  it('a read-only database reads and says why it does not write', () => {
    const { file, database, store } = openStore(driver)
    store.insert('key', entry('r1'), call)
    database.exec('PRAGMA query_only = 1')
    const handles = [store, ...(driver === 'libsql' ? [] : [sqliteStore(open(driver, file, true))])]
    for (const readOnly of handles) {
      const failure = failureOf(() => readOnly.insert(CANARY, entry('r2'), call))
      expect(failure).toMatchObject({ retryable: false, message: expect.stringContaining('SQLITE_READONLY') })
      expect(readOnly.get('key', call)).toEqual(entry('r1'))
    }
    database.exec('PRAGMA query_only = 0')
    expect(store.delete('key', call)).toBe('deleted')
  })

  it('a full database keeps what it has and takes entries again when there is room', () => {
    const { database, store } = openStore(driver)
    const big = entry('r1', { value: CANARY.repeat(2_000) })
    store.insert('first', entry('r0'), call)
    database.exec('PRAGMA max_page_count = 40')
    const failure = failureOf(() => {
      for (let n = 0; n < 100; n += 1) store.insert(`key-${n}`, big, call)
    })
    expect(failure).toMatchObject({ retryable: false, message: expect.stringContaining('SQLITE_FULL') })
    const kept = store.count({}, call)
    expect(kept).toBeGreaterThan(1)
    expect(failureOf(() => store.update('first', big, { now, ifRevision: 'r0' }))).toMatchObject({ retryable: false })
    expect(store.get('first', call)).toEqual(entry('r0'))
    expect(store.delete('key-0', call)).toBe('deleted')
    expect(store.update('first', big, { now, ifRevision: 'r0' })).toEqual({ outcome: 'updated' })
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([
      expect.objectContaining({ integrity_check: 'ok' }),
    ])
  })

  it('a closed database is an error that says so', () => {
    const { database, store } = openStore(driver)
    store.insert('key', entry('r1'), call)
    store.get('key', call)
    database.close()
    const calls = [
      () => store.get('key', call),
      () => store.insert('other', entry('r1'), call),
      () => store.update('key', entry('r2'), { now, ifRevision: 'r1' }),
      () => store.touch('key', now + 1, { now, ifRevision: 'r1' }),
      () => store.delete('key', call),
      () => store.list({ limit: 1 }, call),
      () => store.count({}, call),
      () => store.sweep(1, call),
      () => store.ping(call),
      () => store.ready(),
    ]
    for (const act of calls) expect(failureOf(act)).toMatchObject({ retryable: false, message: /database is closed/ })
  })

  it('a table that was dropped under the store is an error that says what to do', () => {
    const { file, database, store } = openStore(driver)
    store.get('key', call)
    open(driver, file).exec('DROP TABLE holdfast_sessions')
    for (const act of [() => store.get('key', call), () => store.insert('key', entry('r1'), call)]) {
      expect(failureOf(act)).toMatchObject({ retryable: false, help: expect.stringContaining('ready()') })
    }
    store.ready()
    expect(store.insert('key', entry('r1'), call)).toBe('inserted')
    expect(database.prepare('SELECT key FROM holdfast_sessions').all()).toHaveLength(1)
  })
})

describe.each(drivers)('damaged files on %s are never replaced [T242]', (driver) => {
  const damages: [name: string, damage: (file: string) => void][] = [
    ['a header of zeros', (file) => overwrite(file, 0, new Uint8Array(100))],
    ['a file that is something else', (file) => overwrite(file, 0, Buffer.from('<!doctype html>'.repeat(1_000)))],
    ['a file cut to half', (file) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)],
    [
      'pages of noise after the first',
      (file) => overwrite(file, 4096, new Uint8Array(statSync(file).size - 4096).fill(0xa5)),
    ],
  ]

  it.each(damages)('%s', (_, damage) => {
    const file = filled(driver)
    damage(file)
    const before = readFileSync(file)
    const store = sqliteStore(open(driver, file))
    const answers = [
      () => store.ready(),
      () => store.ping(call),
      () => store.get('key-150', call),
      () => store.insert(CANARY, entry('r1', { value: CANARY }), call),
      () => store.update('key-150', entry('r2'), { now, ifRevision: 'r150' }),
      () => store.delete('key-150', call),
    ].map((act) => failureOf(act))
    for (const failure of answers) {
      expect(failure).toMatchObject({ retryable: false, message: /SQLITE_(CORRUPT|NOTADB)/ })
      expect(failure.help).toContain('never replaces')
    }
    expect(readFileSync(file).equals(before), 'the file is as it was').toBe(true)
  })

  it('a deleted write-ahead log loses what was only there, and nothing that was in the file', () => {
    const { file, store } = openStore(driver)
    for (let n = 0; n < 50; n += 1) store.insert(`key-${n}`, entry(`r${n}`), call)
    const whole = freshFile()
    open(driver, file).exec('PRAGMA wal_checkpoint(TRUNCATE)')
    store.insert('late', entry('late'), call)
    copyFileSync(file, whole)
    rmSync(`${whole}-wal`, { force: true })
    const { store: reopened, database } = openStore(driver, whole)
    expect(reopened.count({}, call)).toBe(50)
    expect(reopened.get('late', call)).toBeUndefined()
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([
      expect.objectContaining({ integrity_check: 'ok' }),
    ])
  })
})
