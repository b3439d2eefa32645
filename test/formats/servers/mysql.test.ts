import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import mysql from 'mysql2'
import promised, { type Pool } from 'mysql2/promise'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type MysqlFormatLayout, type MysqlFormatOptions, mysqlFormat } from '../../../src/formats/mysql.ts'
import { at, HOUR, listAll } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { freshTable, startServer } from '../../stores/mysql/open.ts'
import { declareRules, entryOf, keepAll, now, type Opened, SHAPES, sessionText } from '../rules.ts'
import { expressStore, koaStore, openPool, theirSession } from './mysql-open.ts'

const nextKey = (): string => randomUUID()
const LAYOUTS: readonly MysqlFormatLayout[] = ['express-mysql-session', 'koa-mysql-session']
/** What `data` is by default, and what applications have made of it. */
const TYPES = ['mediumtext COLLATE utf8mb4_bin', 'text CHARACTER SET utf8mb4', 'JSON', 'LONGBLOB']
/** JSON of MariaDB refuses a lone surrogate, also an escaped one. */
const shapesFor = (type: string) =>
  type === 'JSON' ? { ...SHAPES, unicode: { name: 'Zoë 日本語 🦊', '\u2028': '\u0000' } } : SHAPES

describeWith('mariadb', 'the tables of express-mysql-session and koa-mysql-session', () => {
  let server: MariadbServer
  let one: Pool
  let two: Pool
  beforeAll(async () => {
    server = await startServer()
    one = promised.createPool({ uri: server.url, connectionLimit: 5 })
    // Counts only the rows that an UPDATE has changed, and hands things out in other shapes.
    const unusual = { charset: 'latin1', flags: ['-FOUND_ROWS'], timezone: '+09:00', rowsAsArray: true }
    two = promised.createPool({ uri: server.url, connectionLimit: 5, ...unusual, bigNumberStrings: true })
  })
  afterAll(async () => {
    await one?.end()
    await two?.end()
    await server?.close()
  })

  const opener = (options: Omit<MysqlFormatOptions, 'client'>, type?: string) => {
    let opened: Promise<Opened> | undefined
    return () => {
      opened ??= (async () => {
        const more = { createTable: true, tableName: freshTable(), ...options }
        const store = mysqlFormat({ client: one, ...more })
        const other = mysqlFormat({ client: two, ...more })
        await store.ready()
        if (type) await one.query(`ALTER TABLE ${more.tableName} MODIFY data ${type}`)
        return { store, other }
      })()
      return opened
    }
  }

  for (const type of TYPES) {
    describe(`the layout of express-mysql-session, data ${type}`, () =>
      declareRules(opener({ layout: 'express-mysql-session' }, type), nextKey, shapesFor(type)))
  }
  describe('the layout of koa-mysql-session', () =>
    declareRules(opener({ layout: 'koa-mysql-session' }, 'TEXT CHARACTER SET utf8mb4'), nextKey))
  describe('other names of columns', () =>
    declareRules(opener({ columnNames: { session_id: 'order', expires: 'select', data: 'Data_1' } }), nextKey))

  describe('express-mysql-session 3', () => {
    for (const type of TYPES.slice(0, 3)) {
      it(`reads what we write and writes what we read: data ${type}`, async () => {
        const { pool, tableName } = openPool(server.url)
        const theirs = await expressStore(server.url, tableName)
        await pool.query(`ALTER TABLE ${tableName} MODIFY data ${type}`)
        const store = mysqlFormat({ client: pool, tableName })
        for (const [shape, data] of Object.entries(shapesFor(type))) {
          for (const maxAge of [HOUR, null]) {
            const session = theirSession(data, maxAge)
            await theirs.set('written by it', session)
            const read = await store.get('written by it', at(now))
            assert.equal(read?.value, JSON.stringify(session), shape)
            const expires = maxAge === null ? Date.now() + 24 * HOUR : Number(session.cookie.expires)
            assert.ok(Math.abs(read.expiresAt - expires) <= 1500)
            assert.equal(read.expiresAt % 1000, 0)

            const key = nextKey()
            assert.equal(await store.insert(key, entryOf(store, read.value), at(now)), 'inserted')
            assert.deepEqual(await theirs.get(key), JSON.parse(read.value), shape)
          }
        }
      })
    }

    it('and we agree on the deadline, to the second', async () => {
      const { pool, tableName } = openPool(server.url)
      const theirs = await expressStore(server.url, tableName)
      const store = mysqlFormat({ client: pool, tableName })
      const stored = async (key: string) => {
        const [rows] = await pool.query(`SELECT expires FROM ${tableName} WHERE session_id = ?`, [key])
        return (rows as { expires: number }[])[0]?.expires
      }
      for (const milliseconds of [0, 1, 499, 500, 999]) {
        const expires = new Date(now + HOUR + milliseconds)
        await theirs.set('its', { cookie: { expires } })
        await store.insert('ours', entryOf(store, '{}', expires.getTime()), at(now))
        assert.equal(await stored('ours'), await stored('its'), String(milliseconds))
        const rounded = Math.round(expires.getTime() / 1000) * 1000
        const [live, gone] = [await store.get('its', at(rounded - 1)), await store.get('its', at(rounded))]
        assert.equal(live?.expiresAt, rounded)
        assert.equal(gone, undefined)
        await store.delete('ours', at(now))
      }
      // What is past for us is past for it.
      await store.insert('past', entryOf(store, '{}', now - 2000), at(now))
      assert.equal(await theirs.get('past'), null)
      // Beyond what the column keeps.
      for (const [far, kept] of [
        [-1, 0],
        [8e15, 4_294_967_295_000],
      ] as const) {
        const key = nextKey()
        await store.insert(key, entryOf(store, '{}', far), at(now))
        assert.equal((await stored(key))! * 1000, kept)
      }
    })

    it('touches what we wrote, destroys it, and the other way round', async () => {
      const { pool, tableName } = openPool(server.url)
      const theirs = await expressStore(server.url, tableName)
      const store = mysqlFormat({ client: pool, tableName })
      const entry = entryOf(store, sessionText({ n: 1 }))
      await store.insert('key', entry, at(now))
      await theirs.touch('key', { cookie: { expires: new Date(now + 2 * HOUR) } })
      assert.deepEqual(await store.get('key', at(now)), { ...entry, expiresAt: now + 2 * HOUR })
      assert.equal(await store.touch('key', now - 2000, at(now, { ifRevision: entry.revision })), 'touched')
      assert.equal(await theirs.get('key'), null)
      await store.insert('key', entry, at(now))
      await theirs.destroy('key')
      assert.equal(await store.get('key', at(now)), undefined)
      await theirs.set('key', theirSession({}, null))
      const { revision } = (await store.get('key', at(now)))!
      assert.equal(await store.delete('key', at(now, { ifRevision: revision })), 'deleted')
      assert.equal(await theirs.get('key'), null)
    })

    it('finds the columns and the table under the names that it was given', async () => {
      const { pool, tableName } = openPool(server.url)
      const columnNames = { session_id: 'key', expires: 'until', data: 'json' }
      const theirs = await expressStore(server.url, tableName, { columnNames })
      const store = mysqlFormat({ client: pool, tableName, columnNames, database: 'holdfast' })
      await store.insert('ours', entryOf(store, '{"a":1}'), at(now))
      assert.deepEqual(await theirs.get('ours'), { a: 1 })
      await theirs.set('its', { b: 2 })
      assert.equal((await store.get('its', at(now)))?.value, '{"b":2}')
    })

    it('writes blindly among 30 of our writers, all of whom are kept', async () => {
      const { pool, tableName } = openPool(server.url)
      const theirs = await expressStore(server.url, tableName)
      const [store, other] = [mysqlFormat({ client: pool, tableName }), mysqlFormat({ client: two, tableName })]
      const data = await keepAll({ store, other }, 'key', () => theirs.set('key', { theirs: true }))
      assert.equal(data.theirs, true)
      assert.deepEqual(Object.keys((await theirs.get('key')) as object).length, 31)
    })
  })

  it('makes exactly the table that express-mysql-session makes, and only if it is told to', async () => {
    const { pool, tableName } = openPool(server.url)
    const shown = async () => ((await pool.query(`SHOW CREATE TABLE ${tableName}`))[0] as object[])[0]
    await mysqlFormat({ client: pool, tableName }).ready()
    await assert.rejects(shown, { errno: 1146 })
    const store = mysqlFormat({ client: pool, tableName, createTable: true })
    await Promise.all([
      store.ready(),
      store.ready(),
      mysqlFormat({ client: two, tableName, createTable: true }).ready(),
    ])
    const ours = await shown()
    await pool.query(`DROP TABLE ${tableName}`)
    await expressStore(server.url, tableName)
    assert.deepEqual(ours, await shown())
  })

  describe('koa-mysql-session 0.0.2', () => {
    it('reads what we write and writes what we read', async () => {
      await two.query('DROP TABLE IF EXISTS _mysql_session_store')
      const { pool } = openPool(server.url)
      const theirs = await koaStore(server.url, pool)
      const [made] = (await pool.query('SHOW CREATE TABLE _mysql_session_store'))[0] as object[]
      await pool.query('DROP TABLE _mysql_session_store')
      const store = mysqlFormat({ client: pool, layout: 'koa-mysql-session', createTable: true })
      await store.ready()
      assert.deepEqual(((await pool.query('SHOW CREATE TABLE _mysql_session_store'))[0] as object[])[0], made)

      const { unicode, ...shapes } = SHAPES
      for (const [shape, data] of Object.entries(shapes)) {
        const id = `koa:sess:${nextKey()}`
        await theirs.set(id, { ...data, _expire: 1 }, HOUR)
        const read = await store.get(id, at(now))
        assert.equal(read?.value, JSON.stringify({ ...data, _expire: 1 }), shape)
        assert.ok(Math.abs(read.expiresAt - Date.now() - HOUR) < 60_000)
        const key = nextKey()
        await store.insert(key, entryOf(store, read.value), at(now))
        assert.deepEqual(await theirs.get(key), JSON.parse(read.value), shape)
        await theirs.destroy(key)
        assert.equal(await store.get(key, at(now)), undefined)
      }
      // With a cookie in it, this decides, to the millisecond.
      await theirs.set('cookie', { cookie: { expires: new Date(now + 123_456) }, name: 'Zoë' })
      assert.deepEqual(await store.get('cookie', at(now + 123_455)), {
        value: JSON.stringify({ cookie: { expires: new Date(now + 123_456) }, name: 'Zoë' }),
        expiresAt: now + 123_456,
        revision: store.revisionOf(JSON.stringify({ name: 'Zoë', cookie: { expires: new Date(now + 123_456) } })),
      })
      // It still answers what has expired.
      assert.equal(await store.get('cookie', at(now + 123_456)), undefined)
      await pool.query('UPDATE _mysql_session_store SET expires = NULL WHERE id = ?', ['cookie'])
      assert.equal(await store.get('cookie', at(now)), undefined)
      assert.ok(await theirs.get('cookie'))
      assert.equal(await store.insert('cookie', entryOf(store, '{}'), at(now)), 'inserted')

      // A table in latin1 keeps what latin1 has, and the rest is refused and not replaced.
      await assert.rejects(async () => store.insert(nextKey(), entryOf(store, sessionText(unicode!)), at(now)), {
        code: 'ERR_SESSION_STORE',
      })
      const other = mysqlFormat({ client: two, layout: 'koa-mysql-session' })
      const data = await keepAll({ store, other }, 'key', () => theirs.set('key', { theirs: true }))
      assert.equal(data.theirs, true)
    })
  })

  it('keys are compared byte for byte, whatever the collation of the column', async () => {
    const { pool, tableName } = openPool(server.url)
    const store = mysqlFormat({ client: pool, tableName, layout: 'koa-mysql-session', createTable: true })
    await store.ready()
    const entry = entryOf(store, '{"a":1}')
    await store.insert('Key', entry, at(now))
    const call = at(now, { ifRevision: entry.revision })
    for (const key of ['key', 'Key ', 'KEY']) {
      assert.equal(await store.get(key, at(now)), undefined)
      assert.deepEqual(await store.update(key, entry, call), { outcome: 'gone' })
      assert.equal(await store.touch(key, now + 5, call), 'gone')
      assert.equal(await store.delete(key, at(now)), 'gone')
      // There is no room for it.
      assert.equal(await store.insert(key, entry, at(now)), 'taken')
    }
    assert.deepEqual(await store.get('Key', at(now)), entry)
  })

  it('compares text byte for byte too, and takes another order of the same members for the same', async () => {
    const { pool, tableName } = openPool(server.url)
    const store = mysqlFormat({ client: pool, tableName, layout: 'koa-mysql-session', createTable: true })
    await store.ready()
    const entry = entryOf(store, '{"name":"bob","n":[1,{}]}')
    await store.insert('key', entry, at(now))
    await pool.query(`UPDATE ${tableName} SET data = '{"name":"BOB","n":[1,{}]}'`)
    const outcome = await store.update('key', entry, at(now, { ifRevision: entry.revision }))
    assert.equal(outcome.outcome, 'conflict')
    await pool.query(`UPDATE ${tableName} SET data = '{ "n": [1, {}], "name": "bob" }'`)
    const next = entryOf(store, '{"name":"eve"}')
    assert.deepEqual(await store.update('key', next, at(now, { ifRevision: entry.revision })), { outcome: 'updated' })
    // What cannot be read is handed on.
    for (const [data, value] of [
      ['not JSON', 'not JSON'],
      [null, ''],
    ]) {
      await pool.query(`UPDATE ${tableName} SET data = ?`, [data])
      const found = await store.get('key', at(now))
      assert.equal(found?.value, value)
      const { revision } = found!
      assert.deepEqual(await store.update('key', next, at(now, { ifRevision: revision })), { outcome: 'updated' })
    }
  })

  it('a write that changes nothing has been done, also where the client counts changes only', async () => {
    const tableName = freshTable()
    const store = mysqlFormat({ client: two, tableName, createTable: true })
    await store.ready()
    const entry = entryOf(store, '{"a":1}', now + HOUR)
    const call = at(now, { ifRevision: entry.revision })
    await store.insert('key', entry, at(now))
    assert.deepEqual(await store.update('key', entry, call), { outcome: 'updated' })
    assert.equal(await store.touch('key', entry.expiresAt, call), 'touched')
    assert.equal(await store.touch('key', entry.expiresAt + 300, call), 'touched')
    assert.equal(await store.insert('key', { ...entry, expiresAt: now }, at(entry.expiresAt)), 'inserted')
    assert.equal(await store.insert('key', { ...entry, expiresAt: now }, at(now)), 'inserted')
  })

  it('lists page by page, counts and sweeps', async () => {
    const { pool, tableName } = openPool(server.url)
    const store = mysqlFormat({ client: pool, tableName, createTable: true })
    await store.ready()
    const expected = []
    for (let n = 0; n < 25; n += 1) {
      const dead = n % 5 === 0
      await store.insert(`k${n}`, entryOf(store, '{}', dead ? now - 2000 : now + HOUR), at(now))
      if (!dead) expected.push(`k${n}`)
    }
    const listed = await listAll(store, { limit: 4 }, now)
    assert.deepEqual(listed.map(({ key }) => key).sort(), expected.sort())
    assert.equal(await store.count({}, at(now)), 20)
    assert.deepEqual(await store.sweep(3, at(now)), { removed: 3, more: true })
    assert.deepEqual(await store.sweep(3, at(now)), { removed: 2, more: false })
    assert.equal(await store.count({}, at(now)), 20)
    await store.ping(at(now))
    await store.close()
    await assert.rejects(async () => store.get('k1', at(now)), { code: 'ERR_SESSION_STORE' })
  })

  it('also on a single connection of mysql2', async () => {
    const client = mysql.createConnection(server.url)
    const tableName = freshTable()
    const store = mysqlFormat({ client, tableName, createTable: true })
    await store.ready()
    const entry = entryOf(store, '{}')
    await store.insert('key', entry, at(now))
    assert.deepEqual(await store.get('key', at(now)), entry)
    await client.promise().end()
    await assert.rejects(async () => store.get('key', at(now)), { code: 'ERR_SESSION_STORE' })
  })

  it('what an option gets wrong is said at once', () => {
    for (const [option, wrong] of [
      ['client', { client: {} }],
      ['layout', { layout: 'other' }],
      ['layout', { layout: 'toString' }],
      ['tableName', { tableName: 'a`b' }],
      ['database', { database: 'a-b' }],
      ['columnNames', { columnNames: 7 }],
      ['columnNames.sid', { columnNames: { sid: 'x' } }],
      ['columnNames.data', { columnNames: { data: false } }],
      ['createTable', { createTable: 1 }],
      ['queryTimeout', { queryTimeout: 0 }],
      ['table', { table: 'x' }],
    ] as const) {
      assert.throws(() => mysqlFormat({ client: one, ...(wrong as object) }), { code: 'ERR_SESSION_OPTION', option })
    }
    assert.throws(() => mysqlFormat(undefined as never), { code: 'ERR_SESSION_OPTION' })
    assert.ok(LAYOUTS.every((layout) => mysqlFormat({ client: one, layout }).name === layout))
  })
})
