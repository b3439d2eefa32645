import { MongoClient } from 'mongodb'
import mongoose from 'mongoose'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import type { StoreEntry } from '../../../src/core/store.ts'
import { type MongodbStore, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { BOUNDED } from './open.ts'

const now = Date.now()
const call = { now }
const entry = (revision: string, over: Partial<StoreEntry> = {}): StoreEntry => ({
  value: `"value of ${revision}"`,
  expiresAt: now + 60_000,
  revision,
  owner: 'u1',
  ...over,
})

const failureOf = async (act: PromiseLike<unknown>) => {
  const error = await act.then(
    () => expect.unreachable('the call was expected to fail'),
    (failure: unknown) => failure,
  )
  expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
  return error as Error & { retryable: boolean; help?: string }
}

/** All methods, none of which may answer while there is no server. */
const calls = (store: MongodbStore) =>
  Object.entries({
    get: () => store.get('key', call),
    insert: () => store.insert('new', entry('r2'), call),
    update: () => store.update('key', entry('r2'), { now, ifRevision: 'r1' }),
    touch: () => store.touch('key', now + 5, { now, ifRevision: 'r1' }),
    delete: () => store.delete('key', call),
    list: () => store.list({ limit: 10 }, call),
    count: () => store.count({}, call),
    deleteOwned: () => store.deleteOwned({ owner: 'u1', limit: 10 }, call),
    sweep: () => store.sweep(10, call),
    ping: () => store.ping(call),
  })

describeWith('mongodb', `faults under the mongodb store, on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let client: MongoClient
  let store: MongodbStore
  beforeEach(async () => {
    server = await mongodbServer({ smallDisk: process.getuid?.() === 0 })
    await server.start()
    client = new MongoClient(server.url, BOUNDED)
    store = mongodbStore(client)
    await store.ready()
    await store.insert('key', entry('r1'), call)
  })
  afterEach(async () => {
    await client.close()
    await server.close()
  })

  /** All of them at once, as requests come. */
  const allFail = async () => {
    await Promise.all(
      calls(store).map(async ([name, act]) => {
        const error = await failureOf(act())
        expect(error.retryable, `${name}: ${error.message} ${error.cause}`).toBe(true)
      }),
    )
  }
  const worksAgain = async () => {
    expect(await store.get('key', call)).toEqual(entry('r1'))
    expect(await store.update('key', entry('r9'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    expect(await store.delete('key', call)).toBe('deleted')
  }

  it.each(['stop', 'kill'] as const)(
    '%s: every call fails, and the same store works when the server is back',
    async (how) => {
      await server[how]()
      await allFail()
      await server.start()
      await worksAgain()
    },
  )

  it('killed under load: what was acknowledged is there, what failed is there or not, nothing is half there', async () => {
    const inserted: string[] = []
    const unknown: string[] = []
    const write = async (writer: number) => {
      for (let n = 0; n < 400; n += 1) {
        const key = `w${writer}-${n}`
        try {
          if ((await store.insert(key, entry(key), call)) === 'inserted') inserted.push(key)
        } catch {
          unknown.push(key)
          return
        }
        if (inserted.length === 40) await server.kill()
      }
    }
    await Promise.all([0, 1, 2, 3].map(write))
    expect(unknown.length).toBeGreaterThan(0)
    await server.start()
    for (const key of inserted) expect(await store.get(key, call), key).toEqual(entry(key))
    for (const key of unknown) expect([undefined, key]).toContain((await store.get(key, call))?.revision)
  })

  it('paused: calls fail at socketTimeoutMS, and the same store works when it goes on', async () => {
    server.pause()
    await allFail()
    server.resume()
    // What was on its way may have been done meanwhile. Whatever it is, it is whole.
    const there = await store.get('key', call)
    if (there) expect(['r1', 'r2']).toContain(there.revision)
    // And it may be done at any moment from now on, also between these.
    await vi.waitFor(
      async () => {
        await store.delete('key', call)
        expect(await store.insert('key', entry('r1'), call)).toBe('inserted')
        await worksAgain()
      },
      { timeout: 10_000 },
    )
  })

  it('restarted without data: sessions are gone, nothing comes back, and new ones can be made [T217]', async () => {
    await server.empty()
    expect(await store.get('key', call)).toBeUndefined()
    expect(await store.update('key', entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'gone' })
    expect(await store.touch('key', now + 5, { now, ifRevision: 'r1' })).toBe('gone')
    expect(await store.delete('key', call)).toBe('gone')
    expect(await store.insert('key', entry('r1'), call)).toBe('inserted')
    await worksAgain()
    await store.ready()
    expect(await client.db().collection('holdfast_sessions').indexes()).toHaveLength(3)
  })

  it.runIf(process.getuid?.() === 0)(
    'full disk: writes fail, reads work, nothing is half written, room ends it',
    async () => {
      const big = 'x'.repeat(200_000)
      await server.fill()
      const failed: string[] = []
      for (let n = 0; n < 20; n += 1) {
        const key = `big-${n}`
        await store.insert(key, entry(key, { value: big }), call).catch(() => failed.push(key))
      }
      expect(failed.length).toBeGreaterThan(10)
      const error = await failureOf(
        store.update('key', entry('r2', { value: big.repeat(5) }), { now, ifRevision: 'r1' }),
      )
      expect(error.message).not.toContain('xxx')
      expect(await store.get('key', call)).toEqual(entry('r1'))
      for (const key of failed) expect(await store.get(key, call)).toBeUndefined()
      await server.unfill()
      for (const key of failed) expect(await store.insert(key, entry(key, { value: big }), call)).toBe('inserted')
      await worksAgain()
    },
  )

  it('not the primary any more: writes fail, reads work, and it is over when it is over [T222]', async () => {
    await server.readOnly(true)
    expect((await failureOf(store.update('key', entry('r2'), { now, ifRevision: 'r1' }))).retryable).toBe(true)
    expect(await store.get('key', call)).toEqual(entry('r1'))
    expect((await failureOf(store.delete('key', call))).message).toContain('NotWritablePrimary')
    await server.readOnly(false)
    await worksAgain()
  })

  it('all connections in use: calls fail at waitQueueTimeoutMS and name the setting', async () => {
    const small = new MongoClient(server.url, { ...BOUNDED, maxPoolSize: 2, waitQueueTimeoutMS: 300 })
    onTestFinished(() => small.close())
    const narrow = mongodbStore(small)
    await Promise.all([narrow.get('key', call), narrow.get('key', call)])
    server.pause()
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => narrow.get('key', call)))
    const reasons = answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason) : 'an answer'))
    expect(reasons.filter((reason) => reason.includes('maxPoolSize')).length).toBeGreaterThanOrEqual(4)
    expect(reasons).not.toContain('an answer')
    server.resume()
    expect(await narrow.get('key', call)).toEqual(entry('r1'))
  })

  it('a server that is not there when the application starts: ready fails, and works later [T181]', async () => {
    await server.stop()
    const early = new MongoClient(server.url, BOUNDED)
    onTestFinished(() => early.close())
    const connection = mongoose.createConnection(server.url, { serverSelectionTimeoutMS: 500 })
    connection.on('error', () => undefined)
    onTestFinished(() => connection.close())
    const sessions = early.db().collection('holdfast_sessions')
    const stores = [early, early.db(), sessions, connection].map((given) => mongodbStore(given))
    for (let n = 0; n < 2; n += 1) {
      for (const one of stores) {
        const error = await failureOf(one.ready())
        expect(error.retryable).toBe(true)
        expect(error.message).toMatch(/no server could be reached|connection was cut/)
      }
    }
    await server.start()
    for (const one of stores.slice(0, 3)) {
      await one.ready()
      expect(await one.get('key', call)).toEqual(entry('r1'))
    }
    // Mongoose does not try again by itself.
    await connection.openUri(server.url)
    expect(await stores[3]!.get('key', call)).toEqual(entry('r1'))
  })

  it('a client that the application has closed stays closed: calls say so, and nothing is opened', async () => {
    await client.close()
    for (const [name, act] of calls(store)) {
      const error = await failureOf(act())
      expect(error, name).toMatchObject({ retryable: false, message: expect.stringContaining('its client is closed') })
    }
    server.gate.counts.clear()
    await failureOf(store.ready())
    expect(server.gate.counts.size).toBe(0)
  })
})

describeWith('mongodb', `logins before the mongodb store, on ${mongodbProduct()}`, () => {
  it.skipIf(mongodbProduct() === 'MongoDB')(
    'a wrong or missing password is one clear error without the password [T180]',
    async () => {
      const user = { name: 'app', password: 'canary:right/pw' }
      const server = await mongodbServer({ user })
      onTestFinished(() => server.close())
      await server.start()
      const tryWith = async (url: string) => {
        const client = new MongoClient(url, BOUNDED)
        onTestFinished(() => client.close())
        const store = mongodbStore(client)
        const outcome = await store.ready().then(
          () => 'ready',
          (error: unknown) => error,
        )
        return outcome as Error & { help: string; retryable: boolean }
      }
      expect(await tryWith(server.url)).toBe('ready')
      const wrong = await tryWith(server.url.replace(/right/, 'wrong'))
      expect(wrong).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: false })
      expect(wrong.message).toMatch(/refused the login \(AuthenticationFailed\).*authSource/)
      const missing = await tryWith(server.url.replace(/\/\/.*@/, '//').replace(/\?.*/, ''))
      expect(missing).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: false })
      for (const { message, help, stack } of [wrong, missing])
        expect(`${message}${help}${stack}`).not.toContain('canary')
    },
  )
})
