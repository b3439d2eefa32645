import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { createKrupteinAdapter } from 'connect-mongo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MongodbFormatOptions } from '../../../src/formats/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { entryOf, now, sessionText } from '../rules.ts'
import { sideBySide } from './mongodb-open.ts'

const SECRET = 'a secret of the old application'
const KEY = 'AbC_def-0123456789AbC_def-012345'
const HOUR = 3_600_000
const call = { now }
type Options = Omit<MongodbFormatOptions, 'collection'>

const CIPHERS: Readonly<Record<string, (secret: string) => Options>> = {
  legacy: (secret) => ({ crypto: { secret } }),
  'legacy aes-256-cbc': (secret) => ({ crypto: { secret, algorithm: 'aes-256-cbc' } }),
  WebCrypto: (secret) => ({ webCrypto: { secret, iterations: 1000 } }),
}

describeWith('mongodb', `encrypted records of connect-mongo on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())

  describe.each(Object.entries(CIPHERS))('%s', (_, optionsFor) => {
    const text = sessionText({ user: 'canary' })
    const open = async () => {
      const { collection, ours } = sideBySide(server)
      const store = ours(optionsFor(SECRET))
      const entry = entryOf(store, text)
      await store.insert(KEY, entry, call)
      const raw = async () => String((await collection.findOne())?.session)
      return { collection, ours, store, entry, raw }
    }

    it('the same session is another ciphertext each time, of the same revision', async () => {
      const { store, entry, raw } = await open()
      const seen = new Set<string>()
      for (let n = 0; n < 3; n += 1) {
        seen.add(await raw())
        const update = { now, ifRevision: entry.revision }
        expect(await store.update(KEY, entry, update)).toEqual({ outcome: 'updated' })
        expect(await store.touch(KEY, now + HOUR, update)).toBe('touched')
      }
      expect(seen.size).toBe(3)
      expect([...seen].join()).not.toContain('canary')
      expect(await store.get(KEY, call)).toEqual(entry)
    })

    it('a record rewritten meanwhile with the same session is met again, not overwritten', async () => {
      const { collection, store, entry, raw } = await open()
      const first = await raw()
      const real = collection.findOne.bind(collection)
      let racing = true
      Object.assign(collection, {
        findOne: async (...args: Parameters<typeof real>) => {
          const found = await real(...args)
          if (racing) {
            racing = false
            await store.update(KEY, entryOf(store, sessionText({ other: 1 })), { now, ifRevision: entry.revision })
          }
          return found
        },
      })
      const outcome = await store.update(KEY, entry, { now, ifRevision: entry.revision })
      expect(outcome).toMatchObject({ outcome: 'conflict', current: { value: sessionText({ other: 1 }) } })
      expect(await raw()).not.toBe(first)
    })

    it('with another secret, changed, cut or not encrypted: no session, never deleted, and replaceable', async () => {
      const { collection, ours, store, entry, raw } = await open()
      const sealed = await raw()
      expect(await ours(optionsFor('another secret')).get(KEY, call)).toMatchObject({ value: '' })
      const bytes = Buffer.from(sealed, 'base64')
      const legacy = bytes[0] === 0x30
      const forged = [text, '', 'not base64!', JSON.stringify(text), 'MAA=', sealed.slice(0, 40), sealed.slice(0, -40)]
      // The IV of AES-CBC under kruptein is the one part that its HMAC does not cover.
      const authenticated = legacy ? bytes.length - 300 : bytes.length - 5
      for (const at of legacy ? [5, authenticated] : [0, 20, authenticated]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 1
        forged.push(changed.toString('base64'))
      }
      for (const session of [...forged, { user: 'canary' }, null, 7]) {
        await collection.updateOne({ _id: KEY }, { $set: { session } })
        expect(await store.get(KEY, call), JSON.stringify(session)).toEqual({
          value: '',
          expiresAt: entry.expiresAt,
          revision: store.revisionOf(''),
        })
      }
      const update = { now, ifRevision: store.revisionOf('') }
      expect(await store.update(KEY, entry, update)).toEqual({ outcome: 'updated' })
      expect(await store.get(KEY, call)).toEqual(entry)
    })
  })

  it('any adapter of connect-mongo serves, and one that fails is a store that fails', async () => {
    const { ours } = sideBySide(server)
    const kruptein = createKrupteinAdapter({ secret: SECRET })
    const store = ours({ cryptoAdapter: kruptein })
    const entry = entryOf(store, sessionText({ n: 1 }))
    await store.insert(KEY, entry, call)
    expect(await ours({ crypto: { secret: SECRET } }).get(KEY, call)).toEqual(entry)
    const broken = (decrypt: () => Promise<string>) => ours({ cryptoAdapter: { encrypt: decrypt, decrypt } })
    for (const adapter of [
      () => Promise.reject(new Error('the key service is down')),
      () => Promise.resolve(undefined as unknown as string),
    ]) {
      const calls = [
        () => broken(adapter).get(KEY, call),
        () => broken(adapter).insert('new', entry, call),
        () => broken(adapter).update(KEY, entry, { now, ifRevision: entry.revision }),
      ]
      for (const one of calls) await expect(one()).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    }
    expect(await store.get(KEY, call)).toEqual(entry)
  })

  it('a session that kruptein was given as an object, as by older releases, is read by both', async () => {
    const { collection, ours, theirs } = sideBySide(server)
    const session = JSON.parse(sessionText({ user: { id: 7 } }))
    const require = createRequire(createRequire(import.meta.url).resolve('connect-mongo'))
    const kruptein = require('kruptein')({ hashing: 'sha512' })
    const sealed = await promisify(kruptein.set.bind(kruptein))(SECRET, session)
    await collection.insertOne({ _id: KEY, session: sealed, expires: new Date(now + HOUR) })
    for (const stringify of [true, false]) {
      const options = { crypto: { secret: SECRET }, stringify }
      expect(await ours(options).get(KEY, call)).toMatchObject({ value: JSON.stringify(session) })
      expect(await theirs(options).get(KEY)).toEqual(session)
    }
  })

  it('`secret: false` encrypts nothing, as in connect-mongo', async () => {
    const { collection, ours } = sideBySide(server)
    const store = ours({ crypto: { secret: false } })
    await store.insert(KEY, entryOf(store, sessionText({ n: 1 })), call)
    expect((await collection.findOne())?.session).toBe(sessionText({ n: 1 }))
  })
})
