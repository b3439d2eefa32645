/** What holds for connect-session-sequelize's table in every database. */

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { DataTypes } from 'sequelize'
import { it } from 'vitest'
import { sequelizeFormat } from '../../src/formats/sequelize.ts'
import { at, HOUR, listAll } from '../../src/testing/internal/bench.ts'
import { entryOf, keepAll, now, SHAPES, sessionText } from './rules.ts'
import { type Side, sequelizeStore, theirSession } from './servers/sequelize-open.ts'

export function declareSequelizeRules(open: () => Promise<Side>): void {
  const opened = async (options: object = {}) => {
    const side = await open()
    const theirs = sequelizeStore(side.db, options)
    await theirs.sync()
    return { side, theirs, store: sequelizeFormat(await side.ours()) }
  }

  it('connect-session-sequelize reads what we write and writes what we read', async () => {
    const { theirs, store } = await opened()
    for (const [shape, data] of Object.entries(SHAPES)) {
      for (const maxAge of [HOUR, null]) {
        const session = theirSession(data, maxAge)
        await theirs.set('its', session)
        const read = await store.get('its', at(now))
        assert.equal(read?.value, JSON.stringify(session), shape)
        const expires = maxAge === null ? Date.now() + 24 * HOUR : Number(session.cookie.expires)
        assert.ok(Math.abs(read.expiresAt - expires) < (maxAge === null ? 60_000 : 1000))

        const key = randomUUID()
        assert.equal(await store.insert(key, entryOf(store, read.value), at(now)), 'inserted')
        assert.deepEqual(await theirs.get(key), JSON.parse(read.value), shape)
      }
    }
  })

  it('and we agree on the deadline', async () => {
    const { side, theirs, store } = await opened()
    const kept = (at: number) => Math.floor(at / side.resolution) * side.resolution
    for (const milliseconds of [0, 1, 322, 500, 999]) {
      const expires = new Date(now + HOUR + milliseconds)
      await theirs.set('its', { cookie: { expires } })
      await store.delete('ours', at(now))
      await store.insert('ours', entryOf(store, '{}', expires.getTime()), at(now))
      const rows = await side.raw('SELECT DISTINCT expires FROM Sessions')
      assert.equal(rows.length, 1, String(milliseconds))
      const deadline = kept(expires.getTime())
      for (const key of ['its', 'ours']) {
        assert.equal((await store.get(key, at(deadline - 1)))?.expiresAt, deadline)
        assert.equal(await store.get(key, at(deadline)), undefined)
      }
    }
    // It still returns what has expired, until it removes it; to us it is absent.
    await store.insert('past', entryOf(store, '{"a":1}', now - 2000), at(now))
    assert.deepEqual(await theirs.get('past'), { a: 1 })
    assert.equal(await store.get('past', at(now)), undefined)
    await theirs.clearExpired()
    assert.equal(await theirs.get('past'), null)
    assert.equal(await theirs.length(), 2)
    for (const far of [-5, 8e15]) {
      const entry = entryOf(store, '{}', far)
      assert.equal(await store.insert(randomUUID(), entry, at(now)), 'inserted')
    }
    assert.equal(await store.count({}, at(now)), 3)
  })

  it('touches what we wrote, destroys it, and the other way round', async () => {
    const { side, theirs, store } = await opened()
    const entry = entryOf(store, sessionText({ n: 1 }))
    const call = at(now, { ifRevision: entry.revision })
    await store.insert('key', entry, at(now - HOUR))
    await theirs.touch('key', { cookie: { expires: new Date(now + 2 * HOUR) } })
    assert.deepEqual(await store.get('key', at(now)), { ...entry, expiresAt: now + 2 * HOUR })
    assert.equal(await store.touch('key', now + 3 * HOUR, call), 'touched')
    const [row] = (await side.db.models.Session!.findAll({ raw: true })) as unknown as Record<string, Date>[]
    assert.deepEqual(new Date(String(row!.expires)).getTime(), now + 3 * HOUR)
    assert.deepEqual(new Date(String(row!.createdAt)).getTime(), now - HOUR)
    assert.deepEqual(new Date(String(row!.updatedAt)).getTime(), now)
    const next = entryOf(store, '{"n":2}')
    const later = { now: now + 5000, ifRevision: entry.revision }
    assert.deepEqual(await store.update('key', next, later), { outcome: 'updated' })
    const [changed] = (await side.db.models.Session!.findAll({ raw: true })) as unknown as Record<string, Date>[]
    assert.deepEqual(new Date(String(changed!.updatedAt)).getTime(), now + 5000)
    await theirs.destroy('key')
    assert.equal(await store.get('key', at(now)), undefined)
    await theirs.set('key', theirSession({}, null))
    const { revision } = (await store.get('key', at(now)))!
    assert.equal(await store.delete('key', at(now, { ifRevision: revision })), 'deleted')
    assert.equal(await theirs.get('key'), null)
  })

  it('writes blindly among 30 of our writers, all of whom are kept', async () => {
    const { side, theirs, store } = await opened()
    const other = sequelizeFormat(await side.ours())
    const data = await keepAll({ store, other }, 'key', () => theirs.set('key', { theirs: true }))
    assert.equal(data.theirs, true)
    assert.equal(Object.keys((await theirs.get('key')) as object).length, 31)
  })

  it('with a model of the application: other names of table and columns, more columns', async () => {
    const side = await open()
    const model = side.db.define(
      'Visit',
      {
        sid: { type: DataTypes.STRING(36), primaryKey: true },
        expires: DataTypes.DATE,
        data: DataTypes.TEXT,
        userId: DataTypes.STRING,
      },
      { tableName: 'Web_visits', underscored: true, createdAt: false },
    )
    await model.sync()
    const extendDefaultFields = (defaults: object, { userId }: { userId: string }) => ({ ...defaults, userId })
    const theirs = sequelizeStore(side.db, { table: 'Visit', modelKey: 'Visit', extendDefaultFields })
    const columns = { createdAt: false, updatedAt: 'updated_at' } as const
    const store = sequelizeFormat({ ...(await side.ours()), tableName: 'Web_visits', columns })
    await theirs.set('key', { userId: 'u7', a: 1 })
    const read = (await store.get('key', at(now)))!
    const next = entryOf(store, '{"a":2}')
    assert.deepEqual(await store.update('key', next, at(now, { ifRevision: read.revision })), { outcome: 'updated' })
    assert.deepEqual(await theirs.get('key'), { a: 2 })
    assert.equal(((await model.findOne({ raw: true })) as unknown as { userId: string }).userId, 'u7')
    assert.equal(await store.insert('ours', next, at(now)), 'inserted')
    assert.deepEqual(await theirs.get('ours'), { a: 2 })
  })

  it('ready() makes a table that the library can use, and only if it is told to', async () => {
    const side = await open()
    await sequelizeFormat(await side.ours()).ready()
    await assert.rejects(async () => sequelizeFormat(await side.ours()).ping(at(now)), { code: 'ERR_SESSION_STORE' })
    const store = sequelizeFormat({ ...(await side.ours()), createTable: true })
    await Promise.all([store.ready(), store.ready(), store.ready()])
    const theirs = sequelizeStore(side.db)
    const ours = await side.db.getQueryInterface().describeTable('Sessions')
    await theirs.set('its', { a: 1 })
    assert.equal((await store.get('its', at(now)))?.value, '{"a":1}')
    await side.db.drop()
    await theirs.sync()
    assert.deepEqual(ours, await side.db.getQueryInterface().describeTable('Sessions'))
  })

  it('lists page by page, counts and sweeps', async () => {
    const { store } = await opened()
    for (let n = 0; n < 25; n += 1) {
      await store.insert(`k${n}`, entryOf(store, '{}', n % 5 === 0 ? now - 2000 : now + HOUR), at(now))
    }
    const listed = await listAll(store, { limit: 4 }, now)
    assert.equal(listed.length, 20)
    assert.ok(listed.every(({ key, expiresAt }) => Number(key.slice(1)) % 5 !== 0 && expiresAt === now + HOUR))
    assert.equal(await store.count({}, at(now)), 20)
    assert.deepEqual(await store.sweep(3, at(now)), { removed: 3, more: true })
    assert.deepEqual(await store.sweep(3, at(now)), { removed: 2, more: false })
    assert.equal(await store.count({}, at(now)), 20)
    await store.ping(at(now))
    await store.close()
    await assert.rejects(async () => store.get('k1', at(now)), { code: 'ERR_SESSION_STORE' })
  })

  it('what an option gets wrong is said at once', async () => {
    const right = await (await open()).ours()
    for (const [option, wrong] of [
      ['client', { client: {} }],
      ['dialect', { dialect: 'mssql' }],
      ['dialect', { dialect: undefined }],
      ['tableName', { tableName: 'a`b' }],
      ['columns.id', { columns: { id: 'x' } }],
      ['columns.sid', { columns: { sid: false } }],
      ['columns.data', { columns: { data: 'a"b' } }],
      ['createTable', { createTable: 1 }],
      ['modelKey', { modelKey: 'x' }],
    ] as const) {
      const options = { ...right, ...(wrong as object) }
      assert.throws(() => sequelizeFormat(options), { code: 'ERR_SESSION_OPTION', option })
    }
    assert.throws(() => sequelizeFormat(undefined as never), { code: 'ERR_SESSION_OPTION', option: 'dialect' })
  })
}
