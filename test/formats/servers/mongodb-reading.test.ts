import { createKrupteinAdapter, createWebCryptoAdapter } from 'connect-mongo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MongodbFormatOptions } from '../../../src/formats/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { sideBySide, type TheirOptions, textOf, theirSession } from './mongodb-open.ts'

const SECRET = 'a secret of the old application'
const KEY = 'AbC_def-0123456789AbC_def-012345'

/** What each side is given, so that it is the same format. */
const FORMATS: Readonly<Record<string, readonly [Omit<MongodbFormatOptions, 'collection'>, TheirOptions]>> = {
  text: [{}, {}],
  'sub-document': [{ stringify: false }, { stringify: false }],
  touchAfter: [{ touchAfter: 3600 }, { touchAfter: 3600 }],
  'touchAfter of a sub-document': [
    { touchAfter: 3600, stringify: false },
    { touchAfter: 3600, stringify: false },
  ],
  timestamps: [{ timestamps: true }, { timestamps: true }],
  'legacy crypto': [{ crypto: { secret: SECRET } }, { crypto: { secret: SECRET } }],
  'legacy crypto of a sub-document': [
    { crypto: { secret: SECRET }, stringify: false },
    { crypto: { secret: SECRET }, stringify: false },
  ],
  'legacy crypto, hex, aes-128-gcm, sha256': [
    { crypto: { secret: SECRET, encodeas: 'hex', algorithm: 'aes-128-gcm', hashing: 'sha256', iv_size: 16 } },
    { crypto: { secret: SECRET, encodeas: 'hex', algorithm: 'aes-128-gcm', hashing: 'sha256', iv_size: 16 } },
  ],
  'legacy crypto, aes-256-cbc': [
    { crypto: { secret: SECRET, algorithm: 'aes-256-cbc' } },
    { crypto: { secret: SECRET, algorithm: 'aes-256-cbc' } },
  ],
  'legacy crypto, aes-192-ocb': [
    { crypto: { secret: SECRET, algorithm: 'aes-192-ocb', hashing: 'sha384' } },
    { crypto: { secret: SECRET, algorithm: 'aes-192-ocb', hashing: 'sha384' } },
  ],
  'legacy crypto, binary, aes-192-ctr': [
    { crypto: { secret: SECRET, algorithm: 'aes-192-ctr', encodeas: 'binary' } },
    { crypto: { secret: SECRET, algorithm: 'aes-192-ctr', encodeas: 'binary' } },
  ],
  'legacy crypto with scrypt': [
    { crypto: { secret: SECRET, use_scrypt: true } },
    { crypto: { secret: SECRET, use_scrypt: true } as { secret: string } },
  ],
  'WebCrypto, its defaults': [
    { webCrypto: { secret: SECRET } },
    { cryptoAdapter: createWebCryptoAdapter({ secret: SECRET }) },
  ],
  'WebCrypto of a sub-document, AES-GCM, base64url': [
    { stringify: false, webCrypto: { secret: SECRET, encoding: 'base64url', iterations: 1000 } },
    {
      stringify: false,
      cryptoAdapter: createWebCryptoAdapter({ secret: SECRET, encoding: 'base64url', iterations: 1000 }),
    },
  ],
  'WebCrypto, AES-CBC, hex, a salt': [
    { webCrypto: { secret: SECRET, algorithm: 'AES-CBC', encoding: 'hex', salt: 'salt', iterations: 1000 } },
    {
      cryptoAdapter: createWebCryptoAdapter({
        ...{ secret: SECRET, algorithm: 'AES-CBC', encoding: 'hex', salt: 'salt', iterations: 1000 },
      }),
    },
  ],
  'WebCrypto, bytes, an IV of 16': [
    {
      webCrypto: {
        ...{ secret: new Uint8Array([1, 2, 3]), salt: new Uint8Array([4, 5]).buffer, ivLength: 16, iterations: 1000 },
      },
    },
    {
      cryptoAdapter: createWebCryptoAdapter({
        ...{ secret: new Uint8Array([1, 2, 3]), salt: new Uint8Array([4, 5]).buffer, ivLength: 16, iterations: 1000 },
      }),
    },
  ],
  "connect-mongo's own adapters": [
    { cryptoAdapter: createKrupteinAdapter({ secret: SECRET }) },
    { crypto: { secret: SECRET } },
  ],
}

const SHAPES: Readonly<Record<string, readonly [object, (number | null)?]>> = {
  nested: [{ user: { id: 42, roles: ['a', 'b'], prefs: { deep: { deeper: [1, 2.5, -3, null, true] } } } }],
  unicode: [{ schlüssel: 'Grüße, 世界 👋 \u2028 "quoted" \\ \n', 世界: { '': 'no name' } }],
  empty: [{}],
  'a session cookie': [{ user: 'bob' }, null],
  'numbers and empty things': [{ big: 9007199254740991, small: 1e-7, neg: -2147483649, none: {}, list: [], text: '' }],
}

describeWith('mongodb', `connect-mongo and the format on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())

  describe.each(Object.entries(FORMATS))('%s', (_, [ourOptions, theirOptions]) => {
    const open = () => {
      const { collection, ours, theirs } = sideBySide(server)
      return { collection, ours: ours(ourOptions), theirs: theirs(theirOptions) }
    }

    it.each(Object.entries(SHAPES))('what connect-mongo wrote is read: %s', async (_, [data, maxAge]) => {
      const { ours, theirs } = open()
      const session = theirSession(data, maxAge)
      const before = Date.now()
      await theirs.set(KEY, session)
      const found = await ours.get(KEY, { now: Date.now() })
      const value = String(found?.value)
      expect(withoutNulls(JSON.parse(value))).toEqual(JSON.parse(textOf(session)))
      expect(found?.revision).toBe(ours.revisionOf(value))
      expect(ours.revisionOf(value), 'the same session has the same revision').toBe(ours.revisionOf(textOf(session)))
      if (session.cookie.expires) expect(found?.expiresAt).toBe(session.cookie.expires.getTime())
      else expect(found?.expiresAt).toBeGreaterThanOrEqual(before + 1_209_600_000)
    })

    it.each(Object.entries(SHAPES))('what the format wrote is read by connect-mongo: %s', async (_, [data, maxAge]) => {
      const { collection, ours, theirs } = open()
      const now = Date.now()
      const session = theirSession(data, maxAge)
      const value = textOf(session)
      const entry = { value, expiresAt: now + 50_000, revision: ours.revisionOf(value) }
      expect(await ours.insert(KEY, entry, { now })).toBe('inserted')
      expect(sameSession(await theirs.get(KEY))).toEqual(JSON.parse(value))
      expect((await collection.findOne())?.expires).toEqual(new Date(now + 50_000))

      const changed = textOf({ ...session, added: { by: 'us' } })
      const next = { value: changed, expiresAt: now + 70_000, revision: ours.revisionOf(changed) }
      expect(await ours.update(KEY, next, { now, ifRevision: entry.revision })).toEqual({ outcome: 'updated' })
      expect(sameSession(await theirs.get(KEY))).toEqual(JSON.parse(changed))
      expect(await ours.get(KEY, { now })).toMatchObject({ expiresAt: now + 70_000, revision: next.revision })
      expect((await collection.findOne())?.expires).toEqual(new Date(now + 70_000))
    })

    it('both write in turn, and each reads the other', async () => {
      const { ours, theirs } = open()
      await theirs.set(KEY, theirSession({ n: 0 }))
      for (let n = 1; n <= 6; n += 2) {
        const now = Date.now()
        const found = await ours.get(KEY, { now })
        const session = JSON.parse(String(found?.value))
        expect(session.n).toBe(n - 1)
        const value = JSON.stringify({ ...session, n })
        const entry = { value, expiresAt: now + 60_000, revision: ours.revisionOf(value) }
        const call = { now, ifRevision: String(found?.revision) }
        expect(await ours.update(KEY, entry, call)).toEqual({ outcome: 'updated' })
        expect(await ours.update(KEY, entry, call)).toMatchObject({
          outcome: 'conflict',
          current: { revision: entry.revision },
        })
        const read = await theirs.get(KEY)
        expect(read?.n).toBe(n)
        await theirs.set(KEY, { ...theirSession({}), n: n + 1 })
      }
      await theirs.destroy(KEY)
      expect(await ours.get(KEY, { now: Date.now() })).toBeUndefined()
    })
  })
})

/** A sub-document has null for what the cookie does not have, and connect-mongo adds lastModified. */
const withoutNulls = (session: { cookie: Record<string, unknown> }) => {
  const { cookie, ...data } = session
  const kept = Object.entries(cookie).filter(
    ([key, value]) => key === 'expires' || key === 'originalMaxAge' || value !== null,
  )
  return { cookie: Object.fromEntries(kept), ...data }
}

const sameSession = (read: object | null) => {
  const { lastModified: _, ...session } = JSON.parse(JSON.stringify(read))
  return withoutNulls(session)
}
