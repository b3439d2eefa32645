import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { StoreEntry } from '../../../src/core/store.ts'
import { type MongodbStore, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import type { Command } from '../../servers/mongodb-gate.ts'
import { BOUNDED, fresh } from './open.ts'

const now = Date.now()
const call = { now }
const CANARY = 'mongodb://app:canary-pw@db.internal:27017/?key=canary'
const entry = (revision: string, over: Partial<StoreEntry> = {}): StoreEntry => ({
  value: `"canary ${revision}"`,
  expiresAt: now + 60_000,
  revision,
  owner: 'canary-owner',
  ...over,
})

const failureOf = async (act: PromiseLike<unknown>) => {
  const error = await act.then(
    () => expect.unreachable('the call was expected to fail'),
    (failure: unknown) => failure,
  )
  expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
  const { message, stack, help, cause } = error as Error & { help?: string }
  expect(`${message}${stack}${help}${JSON.stringify(error)}`).not.toContain('canary')
  expect(Object.keys(error as object)).not.toContain('cause')
  expect(cause, 'whoever needs the text of the server finds it here').toBeInstanceOf(Error)
  return error as Error & { retryable: boolean }
}

/** Errors of the server itself, real ones are rare: the gate answers in its place, the driver is the real one. */
describeWith('mongodb', `errors of the server, before the mongodb store on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let client: MongoClient
  let store: MongodbStore
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())
  const begin = async () => {
    client = new MongoClient(server.url, { ...BOUNDED, socketTimeoutMS: 5000, serverSelectionTimeoutMS: 3000 })
    store = mongodbStore(client.db(fresh()))
    await store.ready()
    await store.insert('key', entry('r1'), call)
    await store.insert('second', entry('s1'), call)
  }
  beforeEach(begin)
  afterEach(async () => {
    server.gate.meddle = undefined
    server.gate.hello = undefined
    await client.close()
  })

  const answering = (names: readonly string[], answer: Command) => {
    server.gate.meddle = (_, name) => (names.includes(name) ? { instead: answer } : undefined)
  }
  const writes = [
    () => store.insert('new', entry('r2'), call),
    () => store.update('key', entry('r2'), { now, ifRevision: 'r1' }),
    () => store.touch('key', now + 5, { now, ifRevision: 'r1' }),
    () => store.delete('key', call),
    () => store.delete('key', { now, ifRevision: 'r1' }),
    () => store.deleteOwned({ owner: 'canary-owner', limit: 10 }, call),
  ]
  const WRITES = ['insert', 'update', 'delete']

  it.each([
    [10107, 'NotWritablePrimary', true, 'not the primary'],
    [189, 'PrimarySteppedDown', true, 'not the primary'],
    [91, 'ShutdownInProgress', true, 'shuts down'],
    [11600, 'InterruptedAtShutdown', true, 'shuts down'],
    [13, 'Unauthorized', false, 'may not do that'],
    [50, 'MaxTimeMSExpired', true, 'too long'],
    [14031, 'OutOfDiskSpace', false, 'full'],
    [112, 'WriteConflict', true, 'another write'],
    [10334, 'BSONObjectTooLarge', false, '16 MiB'],
    [121, 'DocumentValidationFailure', false, 'validator'],
    [1, 'InternalError', false, 'code 1'],
    [99_999, 'Canary', false, 'code 99999'],
  ])(
    'T222 %i %s ends every write in a coded error that says nothing of the server',
    async (code, codeName, retryable, words) => {
      answering(WRITES, { ok: 0, code, codeName, errmsg: CANARY })
      for (const write of writes) {
        const error = await failureOf(write())
        expect(error.message).toContain(words)
        expect(error.retryable).toBe(retryable)
      }
      server.gate.meddle = undefined
      expect(await store.get('key', call), 'nothing was written').toEqual(entry('r1'))
      expect(await store.update('key', entry('r3'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    },
  )

  it.each([112, 14031, 10334])('T222 %i of one document is an error, too', async (code) => {
    answering(WRITES, { ok: 1, n: 0, writeErrors: [{ index: 0, code, errmsg: CANARY }] })
    for (const write of writes) await failureOf(write())
  })

  it('T222 reads fail with what the server says, and never with "no session"', async () => {
    for (const [code, retryable] of [
      [13, false],
      [13_436, true],
      [11_600, true],
      [50, true],
    ] as const) {
      answering(['find', 'aggregate'], { ok: 0, code, codeName: 'canary', errmsg: CANARY })
      const reads = [
        () => store.get('key', call),
        () => store.list({ limit: 10 }, call),
        () => store.count({}, call),
        () => store.sweep(10, call),
        () => store.ping(call),
        () => mongodbStore(client.db(fresh())).ready(),
      ]
      for (const read of reads) expect((await failureOf(read())).retryable, `${code} ${read}`).toBe(retryable)
    }
  })

  it('T222 a failed second read is a failure of the write, not an outcome', async () => {
    answering(['find'], { ok: 0, code: 11_600, errmsg: CANARY })
    await failureOf(store.update('key', entry('r2'), { now, ifRevision: 'other' }))
    await failureOf(store.touch('key', now, { now, ifRevision: 'other' }))
    await failureOf(store.delete('key', { now, ifRevision: 'other' }))
    await failureOf(store.insert('key', entry('r2'), call))
  })

  it('T222 a write that too few members have acknowledged is not a success, though it may stay', async () => {
    const writeConcernError = { code: 64, codeName: 'WriteConcernTimeout', errmsg: CANARY }
    const meddle = () => {
      server.gate.meddle = (_, name) => (WRITES.includes(name) ? { add: { writeConcernError } } : undefined)
    }
    const attempts = [
      () => store.insert('new', entry('r2'), call),
      () => store.update('key', entry('r2'), { now, ifRevision: 'r1' }),
      () => store.touch('key', now + 5, { now, ifRevision: 'r2' }),
      () => store.deleteOwned({ owner: 'canary-owner', limit: 1 }, call),
      () => store.delete('second', call),
    ]
    for (const attempt of attempts) {
      meddle()
      const error = await failureOf(attempt())
      expect(error.message, String(attempt)).toMatch(/WriteConcernTimeout\). Whether it stays is unknown/)
      expect(error.retryable).toBe(true)
    }
    server.gate.meddle = undefined
    expect((await store.get('second', call))?.revision, 'this server has it').toBeUndefined()
  })

  it('T226 a duplicate that is not of the key is a failure, and not "taken" for ever', async () => {
    answering(['insert'], { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11_000, errmsg: CANARY }] })
    const error = await store.insert('new', entry('r2'), call).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', retryable: true })
    expect(String(error)).toContain('kept changing')
    expect(await store.insert('key', entry('r2'), call)).toBe('taken')
  })

  it.each(['cut before', 'cut after'] as const)(
    'a connection that is %s the server answers: an error, never a success',
    async (how) => {
      const attempts = [
        () => store.insert('new', entry('r2'), call),
        () => store.update('key', entry('r2'), { now, ifRevision: 'r1' }),
        () => store.touch('second', now + 5, { now, ifRevision: 's1' }),
        () => store.delete('second', call),
      ]
      for (const attempt of attempts) {
        server.gate.meddle = (_, name) => (WRITES.includes(name) ? how : undefined)
        const error = await failureOf(attempt())
        expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('unknown') })
      }
      server.gate.meddle = undefined
      const written = how === 'cut after'
      expect(await store.get('new', call)).toEqual(written ? entry('r2') : undefined)
      expect((await store.get('key', call))?.revision).toBe(written ? 'r2' : 'r1')
      expect((await store.get('second', call)) === undefined).toBe(written)
    },
  )

  it('an error of the socket itself, which driver 7.9 lets through now and then, is retryable like any other cut', async () => {
    for (const [code, syscall, words] of [
      ['ECONNRESET', 'write', 'connection was cut (ECONNRESET)'],
      ['EPIPE', 'write', 'connection was cut (EPIPE)'],
      ['ENOTFOUND', 'querySrv', 'no server could be reached (ENOTFOUND)'],
    ] as const) {
      const broken = Object.assign(client.db(fresh()).collection('x'), {
        findOne: () => Promise.reject(Object.assign(new Error(CANARY), { code, syscall, hostname: 'canary' })),
      })
      const error = await failureOf(mongodbStore(broken).get('key', call))
      expect(error).toMatchObject({ retryable: true, message: expect.stringContaining(words) })
    }
  })

  /** To the driver, the server is the primary of a set of one. */
  const asReplicaSet = async () => {
    const me = `127.0.0.1:${server.gate.port}`
    server.gate.hello = {
      setName: 'set',
      setVersion: 1,
      hosts: [me],
      me,
      primary: me,
      isWritablePrimary: true,
      secondary: false,
    }
    await client.close()
    await begin()
  }

  it('T222 in a set the driver tries a write once more when the primary changes: one stumble is not seen, two are', async () => {
    await asReplicaSet()
    const notPrimary = {
      ok: 0,
      code: 10_107,
      codeName: 'NotWritablePrimary',
      errmsg: CANARY,
      errorLabels: ['RetryableWriteError'],
    }
    let left = 1
    server.gate.meddle = (_, name) => {
      if (!WRITES.includes(name) || left === 0) return undefined
      left -= 1
      return { instead: notPrimary }
    }
    expect(await store.update('key', entry('r2'), { now, ifRevision: 'r1' })).toEqual({ outcome: 'updated' })
    left = 1
    expect(await store.insert('new', entry('n1'), call)).toBe('inserted')
    left = 1
    expect(await store.delete('new', call)).toBe('deleted')
    left = 2
    expect((await failureOf(store.touch('key', now + 5, { now, ifRevision: 'r2' }))).retryable).toBe(true)
    left = 0
    expect(await store.touch('key', now + 5, { now, ifRevision: 'r2' })).toBe('touched')
  })

  it('T210 another member may answer get, list and count; what decides about a write is asked of the primary', async () => {
    await asReplicaSet()
    const lagging = mongodbStore(client.db(fresh()), { readPreference: 'secondaryPreferred' })
    await lagging.ready()
    await lagging.insert('key', entry('r1'), call)
    const asked = async (act: () => PromiseLike<unknown>) => {
      const modes: unknown[] = []
      server.gate.meddle = ({ $readPreference }, name) => {
        const { mode } = ($readPreference ?? { mode: 'primary' }) as { readonly mode: string }
        if (name === 'find' || name === 'aggregate') modes.push(mode)
        return undefined
      }
      await act()
      return modes
    }
    expect(await asked(() => lagging.get('key', call))).toEqual(['secondaryPreferred'])
    expect(await asked(() => lagging.list({ limit: 10 }, call))).toEqual(['secondaryPreferred'])
    expect(await asked(() => lagging.count({}, call))).toEqual(['secondaryPreferred'])
    const other = { now, ifRevision: 'other' }
    expect(await asked(() => lagging.update('key', entry('r2'), other))).toEqual(['primary'])
    expect(await asked(() => lagging.touch('key', now, other))).toEqual(['primary'])
    expect(await asked(() => lagging.delete('key', other))).toEqual(['primary'])
    expect(await asked(() => lagging.insert('key', entry('r2'), call))).toEqual(['primary'])
    expect(await asked(() => lagging.sweep(10, call))).toEqual(['primary'])
    expect(await asked(() => lagging.deleteOwned({ owner: 'canary-owner', limit: 10 }, call))).toEqual(['primary'])
  })

  it('T222 an acknowledgement that was lost: the update succeeds, or meets its own revision', async () => {
    await asReplicaSet()
    let cuts = 1
    server.gate.meddle = (_, name) => {
      if (name !== 'update' || cuts === 0) return undefined
      cuts -= 1
      return 'cut after'
    }
    const answer = await store.update('key', entry('r2'), { now, ifRevision: 'r1' })
    // MongoDB knows the retry by its number. FerretDB does not.
    if (answer.outcome !== 'updated') expect(answer).toEqual({ outcome: 'conflict', current: entry('r2') })
    expect(await store.get('key', call)).toEqual(entry('r2'))
  })
})
