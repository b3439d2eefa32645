import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { describe, it } from 'vitest'
import { sqliteFormat } from '../../src/formats/sqlite.ts'
import { at, HOUR, listAll } from '../../src/testing/internal/bench.ts'
import { type Driver, drivers, freshFile, open } from '../stores/sqlite-bench.ts'
import { declareRules, entryOf, keepAll, now, SHAPES, sessionText } from './rules.ts'
import { sqlite3Handle } from './sqlite3-handle.ts'

const require = createRequire(import.meta.url)
const session = require('express-session')
const SQLiteStore = require('connect-sqlite3')(session)

const theirSession = (data: object, maxAge: number | null): { cookie: Record<string, unknown> } => {
  const cookie = new session.Cookie()
  cookie.maxAge = maxAge
  cookie.originalMaxAge = maxAge
  return { cookie, ...data }
}

/** The real connect-sqlite3, through its callbacks, on a connection of its own. */
const openTheirs = async (driver: Driver, file: string, table?: string) => {
  const store = new SQLiteStore({ db: sqlite3Handle(open(driver, file)), ...(table && { table }) })
  await once(store.client, 'connect')
  return {
    get: promisify(store.get.bind(store)) as (sid: string) => Promise<unknown>,
    set: promisify(store.set.bind(store)) as (sid: string, data: object) => Promise<void>,
    touch: promisify(store.touch.bind(store)) as (sid: string, data: object) => Promise<void>,
    destroy: promisify(store.destroy.bind(store)) as (sid: string) => Promise<void>,
    length: promisify(store.length.bind(store)) as () => Promise<number>,
  }
}

const openOurs = (driver: Driver, file: string, table?: string) =>
  sqliteFormat({ client: open(driver, file), createTable: true, table })

describe.each(drivers)('the table of connect-sqlite3 on %s', (driver) => {
  declareRules(async () => {
    const file = freshFile()
    const [store, other] = [openOurs(driver, file), openOurs(driver, file)]
    await store.ready()
    return { store, other }
  }, randomUUID)

  it('connect-sqlite3 reads what we write and writes what we read', async () => {
    const file = freshFile()
    const theirs = await openTheirs(driver, file, 'Web_sessions')
    const store = openOurs(driver, file, 'Web_sessions')
    for (const [shape, data] of Object.entries(SHAPES)) {
      for (const maxAge of [HOUR, null]) {
        const session = theirSession(data, maxAge)
        await theirs.set('its', session)
        const read = await store.get('its', at(now))
        assert.equal(read?.value, JSON.stringify(session), shape)
        const expires = maxAge === null ? Date.now() + 24 * HOUR : Number(session.cookie.expires)
        assert.ok(Math.abs(read.expiresAt - expires) < 60_000)

        const key = randomUUID()
        assert.equal(await store.insert(key, entryOf(store, read.value), at(now)), 'inserted')
        assert.deepEqual(await theirs.get(key), JSON.parse(read.value), shape)
      }
    }
    assert.equal(await theirs.length(), 1 + 2 * Object.keys(SHAPES).length)
  })

  it('and we agree on the deadline, to the millisecond', async () => {
    const file = freshFile()
    const theirs = await openTheirs(driver, file)
    const store = openOurs(driver, file)
    const entry = entryOf(store, sessionText({ n: 1 }))
    await store.insert('key', entry, at(now))
    await theirs.touch('key', { cookie: { expires: new Date(now + 2 * HOUR + 123) } })
    assert.deepEqual(await store.get('key', at(now + 2 * HOUR + 122)), { ...entry, expiresAt: now + 2 * HOUR + 123 })
    assert.equal(await store.get('key', at(now + 2 * HOUR + 123)), undefined)
    const call = at(now, { ifRevision: entry.revision })
    assert.equal(await store.touch('key', now - 2000, call), 'touched')
    assert.equal(await theirs.get('key'), undefined)
    assert.equal(await store.insert('key', entry, at(now)), 'inserted')
    assert.ok(await theirs.get('key'))
    await theirs.destroy('key')
    assert.deepEqual(await store.update('key', entry, call), { outcome: 'gone' })
    // A fraction of a millisecond, from a maxAge that has one, and a row without a deadline.
    const raw = open(driver, file)
    raw.exec(`INSERT INTO sessions VALUES ('half', ${now}.5, '{}'), ('never', NULL, '{}'), ('bytes', 9e15, x'7b7d')`)
    assert.equal((await store.get('half', at(now - 1)))?.expiresAt, now + 1)
    assert.equal(await store.get('never', at(now)), undefined)
    assert.equal(await store.insert('never', entry, at(now)), 'inserted')
    const bytes = (await store.get('bytes', at(now)))!
    assert.deepEqual(bytes, { value: '{}', expiresAt: 8.64e15, revision: store.revisionOf('{}') })
    const outcome = await store.update('bytes', entry, at(now, { ifRevision: bytes.revision }))
    assert.deepEqual(outcome, { outcome: 'updated' })
  })

  it('writes blindly among 30 of our writers, all of whom are kept', async () => {
    const file = freshFile()
    const theirs = await openTheirs(driver, file)
    const opened = { store: openOurs(driver, file), other: openOurs(driver, file) }
    const blind = { cookie: {}, theirs: true }
    const data = await keepAll(opened, 'key', () => theirs.set('key', blind))
    assert.equal(data.theirs, true)
    assert.equal(Object.keys((await theirs.get('key')) as object).length, 32)
  })

  it('makes exactly the table that connect-sqlite3 makes, and only if it is told to', async () => {
    const [its, ours] = [freshFile(), freshFile()]
    const shown = (file: string) =>
      open(driver, file).prepare('SELECT sql FROM sqlite_master').all() as { sql: string }[]
    await openTheirs(driver, its)
    await sqliteFormat({ client: open(driver, ours) }).ready()
    assert.deepEqual(shown(ours), [])
    await openOurs(driver, ours).ready()
    await openOurs(driver, ours).ready()
    // A quoted name is the same name.
    assert.equal(shown(ours)[0]?.sql.replaceAll('"', ''), shown(its)[0]?.sql)
  })

  it('lists page by page, counts and sweeps', async () => {
    const store = openOurs(driver, freshFile())
    await store.ready()
    for (let n = 0; n < 25; n += 1) {
      await store.insert(`k${n}`, entryOf(store, '{}', n % 5 === 0 ? now : now + 1), at(now))
    }
    const listed = await listAll(store, { limit: 4 }, now)
    assert.equal(listed.length, 20)
    assert.ok(listed.every(({ key, expiresAt }) => Number(key.slice(1)) % 5 !== 0 && expiresAt === now + 1))
    assert.equal(await store.count({}, at(now)), 20)
    assert.deepEqual(await store.sweep(3, at(now)), { removed: 3, more: true })
    assert.deepEqual(await store.sweep(3, at(now)), { removed: 2, more: false })
    assert.equal(await store.count({}, at(now)), 20)
    await store.ping(at(now))
    await store.close()
    await assert.rejects(async () => store.get('k1', at(now)), { code: 'ERR_SESSION_STORE' })
  })

  it('a database that fails is an error, and never an absent session', async () => {
    const file = freshFile()
    const client = open(driver, file)
    const store = sqliteFormat({ client, busyTimeout: 5 })
    const entry = entryOf(store, '{}')
    const call = at(now, { ifRevision: entry.revision })
    const calls = [
      () => store.get('key', at(now)),
      () => store.insert('key', entry, at(now)),
      () => store.update('key', entry, call),
      () => store.touch('key', now + 5, call),
      () => store.delete('key', at(now)),
      () => store.delete('key', call),
      () => store.list({ limit: 1 }, at(now)),
      () => store.count({}, at(now)),
      () => store.sweep(1, at(now)),
      () => store.ping(at(now)),
    ]
    const failing = async (pattern: RegExp, retryable: boolean, which = calls) => {
      for (const act of which) {
        await assert.rejects(act, (error: Error & { retryable: boolean; code: string }) => {
          assert.equal(error.code, 'ERR_SESSION_STORE')
          assert.match(error.message, /^The store of connect-sqlite3 records could not /)
          assert.match(error.message, pattern)
          assert.doesNotMatch(error.message, /sqliteSchema/)
          assert.equal(error.retryable, retryable)
          return true
        })
      }
    }
    await failing(/does not fit the database .*createTable: true/, false)
    await openOurs(driver, file).ready()
    assert.equal(await store.insert('key', entry, at(now)), 'inserted')
    const locker = open(driver, file)
    locker.exec('BEGIN EXCLUSIVE')
    await failing(/stayed locked/, true)
    locker.exec('ROLLBACK')
    assert.deepEqual(await store.get('key', at(now)), entry)
    client.exec('BEGIN')
    await failing(/inside a transaction/, false)
    client.exec('ROLLBACK')
    locker.exec("INSERT INTO sessions VALUES ('odd', 'soon', '{}')")
    await failing(/not as expected/, false, [() => store.get('odd', at(now))])
    client.close()
    await failing(/closed/, false)
  })

  it('what an option gets wrong is said at once', () => {
    const client = open(driver, freshFile())
    for (const [option, wrong] of [
      ['client', { client: {} }],
      ['client', { client: undefined }],
      ['table', { table: 'a b' }],
      ['createTable', { createTable: 1 }],
      ['busyTimeout', { busyTimeout: -1 }],
      ['dir', { dir: '.' }],
    ] as const) {
      assert.throws(() => sqliteFormat({ client, ...(wrong as object) }), { code: 'ERR_SESSION_OPTION', option })
    }
    assert.throws(() => sqliteFormat(undefined as never), { code: 'ERR_SESSION_OPTION' })
  })

  it('refuses text that is no JSON and that the column would change', async () => {
    const store = openOurs(driver, freshFile())
    await store.ready()
    for (const value of ['\0', '"\ud800"']) {
      await assert.rejects(async () => store.insert('key', entryOf(store, value), at(now)), { code: 'ERR_SESSION_KEY' })
    }
  })
})
