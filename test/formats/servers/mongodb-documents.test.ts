import { Binary, BSONRegExp, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { entryOf, now, sessionText } from '../rules.ts'
import { type StoredSession, sideBySide, textOf, theirSession } from './mongodb-open.ts'

const KEY = 'AbC_def-0123456789AbC_def-012345'
const call = { now }
const HOUR_LATER = now + 3_600_000

/** As the server has them: numbers with their types. */
const TYPED = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const

describeWith('mongodb', `sub-documents of connect-mongo on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())
  const open = () => {
    const { collection, ours, theirs } = sideBySide(server)
    const typed = async () => (await collection.findOne({ _id: KEY }, TYPED)) as StoredSession & { session: object }
    return { collection, typed, store: ours({ stringify: false }), old: theirs({ stringify: false }), ours }
  }
  const changed = async ({ store }: ReturnType<typeof open>, change: (session: Record<string, never>) => unknown) => {
    const found = await store.get(KEY, call)
    const session = JSON.parse(String(found?.value))
    change(session)
    const value = JSON.stringify(session)
    return store.update(KEY, entryOf(store, value), { now, ifRevision: String(found?.revision) })
  }

  it('the document is the one that connect-mongo would have written, key by key', async () => {
    const { collection, store, old } = open()
    const session = theirSession({ user: { id: 1, score: 1.5, tags: ['a', null] } })
    await old.set('theirs', session)
    await store.insert('ours', { ...entryOf(store, textOf(session)), expiresAt: Number(session.cookie.expires) }, call)
    const theirs = await collection.findOne({ _id: 'theirs' }, TYPED)
    const ours = await collection.findOne({ _id: 'ours' }, TYPED)
    expect(ours).toEqual({ ...theirs, _id: 'ours' })
    expect(JSON.stringify(ours?.session), 'in the same order').toBe(JSON.stringify(theirs?.session))
    expect(ours?.session).toMatchObject({ cookie: { expires: session.cookie.expires, domain: null, sameSite: null } })
  })

  it('what JSON has no word for stays as it was while its text does', async () => {
    const opened = open()
    const kept = {
      date: new Date(now),
      id: new ObjectId(),
      list: [new Date(5), { inner: new ObjectId(), n: new Double(5) }, new Int32(7)],
      deep: { bytes: new Binary(new Uint8Array([1, 2])), long: Long.MAX_VALUE, time: new Timestamp({ t: 1, i: 2 }) },
      pattern: new BSONRegExp('a+', 'i'),
      number: new Double(3),
      longer: Long.fromNumber(3),
    }
    await opened.old.set(KEY, theirSession(kept))
    const before = await opened.typed()
    expect(await changed(opened, (session) => Object.assign(session, { added: 1 }))).toEqual({ outcome: 'updated' })
    const { added, ...after } = (await opened.typed()).session as Record<string, unknown>
    expect(added).toEqual(new Int32(1))
    expect(after).toEqual(before.session)
    expect(await opened.old.get(KEY)).toMatchObject({ date: new Date(now), id: kept.id })

    await changed(opened, (session) => Object.assign(session, { date: '2020-01-01T00:00:00.000Z', number: 4 }))
    expect((await opened.typed()).session).toMatchObject({
      date: '2020-01-01T00:00:00.000Z',
      number: new Int32(4),
      id: kept.id,
    })
  })

  it('its text has the JSON of each value', async () => {
    const { store, old } = open()
    const id = new ObjectId()
    await old.set(KEY, theirSession({ date: new Date(0), id, long: Long.fromString('9007199254740993') }))
    const { date, id: text, long } = JSON.parse(String((await store.get(KEY, call))?.value))
    expect([date, text, long]).toEqual(['1970-01-01T00:00:00.000Z', id.toHexString(), 9007199254740992])
  })

  it('a write in between is never overwritten, also one that has the same text', async () => {
    const { collection, store, old, typed } = open()
    await old.set(KEY, theirSession({ at: new Date(0) }))
    const found = await store.get(KEY, call)
    const value = JSON.stringify({ ...JSON.parse(String(found?.value)), ours: 1 })
    const update = { now, ifRevision: String(found?.revision) }
    const real = collection.findOne.bind(collection)
    let interloper: unknown
    Object.assign(collection, {
      findOne: async (...args: Parameters<typeof real>) => {
        const read = await real(...args)
        if (interloper) await collection.updateOne({ _id: KEY }, { $set: { 'session.at': interloper } })
        interloper = undefined
        return read
      },
    })
    interloper = new Date(5)
    const conflict = await store.update(KEY, entryOf(store, value), update)
    expect(conflict).toMatchObject({ outcome: 'conflict' })
    expect((await typed()).session).toMatchObject({ at: new Date(5) })
    await collection.updateOne({ _id: KEY }, { $set: { 'session.at': new Date(0) } })
    interloper = new Date(0).toISOString()
    expect(await store.update(KEY, entryOf(store, value), update)).toEqual({ outcome: 'updated' })
    expect((await typed()).session).toMatchObject({ ours: new Int32(1), at: '1970-01-01T00:00:00.000Z' })
  })

  it('the revision is that of what is stored, however the text was written', async () => {
    const { store } = open()
    const value = '{"b":1,"cookie":{"path":"/","expires":null},"a":{"y":-0,"x":1e3}, "s":"\\ud800"}'
    await store.insert(KEY, entryOf(store, value), call)
    const found = await store.get(KEY, call)
    expect(found?.revision).toBe(store.revisionOf(value))
    expect(found?.revision).toBe(store.revisionOf(String(found?.value)))
    expect(store.revisionOf(value)).not.toBe(store.revisionOf(value.replace('1e3', '1e4')))
    expect(store.revisionOf('[1,2]')).not.toBe(store.revisionOf('[2,1]'))
    expect(store.revisionOf('not JSON')).not.toBe(store.revisionOf('neither JSON'))
    expect(
      await store.update(KEY, entryOf(store, sessionText({})), { now, ifRevision: store.revisionOf(value) }),
    ).toEqual({
      outcome: 'updated',
    })
  })

  it('port rules: taken, expired, conflict, gone, touch', async () => {
    const { store, typed } = open()
    const first = entryOf(store, sessionText({ n: 1 }))
    const other = entryOf(store, sessionText({ n: 2 }))
    expect(await store.update(KEY, first, { now, ifRevision: first.revision })).toEqual({ outcome: 'gone' })
    expect(await store.insert(KEY, first, call)).toBe('inserted')
    expect(await store.insert(KEY, other, call)).toBe('taken')
    expect(await store.update(KEY, other, { now, ifRevision: other.revision })).toMatchObject({
      outcome: 'conflict',
      current: { revision: first.revision, expiresAt: first.expiresAt },
    })
    expect(await store.touch(KEY, now + 5, { now, ifRevision: other.revision })).toBe('conflict')
    expect(await store.touch(KEY, now + 5, { now, ifRevision: first.revision })).toBe('touched')
    expect((await typed()).expires).toEqual(new Date(now + 5))
    expect(await store.get(KEY, { now: now + 4 })).toMatchObject({ expiresAt: now + 5 })
    expect(await store.get(KEY, { now: now + 5 })).toBeUndefined()
    expect(await store.delete(KEY, { now, ifRevision: other.revision })).toBe('conflict')
    expect(await store.insert(KEY, other, { now: now + 5 })).toBe('inserted')
    expect(await store.delete(KEY, { now: now + 5, ifRevision: other.revision })).toBe('deleted')
    expect(await store.touch(KEY, HOUR_LATER, { now, ifRevision: other.revision })).toBe('gone')
  })

  it('what is stored is never taken for a query, and what BSON cannot keep is refused', async () => {
    const { collection, store, typed } = open()
    await collection.insertOne({ _id: KEY, session: { n: 1 }, expires: new Date(HOUR_LATER) })
    const forged = new Map([['$ne', 1]])
    const real = collection.findOne.bind(collection)
    let read = false
    Object.assign(collection, {
      findOne: async (...args: Parameters<typeof real>) => {
        const found = await real(...args)
        if (read) return found
        read = true
        // As MongoDB 5 and later may have it, which keeps names with dollars.
        return { ...found, session: Object.fromEntries(forged) }
      },
    })
    const hostile = store.revisionOf('{"$ne":1}')
    expect(await store.update(KEY, entryOf(store, sessionText({})), { now, ifRevision: hostile })).toMatchObject({
      outcome: 'conflict',
    })
    expect((await typed()).session).toEqual({ n: new Int32(1) })

    for (const value of ['{"a":{"_bsontype":"ObjectId"}}', '{"a\\u0000b":1}', 'no JSON', '[]', '"text"', '']) {
      const entry = entryOf(store, value)
      await expect(store.insert('k', entry, call), value).rejects.toMatchObject({ code: 'ERR_SESSION_KEY' })
    }
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
    await expect(store.insert('k', entryOf(store, deep), call)).rejects.toMatchObject({ code: 'ERR_SESSION_KEY' })
    expect(await store.get('k', call)).toBeUndefined()
  })

  it('what the server refuses is an error that says what to do', async () => {
    const { store } = open()
    const entry = entryOf(store, sessionText({ 'a.b': 1 }))
    const outcome = await Promise.resolve(store.insert(KEY, entry, call)).catch((error: unknown) => error)
    if (outcome !== 'inserted') {
      expect(outcome).toMatchObject({ code: 'ERR_SESSION_STORE', message: expect.stringContaining('stringify') })
    }
  })

  it('`__proto__` is a name like any other', async () => {
    const { store } = open()
    const value = '{"cookie":{"expires":null},"__proto__":{"admin":true}}'
    await store.insert(KEY, entryOf(store, value), call)
    expect(String((await store.get(KEY, call))?.value)).toContain('"__proto__":{"admin":true}')
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
  })

  it('either layout reads the other, and writes its own', async () => {
    const { collection, ours, store, old } = open()
    const asText = ours()
    await old.set(KEY, theirSession({ n: 1, at: new Date(0) }))
    const found = await asText.get(KEY, call)
    expect(JSON.parse(String(found?.value))).toMatchObject({ n: 1, at: '1970-01-01T00:00:00.000Z' })
    const update = { now, ifRevision: String(found?.revision) }
    expect(await asText.update(KEY, entryOf(asText, sessionText({ n: 2 })), update)).toEqual({ outcome: 'updated' })
    expect((await collection.findOne())?.session).toBe(sessionText({ n: 2 }))
    const back = await store.get(KEY, call)
    expect(back?.value).toBe(sessionText({ n: 2 }))
    const again = { now, ifRevision: String(back?.revision) }
    expect(await store.update(KEY, entryOf(store, sessionText({ n: 3 })), again)).toEqual({ outcome: 'updated' })
    expect((await old.get(KEY))?.n).toBe(3)
  })

  it.each([[null], [7], [[1, 2]]])('a session field that is none is handed on: %o', async (session) => {
    const { collection, store } = open()
    await collection.insertOne({ _id: KEY, session, expires: new Date(HOUR_LATER) })
    const found = await store.get(KEY, call)
    expect(found?.value).toBe(JSON.stringify(session))
    const update = { now, ifRevision: String(found?.revision) }
    expect(await store.update(KEY, entryOf(store, sessionText({})), update)).toEqual({ outcome: 'updated' })
  })
})
