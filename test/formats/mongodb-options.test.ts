import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { MongoClient } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { SessionOptionError } from '../../src/core/errors.ts'
import { fromDer, toDer } from '../../src/formats/mongodb/der.ts'
import { type MongodbFormatOptions, mongodbFormat } from '../../src/formats/mongodb.ts'

// Never connected.
const collection = new MongoClient('mongodb://127.0.0.1:1').db('x').collection('sessions')
const secret = 'secret'

const WRONG: Readonly<Record<string, readonly [string, object]>> = {
  'no collection': ['collection', { collection: undefined }],
  'a client': ['collection', { collection: new MongoClient('mongodb://127.0.0.1:1') }],
  'an unknown option': ['prefix', { prefix: 'x' }],
  'stringify as text': ['stringify', { stringify: 'false' }],
  'ttl 0': ['ttl', { ttl: 0 }],
  'ttl as text': ['ttl', { ttl: '5' }],
  'touchAfter below 0': ['touchAfter', { touchAfter: -1 }],
  'touchAfter as a Date': ['touchAfter', { touchAfter: new Date() }],
  'timestamps 1': ['timestamps', { timestamps: 1 }],
  'createIndex as text': ['createIndex', { createIndex: 'native' }],
  'transformId as text': ['transformId', { transformId: 'x' }],
  'no write concern': ['writeConcern', { writeConcern: { w: 0 } }],
  'two encryptions': ['webCrypto', { crypto: { secret }, webCrypto: { secret } }],
  'two others': ['cryptoAdapter', { crypto: { secret: false }, cryptoAdapter: {} }],
  'crypto without secret': ['crypto.secret', { crypto: {} }],
  'an empty secret': ['crypto.secret', { crypto: { secret: '' } }],
  'crypto as text': ['crypto', { crypto: 'x' }],
  'crypto with something else': ['cypher', { crypto: { secret, cypher: 'x' } }],
  'a mode that kruptein refuses': ['crypto.algorithm', { crypto: { secret, algorithm: 'aes-256-ecb' } }],
  'a mode whose sizes kruptein has wrong': ['crypto.algorithm', { crypto: { secret, algorithm: 'chacha20-poly1305' } }],
  'capitals, which kruptein takes for another mode': [
    'crypto.algorithm',
    { crypto: { secret, algorithm: 'AES-256-GCM' } },
  ],
  'an unknown hash': ['crypto.hashing', { crypto: { secret, hashing: 'crc' } }],
  'an unknown encoding': ['crypto.encodeas', { crypto: { secret, encodeas: 'utf8' } }],
  'scrypt as text': ['crypto.use_scrypt', { crypto: { secret, use_scrypt: 'no' } }],
  'webCrypto without secret': ['webCrypto.secret', { webCrypto: {} }],
  'webCrypto as null': ['webCrypto', { webCrypto: null }],
  'an empty secret of bytes': ['webCrypto.secret', { webCrypto: { secret: new Uint8Array() } }],
  'a salt of 7': ['webCrypto.salt', { webCrypto: { secret, salt: 7 } }],
  'AES-KW': ['webCrypto.algorithm', { webCrypto: { secret, algorithm: 'AES-KW' } }],
  ascii85: ['webCrypto.encoding', { webCrypto: { secret, encoding: 'ascii85' } }],
  'no iterations': ['webCrypto.iterations', { webCrypto: { secret, iterations: 0 } }],
  'an IV of 12 for CBC': ['webCrypto.ivLength', { webCrypto: { secret, algorithm: 'AES-CBC', ivLength: 12 } }],
  'an adapter without methods': ['cryptoAdapter', { cryptoAdapter: {} }],
}

describe('options of the mongodb format', () => {
  it.each(Object.entries(WRONG))('%s is refused, by its name and without its value', (_, [option, given]) => {
    const make = () => mongodbFormat({ collection, ...given } as MongodbFormatOptions)
    expect(make).toThrow(SessionOptionError)
    expect(make).toThrow(expect.objectContaining({ option }))
  })

  it('no options are refused', () => {
    for (const none of [undefined, null, 'x'] as unknown as MongodbFormatOptions[]) {
      expect(() => mongodbFormat(none)).toThrow(SessionOptionError)
    }
  })

  it('nothing is opened by making it', () => {
    const store = mongodbFormat({ collection, stringify: false, ttl: 5, touchAfter: 0.5, webCrypto: { secret } })
    expect(store).toMatchObject({ name: 'mongodb' })
  })
})

interface Sequence {
  seq(): { obj(...parts: unknown[]): void }
  key(name: string): { octstr(): unknown }
}
type Define = (name: string, body: (this: Sequence) => void) => { encode(parts: Record<string, Buffer>): Buffer }

/** What is found from the place where another package is. */
const requireFrom = (...packages: readonly string[]) =>
  packages.reduce((from, name) => createRequire(from.resolve(name)), createRequire(import.meta.url))

describe('DER', () => {
  const NAMES = ['ct', 'hmac', 'iv', 'salt', 'at', 'aad']
  const { define } = requireFrom('connect-mongo', 'kruptein')('asn1.js') as { define: Define }
  const schema = define('schema', function () {
    this.seq().obj(...NAMES.map((name) => this.key(name).octstr()))
  })

  it.each([0, 1, 100, 127, 128, 255, 256, 65_535, 65_536, 20_000_000])(
    'parts of %i bytes, as asn1.js has them',
    (size) => {
      const parts = [randomBytes(size), ...NAMES.slice(1).map((_, index) => randomBytes(index * 64))]
      const encoded = schema.encode(Object.fromEntries(NAMES.map((name, index) => [name, parts[index] as Buffer])))
      expect(toDer(parts).equals(encoded)).toBe(true)
      expect(fromDer(encoded)?.every((part, index) => part.equals(parts[index] as Buffer))).toBe(true)
    },
  )

  it('anything else is nothing', () => {
    const good = toDer([Buffer.from('ab'), Buffer.alloc(300)])
    for (let cut = 0; cut < good.length; cut += 1) expect(fromDer(good.subarray(0, cut))).toBeUndefined()
    const wrong = [
      '3080',
      '30850000000000',
      '3003020101',
      '300304',
      '30030402ab',
      '3084ffffffff',
      '300004',
      '0400',
      '308101',
    ]
    for (const hex of [...wrong, `${good.toString('hex')}00`]) {
      expect(fromDer(Buffer.from(hex, 'hex')), hex).toBeUndefined()
    }
    expect(fromDer(Buffer.from('3000', 'hex'))).toEqual([])
  })
})
