import { createWebCryptoAdapter } from 'connect-mongo'
import { MongoClient, type MongoClientOptions } from 'mongodb'
import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MongodbFormatOptions, mongodbFormat } from '../../../src/formats/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { BOUNDED, fresh, PATIENT } from '../../stores/mongodb/open.ts'
import { declareRules, entryOf, keepAll, now, sessionText } from '../rules.ts'
import { sideBySide, type TheirOptions, theirSession } from './mongodb-open.ts'

const SECRET = 'a secret of the old application'
const WEB = { secret: SECRET, iterations: 1000 }

const FORMATS: Readonly<Record<string, readonly [Omit<MongodbFormatOptions, 'collection'>, TheirOptions]>> = {
  text: [{}, {}],
  'text with timestamps': [{ timestamps: true }, { timestamps: true }],
  'legacy crypto': [{ crypto: { secret: SECRET } }, { crypto: { secret: SECRET } }],
  WebCrypto: [{ webCrypto: WEB }, { cryptoAdapter: createWebCryptoAdapter(WEB) }],
}
const DOCUMENTS: (typeof FORMATS)[string] = [{ stringify: false }, { stringify: false }]

let keys = 0
const nextKey = () => {
  keys += 1
  return `key-${keys}`
}
const call = { now }

describeWith('mongodb', `the format of connect-mongo on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let clients: MongoClient[]
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
    clients = [new MongoClient(server.url, PATIENT), new MongoClient(server.url, PATIENT)]
  })
  afterAll(async () => {
    for (const client of clients) await client.close()
    await server.close()
  })
  /** Two store objects with a client each. */
  const pair = (options: Omit<MongodbFormatOptions, 'collection'>) => {
    const name = fresh()
    const [store, other] = clients.map((client) =>
      mongodbFormat({ collection: client.db(name).collection('sessions'), ...options }),
    )
    if (!store || !other) throw new Error('no clients')
    return { store, other }
  }
  const late = (options: MongoClientOptions = BOUNDED) => {
    const client = new MongoClient(server.url, options)
    return { client, store: mongodbFormat({ collection: client.db(fresh()).collection('sessions') }) }
  }

  describe.each(Object.entries(FORMATS))('%s', (_, [options]) => {
    declareRules(async () => pair(options), nextKey)
  })

  it.each(Object.entries({ ...FORMATS, 'sub-document': DOCUMENTS }))(
    'of 30 writers in two clients and one of connect-mongo that overwrites blindly, none is lost: %s',
    async (_, [ourOptions, theirOptions]) => {
      const { ours, theirs, again } = sideBySide(server)
      const old = theirs(theirOptions)
      const key = nextKey()
      const data = await keepAll({ store: ours(ourOptions), other: again(ourOptions) }, key, () =>
        old.set(key, theirSession({ old: 'was here' })),
      )
      expect(data).toMatchObject({ old: 'was here' })
      expect(data).not.toHaveProperty('first')
      expect(await old.get(key)).toMatchObject({ old: 'was here', w29: 29 })
    },
  )

  it('connect-mongo overwrites while others write: whoever was told "updated" after it is kept', async () => {
    const { ours, theirs } = sideBySide(server)
    const store = ours()
    const old = theirs()
    const key = nextKey()
    await old.set(key, theirSession({}))
    let overwritten = 0
    const writer = async (n: number) => {
      for (;;) {
        const found = await store.get(key, call)
        const value = JSON.stringify({ ...JSON.parse(String(found?.value)), [`w${n}`]: overwritten })
        const update = { now, ifRevision: String(found?.revision) }
        if ((await store.update(key, entryOf(store, value), update)).outcome === 'updated') return
      }
    }
    const overwrite = async () => {
      await old.set(key, theirSession({ theirs: true }))
      overwritten = 1
    }
    await Promise.all([...Array.from({ length: 10 }, (_, n) => writer(n)), overwrite()])
    await Promise.all(Array.from({ length: 5 }, (_, n) => writer(n + 10)))
    const data = JSON.parse(String((await store.get(key, call))?.value))
    expect(data.theirs).toBe(true)
    for (let n = 10; n < 15; n += 1) expect(data[`w${n}`]).toBe(1)
  })

  it('lists, counts and sweeps what is there, page by page', async () => {
    const { store } = pair({})
    for (let n = 0; n < 7; n += 1) {
      await store.insert(`k${n}`, entryOf(store, sessionText({ n }), n % 2 ? now : now + 1), call)
    }
    const listed: string[] = []
    for (let cursor: string | undefined, pages = 0; pages < 10; pages += 1) {
      const page = await store.list?.({ limit: 2, cursor }, call)
      listed.push(...(page?.entries ?? []).map(({ key }) => key))
      cursor = page?.cursor
      if (cursor === undefined) break
    }
    expect(listed).toEqual(['k0', 'k2', 'k4', 'k6'])
    expect(await store.count({}, call)).toBe(4)
    expect(await store.sweep(2, call)).toEqual({ removed: 2, more: true })
    expect(await store.sweep(2, call)).toEqual({ removed: 1, more: false })
    expect(await store.count({}, { now: 0 })).toBe(4)
    expect(pair({ transformId: (id) => `t-${id}` }).store.list, 'ids cannot be told').toBeUndefined()
  })

  it('ready makes the index that connect-mongo makes, if it is asked to', async () => {
    const { ours, theirs } = sideBySide(server)
    const asked: unknown[] = []
    server.gate.meddle = ({ indexes }, name) => {
      if (name !== 'createIndexes') return undefined
      asked.push(indexes)
      return { instead: { ok: 1 } }
    }
    await ours().ready()
    expect(asked, 'not asked to').toEqual([])
    await ours({ createIndex: true }).ready()
    await theirs({ autoRemove: 'native' }).get('x')
    server.gate.meddle = undefined
    expect(asked).toHaveLength(2)
    expect(asked[0]).toEqual(asked[1])
  })

  it('ready makes do with a plain index where the server removes nothing by itself, also a second time', async () => {
    const { collection, ours } = sideBySide(server)
    await ours({ createIndex: true }).ready()
    await ours({ createIndex: true }).ready()
    expect(await collection.indexes()).toMatchObject([{ name: '_id_' }, { name: 'expires_1', key: { expires: 1 } }])
  })

  it("takes a collection of mongoose's client", async () => {
    const connection = await mongoose.createConnection(server.url).asPromise()
    const store = mongodbFormat({ collection: connection.getClient().db(fresh()).collection('sessions') })
    const entry = entryOf(store, sessionText({ n: 1 }))
    expect(await store.insert('key', entry, call)).toBe('inserted')
    const update = { now, ifRevision: entry.revision }
    expect(await store.update('key', entry, update)).toEqual({ outcome: 'updated' })
    expect(await store.get('key', call)).toEqual(entry)
    await connection.close()
  })

  it('close ends the store and leaves the client', async () => {
    const { store, other } = pair({})
    await store.close()
    await store.close()
    await expect(store.get('k', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    await other.ping(call)
  })

  it('a server that is down is an error in every method, never "no session"; it works again when the server does', async () => {
    const { client, store } = late()
    const entry = entryOf(store, sessionText({ n: 1 }))
    await store.insert('key', entry, call)
    const ifRevision = entry.revision
    const calls = [
      () => store.get('key', call),
      () => store.insert('new', entry, call),
      () => store.update('key', entry, { now, ifRevision }),
      () => store.touch('key', now + 5, { now, ifRevision }),
      () => store.delete('key', call),
      () => store.delete('key', { now, ifRevision }),
      () => store.list?.({ limit: 5 }, call),
      () => store.count({}, call),
      () => store.sweep(5, call),
      () => store.ping(call),
    ]
    await server.kill()
    const failures = await Promise.allSettled(calls.map((one) => one()))
    await server.start()
    for (const [index, failure] of failures.entries()) {
      expect(failure, String(calls[index])).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_SESSION_STORE', retryable: true },
      })
    }
    expect(await store.get('key', call)).toEqual(entry)
    await client.close()
    await expect(store.get('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  })

  it.each(['cut before', 'cut after'] as const)(
    'a write whose connection is %s the answer is an error',
    async (how) => {
      const { client, store } = late()
      const entry = entryOf(store, sessionText({ n: 1 }))
      await store.insert('key', entry, call)
      const next = entryOf(store, sessionText({ n: 2 }))
      server.gate.meddle = (_, name) => (['insert', 'update', 'delete'].includes(name) ? how : undefined)
      const writes = await Promise.allSettled([
        store.update('key', next, { now, ifRevision: entry.revision }),
        store.insert('new', entry, call),
        store.delete('key', call),
      ])
      for (const write of writes) {
        expect(write).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_STORE', retryable: true } })
      }
      server.gate.meddle = undefined
      expect((await store.get('new', call))?.value).toBe(how === 'cut after' ? entry.value : undefined)
      await client.close()
    },
  )

  it('a client that could not connect at first connects later', async () => {
    const { client, store } = late()
    await server.kill()
    await expect(store.get('key', call)).rejects.toMatchObject({ retryable: true })
    await server.start()
    expect(await store.get('key', call)).toBeUndefined()
    await client.close()
  })
})
