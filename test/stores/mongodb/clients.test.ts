import { type Collection, MongoClient } from 'mongodb'
import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type MongodbStoreOptions, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh, PATIENT } from './open.ts'

const now = Date.now()
const call = { now }
const entry = { value: 'v', expiresAt: now + 60_000, revision: 'r1' }

interface Typed {
  readonly _id: string
  readonly other: number
}

describeWith('mongodb', `clients of the mongodb store on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let client: MongoClient
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
    client = new MongoClient(server.url, PATIENT)
  })
  afterAll(async () => {
    await client.close()
    await server.close()
  })
  const urlOf = (database: string) => server.url.replace(/\/holdfast$/, `/${database}`)
  const keysIn = async (database: string, collection = 'holdfast_sessions') =>
    (await client.db(database).collection(collection).find().toArray()).map(({ _id }) => String(_id))

  it('takes a client that is not connected, and its URL names the database', async () => {
    const name = fresh()
    const own = new MongoClient(urlOf(name), PATIENT)
    onTestFinished(() => own.close())
    server.gate.counts.clear()
    const store = mongodbStore(own)
    expect(Object.fromEntries(server.gate.counts), 'nothing is opened before the first use').toEqual({})
    await store.ready()
    await store.insert('key', entry, call)
    expect(await keysIn(name)).toEqual(['key'])
    await store.close()
    await expect(store.get('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(await own.db().command({ ping: 1 }), 'the client stays open').toMatchObject({ ok: 1 })
  })

  it('takes a client and the names of a database and a collection', async () => {
    const name = fresh()
    const store = mongodbStore(client, { database: name, collection: 'app.sessions-1' })
    await store.ready()
    await store.insert('key', entry, call)
    expect(await keysIn(name, 'app.sessions-1')).toEqual(['key'])
  })

  it('takes a database, and a collection whatever it is typed to hold', async () => {
    const name = fresh()
    await mongodbStore(client.db(name), { collection: 'a' }).insert('key', entry, call)
    const typed: Collection<Typed> = client.db(name).collection<Typed>('a')
    const store = mongodbStore(typed)
    await store.ready()
    expect(await store.get('key', call)).toEqual(entry)
    expect(await client.db(name).collection('holdfast_schema').find().toArray()).toMatchObject([{ _id: 'a' }])
  })

  it('takes a mongoose connection that is open, and the default one before it is opened', async () => {
    const name = fresh()
    const early = mongodbStore(mongoose.connection)
    const error = await early.get('key', call).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
    expect(String(error)).toContain('its mongoose connection was not opened')
    const opening = mongoose.connect(urlOf(name), { serverSelectionTimeoutMS: 1000 })
    onTestFinished(() => mongoose.disconnect())
    await early.ready()
    expect(await early.insert('key', entry, call)).toBe('inserted')
    await opening
    expect(await keysIn(name)).toEqual(['key'])
    expect(await mongodbStore(mongoose.connection).get('key', call)).toEqual(entry)
    expect(await mongodbStore(mongoose.connection.getClient()).get('key', call)).toEqual(entry)
  })

  it('goes with a mongoose connection that is closed and opened again, and with another database of it', async () => {
    const connection = mongoose.createConnection(urlOf(fresh()), { serverSelectionTimeoutMS: 1000 })
    onTestFinished(() => connection.close())
    const store = mongodbStore(connection)
    await store.insert('key', entry, call)
    await connection.close()
    const second = fresh()
    await connection.openUri(urlOf(second))
    expect(await store.get('key', call)).toBeUndefined()
    await store.insert('again', entry, call)
    expect(await keysIn(second)).toEqual(['again'])
    const third = fresh()
    await mongodbStore(connection.useDb(third)).insert('third', entry, call)
    expect(await keysIn(third)).toEqual(['third'])
  })

  it('keys, owners and revisions that are query operators never reach the driver [T053]', async () => {
    const store = mongodbStore(client.db(fresh()))
    await store.insert('key', { ...entry, owner: 'u1' }, call)
    server.gate.counts.clear()
    const { ObjectId } = await import('mongodb')
    const operators: readonly unknown[] = [
      { $ne: null },
      { $gt: '' },
      ['key'],
      /key/,
      { _bsontype: 'ObjectId' },
      new ObjectId(),
      { toString: () => 'key' },
    ]
    for (const operator of operators) {
      const key = operator as unknown as string
      expect(await store.get(key, call)).toBeUndefined()
      expect(await store.update(key, entry, { now, ifRevision: 'r1' })).toEqual({ outcome: 'gone' })
      expect(await store.touch(key, now, { now, ifRevision: 'r1' })).toBe('gone')
      expect(await store.delete(key, call)).toBe('gone')
      await expect(store.insert(key, entry, call)).rejects.toMatchObject({ code: 'ERR_SESSION_KEY' })
      await expect(store.insert('new', { ...entry, owner: key }, call)).rejects.toMatchObject({
        code: 'ERR_SESSION_KEY',
      })
      expect(await store.list({ owner: key, limit: 10 }, call)).toEqual({ entries: [] })
      expect(await store.count({ owner: key }, call)).toBe(0)
      expect(await store.deleteOwned({ owner: key, limit: 10 }, call)).toEqual([])
    }
    expect(Object.fromEntries(server.gate.counts)).toEqual({})
    for (const operator of operators) {
      const ifRevision = operator as unknown as string
      expect(await store.update('key', entry, { now, ifRevision })).toMatchObject({ outcome: 'conflict' })
      expect(await store.touch('key', now, { now, ifRevision })).toBe('conflict')
      expect(await store.delete('key', { now, ifRevision })).toBe('conflict')
    }
    expect([...server.gate.counts.keys()], 'only looked at').toEqual(['find'])
  })

  it('an operation is one round trip; a write that meets nothing is explained by a second one', async () => {
    const store = mongodbStore(client.db(fresh()))
    const trips = async (act: () => PromiseLike<unknown>) => {
      server.gate.counts.clear()
      await act()
      return [...server.gate.counts.values()].reduce((sum, n) => sum + n, 0)
    }
    const one = { ...entry, owner: 'u1' }
    expect(await trips(() => store.insert('key', one, call))).toBe(1)
    expect(await trips(() => store.get('key', call))).toBe(1)
    expect(await trips(() => store.touch('key', now + 5, { now, ifRevision: 'r1' }))).toBe(1)
    expect(await trips(() => store.update('key', one, { now, ifRevision: 'r1' }))).toBe(1)
    expect(await trips(() => store.list({ limit: 1000 }, call))).toBe(1)
    expect(await trips(() => store.count({}, call))).toBe(1)
    expect(await trips(() => store.ping(call))).toBe(1)
    expect(await trips(() => store.update('key', one, { now, ifRevision: 'other' }))).toBe(2)
    expect(await trips(() => store.touch('key', now, { now, ifRevision: 'other' }))).toBe(2)
    expect(await trips(() => store.delete('key', { now, ifRevision: 'other' }))).toBe(2)
    expect(await trips(() => store.insert('key', one, call))).toBe(2)
    expect(await trips(() => store.insert('key', one, { now: one.expiresAt }))).toBe(3)
    expect(await trips(() => store.deleteOwned({ owner: 'u1', limit: 10 }, call))).toBe(2)
    for (const key of ['a', 'b', 'c']) await store.insert(key, one, call)
    expect(await trips(() => store.deleteOwned({ owner: 'u1', limit: 10 }, call))).toBe(3)
    for (let n = 0; n < 1000; n += 1) await store.insert(`key-${n}`, one, call)
    expect(await trips(() => store.list({ limit: 1000 }, call)), 'no second batch').toBe(1)
    expect(await trips(() => store.deleteOwned({ owner: 'u1', limit: 200 }, call))).toBe(3)
    expect(await trips(() => store.delete('key', call))).toBe(1)
    await store.insert('key', one, call)
    expect(await trips(() => store.sweep(10, { now: one.expiresAt }))).toBe(2)
  })

  it('says its write concern and read preference with every command [T210, T222]', async () => {
    const said = async (options: MongodbStoreOptions) => {
      const store = mongodbStore(client.db(fresh()), options)
      const commands: Record<string, unknown>[] = []
      server.gate.meddle = (command) => void commands.push({ ...command })
      await store.insert('key', entry, call)
      await store.update('key', entry, { now, ifRevision: 'r1' })
      await store.touch('key', now + 9, { now, ifRevision: 'r1' })
      await store.get('key', call)
      await store.update('key', entry, { now, ifRevision: 'other' })
      await store.delete('key', call)
      server.gate.meddle = undefined
      const writes = commands.filter(({ find }) => find === undefined).map(({ writeConcern }) => writeConcern)
      const reads = commands.filter(({ find }) => find !== undefined)
      return { writes: new Set(writes.map((concern) => JSON.stringify(concern))), reads }
    }
    const byDefault = await said({})
    expect([...byDefault.writes]).toEqual(['{"w":"majority"}'])
    expect(byDefault.reads.map(({ readConcern }) => readConcern)).toEqual([{ level: 'local' }, { level: 'local' }])
    expect(byDefault.reads.some((read) => '$readPreference' in read)).toBe(false)
    const other = await said({
      writeConcern: { w: 1, journal: true, wtimeoutMS: 500 },
      readConcern: 'majority',
      readPreference: 'secondaryPreferred',
    })
    expect([...other.writes]).toEqual(['{"w":1,"wtimeout":500,"j":true}'])
    expect(other.reads.map(({ readConcern }) => readConcern)).toEqual([{ level: 'majority' }, { level: 'majority' }])
  })
})

describe('what the mongodb store is given', () => {
  const client = new MongoClient('mongodb://127.0.0.1:1/x')

  it.each([
    undefined,
    null,
    'mongodb://user:canary@host/',
    {},
    [],
    { db: 'x' },
    { findOne() {}, replaceOne() {}, updateMany() {} },
    { findOne() {}, replaceOne() {}, updateMany() {}, collectionName: 'x' },
    mongoose,
  ])('refuses what is no client: %#', (given) => {
    const attempt = () => mongodbStore(given as unknown as MongoClient)
    expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTION', option: 'client' }))
    expect(attempt).not.toThrow('canary')
  })

  it.each([
    [{ nonsense: 1 }, 'nonsense'],
    [{ database: '' }, 'database'],
    [{ database: 'a/b' }, 'database'],
    [{ database: 1 }, 'database'],
    [{ collection: 'a$b' }, 'collection'],
    [{ collection: 'system.users' }, 'collection'],
    [{ collection: 'holdfast_schema' }, 'collection'],
    [{ values: 'json' }, 'values'],
    [{ values: true }, 'values'],
    [{ writeConcern: 'majority' }, 'writeConcern'],
    [{ writeConcern: { w: 0 } }, 'writeConcern'],
    [{ writeConcern: {} }, 'writeConcern'],
    [{ writeConcern: { w: 1, j: true } }, 'writeConcern'],
    [{ writeConcern: { w: 1, wtimeoutMS: -1 } }, 'writeConcern'],
    [{ writeConcern: { w: 1, journal: 1 } }, 'writeConcern'],
    [{ readPreference: 'leader' }, 'readPreference'],
    [{ readConcern: 'available' }, 'readConcern'],
    [{ readConcern: 'linearizable', readPreference: 'secondary' }, 'readConcern'],
  ])('refuses the options %j', (options, option) => {
    const attempt = () => mongodbStore(client, options as MongodbStoreOptions)
    expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTION', option }))
  })

  it.each([
    ['that gave up connecting is connected again, once', { topology: {} }, 1],
    ['that is being closed is not opened again behind its back', { topology: undefined }, 0],
  ])('a client %s', async (_, state, connects) => {
    let connected = 0
    const driver = {
      ...state,
      connect: async () => {
        connected += 1
      },
    }
    const gone = Object.assign(new Error('Topology is closed'), { name: 'MongoTopologyClosedError' })
    const database = Object.assign(Object.create(client.db('x')), { client: driver })
    const collection = Object.assign(Object.create(client.db('x').collection('y')), {
      findOne: () => Promise.reject(gone),
    })
    Object.defineProperty(collection, 'db', { value: database })
    await expect(mongodbStore(collection).get('key', call)).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE',
      message: expect.stringContaining('its client is closed'),
    })
    expect(connected).toBe(connects)
  })

  it('refuses names that the client has already', () => {
    const database = client.db('x')
    const refused = (option: string) => expect.objectContaining({ code: 'ERR_SESSION_OPTION', option })
    expect(() => mongodbStore(database.collection('a'), { collection: 'b' })).toThrow(refused('collection'))
    expect(() => mongodbStore(database.collection('a'), { database: 'b' })).toThrow(refused('database'))
    expect(() => mongodbStore(database, { database: 'b' })).toThrow(refused('database'))
    expect(() => mongodbStore(mongoose.createConnection(), { database: 'b' })).toThrow(refused('database'))
  })
})
