import { setTimeout as pause } from 'node:timers/promises'
import { type Collection, type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { type MongodbStore, mongodbStore } from '../../../src/stores/mongodb.ts'
import type { SeededBug } from '../../seeded/stores/bug.ts'
import { collect, failure, find } from '../../seeded/stores/collector.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh } from './open.ts'

type Sessions = Collection<Document & { _id: string }>

interface Mistake {
  readonly name: string
  readonly breaks: readonly string[]
  readonly make: (sessions: Sessions, sound: MongodbStore) => Partial<Store>
}

const fieldsOf = ({ value, expiresAt, revision, owner }: Parameters<Store['insert']>[1]) => ({
  text: value,
  expiresAt,
  expires: new Date(expiresAt),
  revision,
  ...(owner === undefined ? {} : { owner }),
})

/** Each statement as it is usually written. */
const MISTAKES: readonly Mistake[] = [
  {
    name: 'a save that is an upsert [T214]',
    breaks: ['update > never creates: an unknown key'],
    make: (sessions) => ({
      async update(key, entry) {
        await sessions.replaceOne({ _id: key }, fieldsOf(entry), { upsert: true })
        return { outcome: 'updated' }
      },
    }),
  },
  {
    name: 'a save that reads, compares and writes',
    breaks: ['races in one process > of 50 updates', 'races in one process > 20 writers'],
    make: (sessions, sound) => ({
      async update(key, entry, call) {
        const there = await sound.get(key, call)
        if (!there) return { outcome: 'gone' }
        if (there.revision !== call.ifRevision) return { outcome: 'conflict', current: there }
        await sessions.replaceOne({ _id: key }, fieldsOf(entry))
        return { outcome: 'updated' }
      },
    }),
  },
  {
    name: 'a save without the revision in its filter',
    breaks: ['update > with another revision is a conflict'],
    make: (sessions) => ({
      async update(key, entry, { now }) {
        const { matchedCount } = await sessions.replaceOne({ _id: key, expiresAt: { $gt: now } }, fieldsOf(entry))
        return { outcome: matchedCount ? 'updated' : 'gone' }
      },
    }),
  },
  {
    name: 'a save without the deadline in its filter, as if the TTL index had been there [T225]',
    breaks: ['expiry > update works at T-1'],
    make: (sessions) => ({
      async update(key, entry, { ifRevision }) {
        const { matchedCount } = await sessions.replaceOne({ _id: key, revision: ifRevision }, fieldsOf(entry))
        return { outcome: matchedCount ? 'updated' : 'gone' }
      },
    }),
  },
  {
    name: 'a save by $set that leaves the old owner',
    breaks: ['update > replaces the owner'],
    make: (sessions) => ({
      async update(key, entry, { now, ifRevision }) {
        const filter = { _id: key, revision: ifRevision, expiresAt: { $gt: now } }
        const { matchedCount } = await sessions.updateOne(filter, { $set: fieldsOf(entry) })
        return { outcome: matchedCount ? 'updated' : 'gone' }
      },
    }),
  },
  {
    name: 'a touch that is an upsert',
    breaks: ['touch > never creates: an unknown key'],
    make: (sessions) => ({
      async touch(key, expiresAt) {
        await sessions.updateOne({ _id: key }, { $set: { expiresAt, revision: 'r', text: '' } }, { upsert: true })
        return 'touched' as const
      },
    }),
  },
  {
    name: 'a delete without the revision in its filter',
    breaks: ['delete > with another revision is a conflict'],
    make: (sessions) => ({
      async delete(key, { now }) {
        const { deletedCount } = await sessions.deleteOne({ _id: key, expiresAt: { $gt: now } })
        return deletedCount ? 'deleted' : 'gone'
      },
    }),
  },
  {
    name: 'a delete that takes what has expired for an entry',
    breaks: ['delete > answers "gone" the second time'],
    make: (sessions) => ({
      async delete(key) {
        return (await sessions.deleteOne({ _id: key })).deletedCount ? 'deleted' : 'gone'
      },
    }),
  },
  {
    name: 'an insert that is an upsert',
    breaks: ['insert > never overwrites a live entry'],
    make: (sessions) => ({
      async insert(key, entry) {
        await sessions.replaceOne({ _id: key }, fieldsOf(entry), { upsert: true })
        return 'inserted' as const
      },
    }),
  },
  {
    name: 'an insert that takes every duplicate for a live entry [T226]',
    breaks: ['insert > takes the place of an expired entry'],
    make: (sessions) => ({
      async insert(key, entry) {
        try {
          await sessions.insertOne({ _id: key, ...fieldsOf(entry) })
          return 'inserted'
        } catch {
          return 'taken'
        }
      },
    }),
  },
  {
    name: 'an insert that removes the expired entry first, by its key alone',
    breaks: ['races in one process > of 50 inserts over an expired entry'],
    make: (sessions, sound) => {
      let turns = 0
      return {
        async insert(key, entry, call) {
          if (await sound.get(key, call)) return 'taken'
          turns += 1
          // One after the other, when all have looked: of removals that all come first, nobody would notice anything.
          await pause(300 + 10 * turns)
          await sessions.deleteOne({ _id: key })
          return sound.insert(key, entry, call)
        },
      }
    },
  },
  {
    name: 'a read that relies on the TTL index [T225]',
    breaks: ['expiry > get finds it at T-1'],
    make: (_, sound) => ({ get: (key) => sound.get(key, { now: Number.NEGATIVE_INFINITY }) }),
  },
  {
    name: 'a read that goes by the clock of the server',
    breaks: ["expiry > it is the caller's clock that counts"],
    make: (sessions, sound) => ({
      async get(key) {
        const there = await sessions.findOne({ _id: key, expires: { $gt: new Date() } })
        return there ? sound.get(key, { now: Number.NEGATIVE_INFINITY }) : undefined
      },
    }),
  },
  {
    name: 'a read that passes on whatever it is given as a key [T053]',
    breaks: ['keys > that are not text find nothing'],
    make: (sessions) => ({
      async get(key) {
        const there = await sessions.findOne({ _id: key })
        return there ? { value: there.text, expiresAt: there.expiresAt, revision: there.revision } : undefined
      },
    }),
  },
  {
    name: 'deadlines as dates only',
    breaks: ['expiry > deadlines are kept to the millisecond'],
    make: (_, sound) => ({
      insert: (key, entry, call) =>
        sound.insert(key, { ...entry, expiresAt: Math.min(entry.expiresAt, 4_294_967_295_000) }, call),
    }),
  },
  {
    name: 'values as documents without looking whether they come back',
    breaks: ['values > text comes back exactly: empty'],
    make: (_, sound) => ({
      async insert(key, entry, call) {
        let value = entry.value
        try {
          value = JSON.stringify(JSON.parse(value))
        } catch {}
        return sound.insert(key, { ...entry, value }, call)
      },
    }),
  },
  {
    name: 'lone surrogates as text of UTF-8',
    breaks: ['values > text comes back exactly: lone surrogates'],
    make: (_, sound) => ({
      insert: (key, entry, call) => sound.insert(key, { ...entry, value: Buffer.from(entry.value).toString() }, call),
    }),
  },
  {
    name: 'a listing that looks for the owner without case',
    breaks: ['list by owner > has the entries of exactly this owner'],
    make: (sessions) => ({
      async list({ owner, limit }) {
        const filter = owner === undefined ? {} : { owner: new RegExp(`^${owner}$`, 'i') }
        const found = await sessions.find(filter).limit(limit).toArray()
        return { entries: found.map(({ _id, expiresAt }) => ({ key: _id, expiresAt, owner: owner as string })) }
      },
    }),
  },
  {
    name: 'an end of all sessions that answers what it found and not what it removed',
    breaks: ['deleteOwned > of several callers at once'],
    make: (sessions) => ({
      async deleteOwned({ owner, limit }, { now }) {
        const found = await sessions
          .find({ owner, expiresAt: { $gt: now } })
          .limit(limit)
          .toArray()
        const keys = found.map(({ _id }) => _id)
        await sessions.deleteMany({ _id: { $in: keys }, owner })
        return keys
      },
    }),
  },
  {
    name: 'an end of all sessions that does not ask again whose they are',
    breaks: ['deleteOwned > when it races updates'],
    make: (sessions) => ({
      async deleteOwned({ owner, limit }, { now }) {
        const found = await sessions
          .find({ owner, expiresAt: { $gt: now } })
          .limit(limit)
          .toArray()
        const keys = found.map(({ _id }) => _id)
        await sessions.deleteMany({ _id: { $in: keys } })
        return keys
      },
    }),
  },
  {
    name: 'a sweep that removes by key what had expired when it looked [T237]',
    breaks: ['sweep > does not remove the new entry'],
    make: (sessions) => ({
      async sweep(limit, { now }) {
        const found = await sessions
          .find({ expiresAt: { $lte: now } })
          .limit(limit)
          .toArray()
        // As long as a sweep of many takes to get from one to the other.
        for (let n = 0; n < 3; n += 1) await sessions.countDocuments({})
        const { deletedCount } = await sessions.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } })
        return { removed: deletedCount, more: found.length === limit }
      },
    }),
  },
]

describeWith('mongodb', `on ${mongodbProduct()} the store suite finds each statement as it is usually written`, () => {
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

  const seeded = ({ name, breaks, make }: Mistake): SeededBug => ({
    name,
    breaks,
    open: () => {
      const database = client.db(fresh())
      const sound = mongodbStore(database)
      const sessions: Sessions = database.collection('holdfast_sessions')
      return { store: { ...sound, ...make(sessions, sound) }, close: () => database.dropDatabase() }
    },
    suite: { weaknesses: ['volatile', 'single-process'] },
  })

  for (const mistake of MISTAKES) {
    const rules = mistake.breaks
    it(`${mistake.name}: found by ${rules.join('; ')}`, async () => {
      const bug = seeded(mistake)
      for (const name of rules) expect(await failure(find(collect(bug), name)), name).toBeInstanceOf(Error)
    })
  }

  it('and none of these rules fails on the store as it is', async () => {
    const sound = seeded({ name: 'sound', breaks: [], make: () => ({}) })
    const names = new Set(MISTAKES.flatMap(({ breaks }) => breaks))
    for (const name of names) expect(await failure(find(collect(sound), name)), name).toBeUndefined()
  })
})
