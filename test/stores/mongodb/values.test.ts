import { MongoClient, type MongoClientOptions } from 'mongodb'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { encodeRecord } from '../../../src/core/record.ts'
import type { StoreEntry } from '../../../src/core/store.ts'
import { type MongodbStoreOptions, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh, PATIENT } from './open.ts'

const now = Date.now()
const call = { now }

let revisions = 0
const entry = (value: string, over: Partial<StoreEntry> = {}): StoreEntry => {
  revisions += 1
  return { value, expiresAt: now + 60_000, revision: `r${revisions}`, ...over }
}

const recordOf = (data: string): string =>
  encodeRecord({
    proof: 'p'.repeat(22),
    createdAt: now,
    absoluteAt: now + 1,
    idleTimeout: undefined,
    persistent: undefined,
    renewal: 0,
    renewedAt: now,
    confirmedAt: undefined,
    formers: [],
    text: data,
  })

describeWith('mongodb', `values of the mongodb store on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())

  const open = async (options: MongodbStoreOptions = {}, clientOptions: MongoClientOptions = PATIENT) => {
    const client = new MongoClient(server.url, clientOptions)
    const database = client.db(fresh())
    onTestFinished(async () => {
      await database.dropDatabase({ writeConcern: { w: 1 } })
      await client.close()
    })
    const store = mongodbStore(database, options)
    await store.ready()
    return { client, database, store, sessions: database.collection<{ _id: string }>('holdfast_sessions') }
  }

  /** Through insert, get, update, and the conflict's answer. */
  const comesBack = async ({ store }: Awaited<ReturnType<typeof open>>, value: string) => {
    const key = `key-${revisions}`
    const first = entry(value, { owner: 'u1' })
    expect(await store.insert(key, first, call)).toBe('inserted')
    expect(await store.get(key, call)).toEqual(first)
    const second = entry(value)
    expect(await store.update(key, second, { now, ifRevision: first.revision })).toEqual({ outcome: 'updated' })
    expect(await store.get(key, call)).toEqual(second)
    const late = await store.update(key, first, { now, ifRevision: 'another' })
    expect(late).toEqual({ outcome: 'conflict', current: second })
    return key
  }

  it('a record is a document that can be queried, and an index makes that quick', async () => {
    const opened = await open({ values: 'documents' })
    const { sessions } = opened
    const key = await comesBack(opened, recordOf('{"userId":42,"cart":{"items":[{"sku":"a"},{"sku":"b"}]}}'))
    await comesBack(opened, recordOf('{"userId":43}'))
    await sessions.createIndex({ 'session.data.userId': 1 })
    expect(await sessions.distinct('_id', { 'session.data.userId': 42 })).toEqual([key])
    expect(await sessions.distinct('_id', { 'session.data.cart.items.sku': 'b' })).toEqual([key])
    expect(await sessions.findOne({ _id: key })).toMatchObject({ session: { header: { v: 1, c: now } } })
    expect(await sessions.findOne({ _id: key })).not.toHaveProperty('text')
  })

  it.each([
    ['an ordinary record', recordOf('{"a":[1,2.5,"x",null,true,{"b":{}}],"at":1e+21,"zero":"\\u0000"}'), 'session'],
    ['a key with a dollar sign', recordOf('{"$where":"1"}'), 'text'],
    ['a key with a dot', recordOf('{"a.b":1}'), 'text'],
    ['__proto__ [T052]', recordOf('{"__proto__":{"admin":true}}'), 'text'],
    ['a type of the driver [T053]', recordOf('{"_bsontype":"Long","low":1}'), 'text'],
    ['-0', recordOf('{"a":-0}'), 'text'],
    ['a number with more digits than a double', recordOf('{"a":12345678901234567890}'), 'text'],
    ['a key twice', recordOf('{"a":1,"a":2}'), 'text'],
    ['an encrypted value', 'e:AAECAwQ', 'text'],
    ['a lone surrogate', recordOf('{"a":"\ud800"}'), 'escaped'],
    ['U+0000', recordOf('{"a":"\0"}'), 'escaped'],
  ])('%s comes back exactly, kept as documents and as text', async (_, value, field) => {
    const documents = await open({ values: 'documents' })
    const key = await comesBack(documents, value)
    expect(await documents.sessions.findOne({ _id: key })).toHaveProperty(field)
    // The other kind of store reads what this one wrote, and writes what this one reads.
    const texts = { ...documents, store: mongodbStore(documents.database) }
    expect((await texts.store.get(key, call))?.value).toBe(value)
    const textKey = await comesBack(texts, value)
    expect(await documents.sessions.findOne({ _id: textKey })).not.toHaveProperty('session')
    expect((await documents.store.get(textKey, call))?.value).toBe(value)
  })

  it('what this server does not keep as a document is kept as text, after one more round trip', async () => {
    const opened = await open({ values: 'documents' })
    const key = await comesBack(opened, recordOf('{"matrix":[[1,2],[3,4]]}'))
    const found = await opened.sessions.findOne({ _id: key })
    expect(found).toHaveProperty(server.product === 'FerretDB' ? 'text' : 'session')
  })

  it('an update changes the kind of a value both ways and leaves nothing of the other kind', async () => {
    const { store, sessions } = await open({ values: 'documents' })
    const kinds = [recordOf('{"a":1}'), 'e:AAEC', recordOf('{"b":2}'), '\0']
    let ifRevision = 'r'
    await store.insert('key', entry('', { revision: ifRevision }), call)
    for (const value of kinds) {
      const next = entry(value)
      await store.update('key', next, { now, ifRevision })
      ifRevision = next.revision
      const found = (await sessions.findOne({ _id: 'key' })) as Record<string, unknown>
      expect(['text', 'escaped', 'session'].filter((field) => field in found)).toHaveLength(1)
      expect(await store.get('key', call)).toEqual(next)
    }
  })

  const HOSTILE: readonly (readonly [string, MongoClientOptions])[] = [
    [
      'ignoreUndefined, serializeFunctions, bsonRegExp',
      { ignoreUndefined: true, serializeFunctions: true, bsonRegExp: true },
    ],
    ['promoteValues: false', { promoteValues: false }],
    ['promoteLongs: false, promoteBuffers', { promoteLongs: false, promoteBuffers: true }],
    ['useBigInt64', { useBigInt64: true }],
    ['raw', { raw: true }],
    ['w: 0', { writeConcern: { w: 0 } }],
    [
      'readPreference: secondary, readConcern: available',
      { readPreference: 'secondary', readConcernLevel: 'available' },
    ],
    [
      'retryWrites and retryReads off, no utf8 validation',
      { retryWrites: false, retryReads: false, enableUtf8Validation: false },
    ],
  ]
  it.each(HOSTILE)('nothing changes with a client that was made with %s', async (_, options) => {
    for (const values of ['text', 'documents'] as const) {
      const opened = await open({ values }, { ...PATIENT, ...options })
      const { store } = opened
      const key = await comesBack(opened, recordOf('{"n":1,"f":1.5,"big":4294967296,"max":9007199254740991}'))
      await comesBack(opened, '\ud800\0')
      const { entries } = await store.list({ limit: 5 }, call)
      expect(entries).toContainEqual({ key, expiresAt: now + 60_000 })
      expect(await store.count({}, call)).toBe(2)
      expect(await store.touch(key, now + 5, { now, ifRevision: `r${revisions}` })).toBe('conflict')
      expect(await store.delete(key, call)).toBe('deleted')
      expect(await store.delete(key, call)).toBe('gone')
      expect(await store.sweep(10, { now: now + 60_000 })).toEqual({ removed: 1, more: false })
    }
  })

  it('more than a document holds is refused before it is sent, as text, as a document and when escaped', async () => {
    const { store } = await open({ values: 'documents' })
    const first = entry('kept')
    await store.insert('key', first, call)
    server.gate.counts.clear()
    const canary = 'canary-5c1'
    const size = 16 * 1024 * 1024
    for (const value of [
      canary.padEnd(size, 'x'),
      recordOf(`{"a":"${'漢'.repeat(size / 3)}"}`),
      canary.padEnd(size / 6, '\0'),
    ]) {
      for (const attempt of [
        () => store.insert('other', entry(value), call),
        () => store.update('key', entry(value), { now, ifRevision: first.revision }),
      ]) {
        const error = await attempt().catch((failure: unknown) => failure)
        expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: false, status: 503 })
        expect(String(error)).toContain('16 MiB')
        expect(String(error)).not.toContain(canary)
      }
    }
    expect(Object.fromEntries(server.gate.counts)).toEqual({})
    expect(await store.get('key', call)).toEqual(first)
  })

  it('a document that is longer as BSON than 16 MiB is kept as its shorter text', async () => {
    const opened = await open({ values: 'documents' })
    const value = recordOf(`{"a":[${'1,'.repeat(1_400_000)}1]}`)
    const kept = entry(value)
    expect(await opened.store.insert('key', kept, call)).toBe('inserted')
    expect((await opened.store.get('key', call))?.value === value).toBe(true)
    expect(await opened.sessions.countDocuments({ text: { $exists: true } })).toBe(1)
  })

  it('a document that somebody else wrote or changed is an error that says so, and not a wrong session', async () => {
    const { store, sessions } = await open()
    const fields = { expiresAt: now + 60_000, revision: 'r' }
    const strange = [
      { ...fields },
      { ...fields, text: 1 },
      { ...fields, escaped: '{"a":1}' },
      { ...fields, session: { header: { v: 1 } } },
      { ...fields, revision: 1, text: '' },
    ]
    for (const [index, document] of strange.entries()) {
      await sessions.insertOne({ _id: `key-${index}`, ...document } as { _id: string })
      const error = await store.get(`key-${index}`, call).catch((failure: unknown) => failure)
      expect(error, JSON.stringify(document)).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: false })
    }
  })
})
