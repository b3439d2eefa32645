import { type Collection, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StoreEntry } from '../../../src/core/store.ts'
import { type MongodbCollection, type MongodbStore, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh, PATIENT } from './open.ts'

const now = Date.now()
const call = { now }
const entry = (revision: string, over: Partial<StoreEntry> = {}): StoreEntry => ({
  value: `"${revision}"`,
  expiresAt: now + 60_000,
  revision,
  ...over,
})

const KINDS: Readonly<Record<string, 'read' | 'write'>> = {
  findOne: 'read',
  replaceOne: 'write',
  updateOne: 'write',
  deleteOne: 'write',
}

type Hook = (() => PromiseLike<unknown>) | undefined

describeWith(
  'mongodb',
  `between a write that met nothing and the read that explains it, on ${mongodbProduct()}`,
  () => {
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

    /** A store, another one on the same collection, and what happens before each read or write of the first one. */
    const open = () => {
      const collection: Collection = client.db(fresh()).collection('sessions')
      const before: { read: Hook; write: Hook } = { read: undefined, write: undefined }
      const hooked = new Proxy(collection, {
        get(target, name) {
          const member = Reflect.get(target, name, target)
          if (typeof member !== 'function') return member
          const kind = KINDS[String(name)]
          if (!kind) return member.bind(target)
          return async (...args: unknown[]) => {
            await before[kind]?.()
            return member.apply(target, args)
          }
        },
      }) as unknown as MongodbCollection
      return { store: mongodbStore(hooked), other: mongodbStore(collection), before }
    }

    const conditional: readonly (readonly [
      string,
      (store: MongodbStore, ifRevision: string) => PromiseLike<unknown>,
    ])[] = [
      ['update', async (store, ifRevision) => (await store.update('key', entry('r9'), { now, ifRevision })).outcome],
      ['touch', (store, ifRevision) => store.touch('key', now + 5, { now, ifRevision })],
      ['delete', (store, ifRevision) => store.delete('key', { now, ifRevision })],
    ]
    const DONE = /^(updated|touched|deleted)$/

    it.each(conditional)('%s: the entry is deleted meanwhile: gone', async (_, act) => {
      const { store, other, before } = open()
      await other.insert('key', entry('r2'), call)
      before.read = () => other.delete('key', call)
      expect(await act(store, 'r1')).toBe('gone')
    })

    it.each(conditional)(
      '%s: an entry comes back with that revision meanwhile: it is done after all',
      async (_, act) => {
        const { store, other, before } = open()
        await other.insert('key', entry('r2'), call)
        before.read = async () => {
          before.read = undefined
          await other.update('key', entry('r1'), { now, ifRevision: 'r2' })
        }
        expect(await act(store, 'r1')).toMatch(DONE)
      },
    )

    it.each(conditional)(
      '%s: somebody whose clock is behind prolongs it meanwhile: it is done after all',
      async (_, act) => {
        const { store, other, before } = open()
        await other.insert('key', entry('r1', { expiresAt: now }), { now: now - 10 })
        before.read = async () => {
          before.read = undefined
          await other.touch('key', now + 60_000, { now: now - 10, ifRevision: 'r1' })
        }
        expect(await act(store, 'r1')).toMatch(DONE)
      },
    )

    it.each(conditional)(
      '%s: it changes again and again: a retryable error after a bounded number of attempts',
      async (_, act) => {
        const { store, other, before } = open()
        await other.insert('key', entry('r2'), call)
        let reads = 0
        before.read = async () => {
          reads += 1
          await other.delete('key', call)
          await other.insert('key', entry('r1'), call)
        }
        before.write = () => other.update('key', entry('r2'), { now, ifRevision: 'r1' })
        await expect(act(store, 'r1')).rejects.toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
        expect(reads).toBe(10)
      },
    )

    it('update: the conflict is with what is there at the time of the read', async () => {
      const { store, other, before } = open()
      await other.insert('key', entry('r2'), call)
      before.read = () => other.update('key', entry('r3', { owner: 'u1' }), { now, ifRevision: 'r2' })
      const answer = await store.update('key', entry('r9'), { now, ifRevision: 'r1' })
      expect(answer).toEqual({ outcome: 'conflict', current: entry('r3', { owner: 'u1' }) })
    })

    it('insert: the entry that was in the way is deleted meanwhile: inserted', async () => {
      const { store, other, before } = open()
      await other.insert('key', entry('r1'), call)
      before.read = async () => {
        before.read = undefined
        await other.delete('key', call)
      }
      expect(await store.insert('key', entry('r2'), call)).toBe('inserted')
      expect(await other.get('key', call)).toEqual(entry('r2'))
    })

    it('insert: somebody else takes the place of the expired entry meanwhile: taken, and theirs stays', async () => {
      const { store, other, before } = open()
      await other.insert('key', entry('r1', { expiresAt: now }), { now: now - 1 })
      before.write = async () => {
        before.write = undefined
        await other.insert('key', entry('theirs'), call)
      }
      expect(await store.insert('key', entry('mine'), call)).toBe('taken')
      expect(await other.get('key', call)).toEqual(entry('theirs'))
    })

    it('deleteOwned: what somebody else ended or got meanwhile is not in the answer, and a sweep takes nothing from it', async () => {
      const collection: Collection = client.db(fresh()).collection('sessions')
      const other = mongodbStore(collection)
      for (const key of ['a', 'b', 'c', 'd']) await other.insert(key, entry(key, { owner: 'u1' }), call)
      const hooked = new Proxy(collection, {
        get(target, name) {
          const member = Reflect.get(target, name, target)
          if (typeof member !== 'function') return member
          if (name !== 'updateMany') return member.bind(target)
          return async (...args: unknown[]) => {
            await other.delete('a', call)
            await other.update('b', entry('b2', { owner: 'u2' }), { now, ifRevision: 'b' })
            const answer = await member.apply(target, args)
            expect(await other.sweep(10, call), 'marked entries wait for whoever marked them').toMatchObject({
              removed: 0,
            })
            return answer
          }
        },
      }) as unknown as MongodbCollection
      expect([...(await mongodbStore(hooked).deleteOwned({ owner: 'u1', limit: 10 }, call))].sort()).toEqual(['c', 'd'])
      expect(await other.get('b', call)).toEqual(entry('b2', { owner: 'u2' }))
      expect(await collection.countDocuments()).toBe(1)
    })
  },
)
