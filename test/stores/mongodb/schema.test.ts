import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Db, Long, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { mongodbSchema, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh } from './open.ts'

const now = Date.now()
const entry = { value: 'v', expiresAt: now + 60_000, revision: 'r1', owner: 'u1' }
const READY = fileURLToPath(new URL('../../children/mongodb-ready.mjs', import.meta.url))

describeWith('mongodb', `the collection of the mongodb store on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let client: MongoClient
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
    client = new MongoClient(server.url)
  })
  afterAll(async () => {
    await client.close()
    await server.close()
  })

  const failureOf = async (database: Db, collection?: string) => {
    const error = await mongodbStore(database, { collection })
      .ready()
      .catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: false })
    return (error as Error).message
  }
  const indexesOf = async (database: Db, name = 'holdfast_sessions') =>
    (await database.collection(name).indexes()).map(({ key, name }) => [name, key])
  const INDEXES = [
    ['_id_', { _id: 1 }],
    ['holdfast_expires', { expires: 1 }],
    ['holdfast_owner', { owner: 1, _id: 1 }],
  ]

  it('ready makes the indexes and a marker apart from the sessions, and changes nothing the second time', async () => {
    const database = client.db(fresh())
    const store = mongodbStore(database)
    await store.ready()
    expect((await indexesOf(database)).sort()).toEqual(INDEXES)
    expect(await database.collection('holdfast_schema').find().toArray()).toEqual([
      { _id: 'holdfast_sessions', version: 1 },
    ])
    expect(await store.count({}, { now })).toBe(0)
    server.gate.counts.clear()
    await store.ready()
    await mongodbStore(database).ready()
    expect(Object.fromEntries(server.gate.counts)).toEqual({ find: 2 })
  })

  it.runIf(mongodbProduct() === 'MongoDB')('MongoDB removes what has expired an hour ago by itself', async () => {
    const database = client.db(fresh())
    await mongodbStore(database).ready()
    const indexes = await database.collection('holdfast_sessions').indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ name: 'holdfast_expires', expireAfterSeconds: 3600 }))
    expect(indexes).toContainEqual(
      expect.objectContaining({ name: 'holdfast_owner', partialFilterExpression: { owner: { $exists: true } } }),
    )
  })

  it('asks for a TTL index and a partial one, and does without them where the server has none [T225]', async () => {
    const database = client.db(fresh())
    const asked: unknown[] = []
    server.gate.meddle = (command, name) => {
      if (name !== 'createIndexes') return undefined
      asked.push(...(command.indexes as unknown[]))
      const options = Object.keys((command.indexes as object[])[0] as object)
      const isPlain = !options.includes('expireAfterSeconds') && !options.includes('partialFilterExpression')
      return isPlain ? undefined : { instead: { ok: 0, code: 238, codeName: 'NotImplemented', errmsg: 'no' } }
    }
    await mongodbStore(database).ready()
    server.gate.meddle = undefined
    expect(asked[0]).toMatchObject({ partialFilterExpression: { owner: { $exists: true } } })
    expect(asked[2]).toMatchObject({ key: { expires: 1 }, expireAfterSeconds: 3600 })
    expect((await indexesOf(database)).sort()).toEqual(INDEXES)
  })

  it('works without any index and without ready: an expired entry is absent, a sweep removes it [T225]', async () => {
    const database = client.db(fresh())
    const store = mongodbStore(database)
    expect(await store.get('key', { now })).toBeUndefined()
    expect(await store.insert('key', entry, { now })).toBe('inserted')
    const later = { now: entry.expiresAt }
    expect(await store.get('key', later)).toBeUndefined()
    expect(await store.list({ owner: 'u1', limit: 10 }, later)).toEqual({ entries: [] })
    expect(await store.sweep(10, later)).toEqual({ removed: 1, more: false })
    expect(await indexesOf(database)).toEqual([['_id_', { _id: 1 }]])
  })

  it('bears indexes of the same fields that somebody made with other options', async () => {
    const database = client.db(fresh())
    await database.collection('holdfast_sessions').createIndex({ expires: 1 }, { name: 'mine' })
    server.gate.meddle = (command, name) =>
      name === 'createIndexes' && JSON.stringify(command.indexes).includes('"expires"')
        ? { instead: { ok: 0, code: 85, codeName: 'IndexOptionsConflict', errmsg: 'mine' } }
        : undefined
    await mongodbStore(database).ready()
    server.gate.meddle = undefined
    expect(await database.collection('holdfast_schema').countDocuments()).toBe(1)
  })

  it('tries again when others who make the same index are in the way', async () => {
    const database = client.db(fresh())
    let refused = 0
    server.gate.meddle = (_, name) => {
      if (name !== 'createIndexes' || refused >= 3) return undefined
      refused += 1
      return { instead: { ok: 0, code: 112, codeName: 'WriteConflict', errmsg: 'again' } }
    }
    await mongodbStore(database).ready()
    server.gate.meddle = undefined
    expect(refused).toBe(3)
  })

  it('ten processes that call ready at once on an empty server all succeed', async () => {
    const name = fresh()
    const url = server.url.replace(/\/holdfast$/, `/${name}`)
    const children = Array.from({ length: 10 }, () => fork(READY, [url], { execArgv: [] }))
    await Promise.all(children.map((child) => once(child, 'message')))
    const results = children.map((child) => once(child, 'message'))
    for (const child of children) child.send('go')
    expect((await Promise.all(results)).flatMap(([result]) => result)).toEqual(Array(10).fill('ready'))
    for (const child of children) child.kill()
    expect((await indexesOf(client.db(name))).sort()).toEqual(INDEXES)
    expect(await client.db(name).collection('holdfast_schema').countDocuments()).toBe(1)
  }, 120_000)

  it.each([[2], [0], ['1'], [undefined]])(
    'refuses a collection of layout %s, and changes nothing [T217]',
    async (version) => {
      const database = client.db(fresh())
      await database
        .collection<{ _id: string; version?: unknown }>('holdfast_schema')
        .insertOne({ _id: 'holdfast_sessions', ...(version === undefined ? {} : { version }) })
      const message = await failureOf(database)
      expect(message).toContain('Collection "holdfast_sessions" has layout')
      expect(message).toContain('Use the release that made the collection')
      expect(await database.listCollections({ name: 'holdfast_sessions' }).toArray()).toEqual([])
    },
  )

  it('refuses a collection that holds documents of something else, and changes nothing [T217]', async () => {
    const database = client.db(fresh())
    await database.collection('users').insertOne({ name: 'Ada' })
    const message = await failureOf(database, 'users')
    expect(message).toContain('Collection "users" holds documents of something else')
    expect(message).toContain('mongodbSchema()')
    expect(await database.listCollections({ name: 'holdfast_schema' }).toArray()).toEqual([])
    expect(await indexesOf(database, 'users')).toHaveLength(1)
  })

  it.each([
    ['a collation', { type: 'collection', options: { collation: { locale: 'en', strength: 2 } } }, 'byte for byte'],
    ['a limited size', { type: 'collection', options: { capped: true, size: 5 } }, 'capped'],
    ['a view', { type: 'view', options: {} }, 'view'],
    ['a time series', { type: 'timeseries', options: {} }, 'time series'],
  ])('refuses a collection that is or has %s [T050]', async (_, described, word) => {
    const database = client.db(fresh())
    const firstBatch = [{ name: 'holdfast_sessions', ...described }]
    server.gate.meddle = (_, name) =>
      name === 'listCollections'
        ? { instead: { ok: 1, cursor: { id: Long.ZERO, ns: 'x.$cmd', firstBatch } } }
        : undefined
    expect(await failureOf(database)).toContain(word)
    // Also where the client was told to hand out what the server said as it came.
    const raw = new MongoClient(server.url, { raw: true })
    onTestFinished(() => raw.close())
    expect(await failureOf(raw.db(fresh()))).toContain(word)
    server.gate.meddle = undefined
  })

  it('what mongodbSchema returns is what ready makes, in the shell, as often as one likes', async () => {
    const made = client.db(fresh())
    const asked: unknown[] = []
    server.gate.meddle = (command, name) => {
      if (name === 'createIndexes') asked.push(...(command.indexes as unknown[]))
      return undefined
    }
    await mongodbStore(made, { collection: 'app.sessions' }).ready()
    server.gate.meddle = undefined
    const run: unknown[] = []
    const markers: unknown[] = []
    // As much of the shell as the commands use.
    const db = {
      getCollection: (name: string) => ({
        createIndex: (key: object, options: object) => run.push({ of: name, key, ...options }),
        updateOne: (...update: unknown[]) => markers.push([name, ...update]),
      }),
    }
    new Function('db', mongodbSchema({ collection: 'app.sessions' }))(db)
    const wanted = asked.filter((index) => Object.keys(index as object).length > 2)
    expect(run).toEqual(wanted.map((index) => ({ of: 'app.sessions', ...(index as object) })))
    const [[register, filter, update, options]] = markers as [[string, object, object, object]]
    const database = client.db(fresh())
    for (let n = 0; n < 2; n += 1) await database.collection(register).updateOne(filter, update, options)
    expect(await database.collection(register).find().toArray()).toEqual(
      await made.collection('holdfast_schema').find().toArray(),
    )
  })

  it('mongodbSchema takes no name that would need quotes', () => {
    for (const collection of ['a"b', '', 'system.users', 'holdfast_schema', 'a$b', 'x'.repeat(101), 1, null]) {
      expect(() => mongodbSchema({ collection: collection as string })).toThrow(/collection/)
    }
  })
})
