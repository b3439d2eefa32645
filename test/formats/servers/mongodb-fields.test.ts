import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { entryOf, now, sessionText } from '../rules.ts'
import { sideBySide, theirSession } from './mongodb-open.ts'

const KEY = 'AbC_def-0123456789AbC_def-012345'
const HOUR = 3_600_000
const call = { now }

describeWith('mongodb', `fields beside the session, of connect-mongo on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())

  it('touchAfter: writes say lastModified, and connect-mongo goes by it', async () => {
    const { collection, ours, theirs } = sideBySide(server)
    const store = ours({ touchAfter: 60 })
    const old = theirs({ touchAfter: 60 })
    const entry = entryOf(store, sessionText({ n: 1 }))
    await store.insert(KEY, entry, call)
    expect((await collection.findOne())?.lastModified).toEqual(new Date(now))

    const read = await old.get(KEY)
    expect(read).toMatchObject({ n: 1, lastModified: new Date(now) })
    await old.touch(KEY, { ...theirSession({}, 9 * HOUR), lastModified: read?.lastModified })
    expect((await collection.findOne())?.expires, 'connect-mongo has left it').toEqual(new Date(entry.expiresAt))

    await old.set(KEY, { ...theirSession({ n: 2 }), lastModified: read?.lastModified })
    const theirWrite = (await collection.findOne())?.lastModified
    const found = await store.get(KEY, call)
    expect(JSON.parse(String(found?.value)), 'it is no part of the session').not.toHaveProperty('lastModified')
    expect(Number(theirWrite)).toBeGreaterThanOrEqual(now)
    const update = { now: now + 5, ifRevision: String(found?.revision) }
    expect(await store.update(KEY, entry, update)).toEqual({ outcome: 'updated' })
    expect((await collection.findOne())?.lastModified).toEqual(new Date(now + 5))
  })

  it('touchAfter: a touch writes nothing that moves the deadline little, and whatever keeps a session alive', async () => {
    const { collection, ours } = sideBySide(server)
    const store = ours({ touchAfter: 60 })
    const entry = entryOf(store, sessionText({ n: 1 }), now + HOUR)
    const ifRevision = entry.revision
    await store.insert(KEY, entry, call)
    const touch = async (at: number, expiresAt: number) => {
      expect(await store.touch(KEY, expiresAt, { now: at, ifRevision })).toBe('touched')
      const { expires, lastModified } = (await collection.findOne()) ?? {}
      return [Number(expires) - now, Number(lastModified) - now]
    }
    expect(await touch(now + 59_999, now + HOUR + 59_999), 'lately').toEqual([HOUR, 0])
    expect(await touch(now + 60_000, now + HOUR + 60_000)).toEqual([HOUR + 60_000, 60_000])
    expect(await touch(now + 60_001, now + HOUR), 'earlier is moved at once').toEqual([HOUR, 60_001])
    expect(await touch(now + 60_002, now + 90_000)).toEqual([90_000, 60_002])
    expect(await touch(now + 70_000, now + 99_998), 'more than half is left').toEqual([90_000, 60_002])
    expect(await touch(now + 80_000, now + 109_998), 'less than half is left').toEqual([109_998, 80_000])
    expect(await store.touch(KEY, now + HOUR, { now: now + 80_001, ifRevision: 'other' })).toBe('conflict')
  })

  it('without touchAfter every touch moves the deadline and nothing else', async () => {
    const { collection, ours } = sideBySide(server)
    const store = ours()
    const entry = entryOf(store, sessionText({ n: 1 }), now + HOUR)
    await store.insert(KEY, entry, call)
    expect(await store.touch(KEY, now + HOUR + 1, { now, ifRevision: entry.revision })).toBe('touched')
    expect(await collection.findOne()).toEqual({ _id: KEY, session: entry.value, expires: new Date(now + HOUR + 1) })
  })

  it('timestamps: createdAt once, updatedAt by the server, also through connect-mongo; other fields stay', async () => {
    const { collection, ours, theirs } = sideBySide(server)
    const store = ours({ timestamps: true })
    const old = theirs({ timestamps: true })
    const entry = entryOf(store, sessionText({ n: 1 }))
    await store.insert(KEY, entry, { now: now - 5 })
    const created = { createdAt: new Date(now - 5) }
    expect(await collection.findOne()).toMatchObject({ ...created, updatedAt: new Date(now - 5) })
    const updatedAt = async () => {
      const found = await collection.findOne()
      expect(found).toMatchObject(created)
      return Number(found?.updatedAt)
    }
    await collection.updateOne({ _id: KEY }, { $set: { note: 'of the application', updatedAt: new Date(0) } as object })
    await store.touch(KEY, now + HOUR, { now, ifRevision: entry.revision })
    expect(await updatedAt()).toBeGreaterThanOrEqual(now - 1000)
    await collection.updateOne({ _id: KEY }, { $set: { updatedAt: new Date(0) } as object })
    await store.update(KEY, entryOf(store, sessionText({ n: 2 })), { now, ifRevision: entry.revision })
    expect(await updatedAt()).toBeGreaterThanOrEqual(now - 1000)
    await old.set(KEY, theirSession({ n: 3 }))
    await updatedAt()
    expect(await collection.findOne()).toMatchObject({ note: 'of the application' })
    // Another session under the same id does not inherit from the one that has expired.
    await store.insert(KEY, entry, { now: now + 9 * HOUR })
    expect(await collection.findOne()).not.toHaveProperty('note')
  })

  it('transformId: both find the same record, and one that does not answer with text is an error', async () => {
    const { collection, ours, theirs } = sideBySide(server)
    const transformId = (id: string) => `sess/${id}`
    const store = ours({ transformId })
    const old = theirs({ transformId })
    await store.insert(KEY, entryOf(store, sessionText({ n: 1 })), call)
    expect((await collection.findOne())?._id).toBe(`sess/${KEY}`)
    expect((await old.get(KEY))?.n).toBe(1)
    await old.set('another', theirSession({ n: 2 }))
    expect(JSON.parse(String((await store.get('another', call))?.value)).n).toBe(2)
    expect(await store.delete(KEY, call)).toBe('deleted')
    expect(await old.get(KEY)).toBeNull()
    for (const answer of [undefined, '', 7, { $ne: 1 }]) {
      const broken = ours({ transformId: () => answer as string })
      const calls = [
        () => broken.get('another', call),
        () => broken.delete('another', call),
        () => broken.insert('another', entryOf(store, sessionText({})), call),
      ]
      for (const one of calls) await expect(one()).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    }
  })

  it('a record without a deadline lives on, as in connect-mongo; one whose deadline is no date is expired', async () => {
    const { collection, ours, theirs } = sideBySide(server)
    const store = ours({ ttl: 100 })
    const old = theirs()
    const text = sessionText({ n: 1 })
    await collection.insertMany([
      { _id: 'none', session: text },
      { _id: 'null', session: text, expires: null },
      { _id: 'number', session: text, expires: now + HOUR },
    ])
    expect(await store.get('none', call)).toEqual({ ...entryOf(store, text), expiresAt: now + 100_000 })
    expect(await ours().get('none', call)).toMatchObject({ expiresAt: now + 1_209_600_000 })
    expect(await store.insert('none', entryOf(store, sessionText({})), call)).toBe('taken')
    expect(await store.count({}, call)).toBe(1)
    expect(await store.list?.({ limit: 9 }, call)).toEqual({ entries: [{ key: 'none', expiresAt: now + 100_000 }] })
    const update = { now, ifRevision: store.revisionOf(text) }
    expect(await store.touch('none', now + 5, update)).toBe('touched')
    expect((await collection.findOne({ _id: 'none' }))?.expires).toEqual(new Date(now + 5))
    for (const key of ['null', 'number']) {
      expect(await old.get(key)).toBeNull()
      expect(await store.get(key, call)).toBeUndefined()
      expect(await store.update(key, entryOf(store, text), update)).toEqual({ outcome: 'gone' })
      expect(await store.insert(key, entryOf(store, text), call)).toBe('inserted')
      expect(await old.get(key)).toMatchObject({ n: 1 })
    }
  })

  it('an expired session that connect-mongo brings back meanwhile is not replaced', async () => {
    const { collection, ours, theirs } = sideBySide(server)
    const store = ours()
    const old = theirs()
    await store.insert(KEY, entryOf(store, sessionText({ n: 1 }), now - 1), call)
    const real = collection.findOne.bind(collection)
    let racing = true
    Object.assign(collection, {
      findOne: async (...args: Parameters<typeof real>) => {
        const found = await real(...args)
        if (racing) {
          racing = false
          await old.set(KEY, theirSession({ n: 2 }))
        }
        return found
      },
    })
    expect(await store.insert(KEY, entryOf(store, sessionText({ n: 3 })), call)).toBe('taken')
    expect(await old.get(KEY)).toMatchObject({ n: 2 })
  })

  it('a deadline that no Date can be is the last or first one', async () => {
    const { collection, ours } = sideBySide(server)
    const store = ours()
    await store.insert(KEY, entryOf(store, sessionText({}), Number.MAX_SAFE_INTEGER), call)
    expect((await store.get(KEY, call))?.expiresAt).toBe(8.64e15)
    expect((await collection.findOne())?.expires).toEqual(new Date(8.64e15))
  })

  it('text that is none is handed on as it is, and what is missing as nothing', async () => {
    const { collection, ours } = sideBySide(server)
    const store = ours()
    const expires = new Date(now + HOUR)
    for (const [session, value] of [
      ['{"cut', '{"cut'],
      ['', ''],
      [null, 'null'],
      [undefined, ''],
    ] as const) {
      await collection.deleteMany({})
      await collection.insertOne({ _id: KEY, ...(session === undefined ? {} : { session }), expires } as never)
      const found = await store.get(KEY, call)
      expect(found).toEqual({ value, expiresAt: Number(expires), revision: store.revisionOf(value) })
      const update = { now, ifRevision: String(found?.revision) }
      expect(await store.update(KEY, entryOf(store, sessionText({})), update)).toEqual({ outcome: 'updated' })
    }
  })

  it('a value that UTF-8 cannot hold is refused, and half a pair that JSON has escaped comes back', async () => {
    const { ours } = sideBySide(server)
    for (const store of [ours(), ours({ crypto: { secret: 'secret' } }), ours({ stringify: false })]) {
      const entry = entryOf(store, '{"a":"\ud800"}')
      await expect(store.insert(KEY, entry, call)).rejects.toMatchObject({ code: 'ERR_SESSION_KEY' })
    }
    const entry = entryOf(ours(), JSON.stringify({ a: '\ud800' }))
    await ours().insert(KEY, entry, call)
    expect(await ours().get(KEY, call)).toEqual(entry)
  })

  it('what is too large is an error before it is sent', async () => {
    const { store, sent } = (() => {
      const { ours } = sideBySide(server)
      return { store: ours(), sent: () => server.gate.counts.get('insert') ?? 0 }
    })()
    const before = sent()
    const entry = entryOf(store, JSON.stringify({ a: 'é'.repeat(8.4e6) }))
    await expect(store.insert(KEY, entry, call)).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE',
      message: expect.stringContaining('16 MiB'),
    })
    expect(sent()).toBe(before)
  })
})
