import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'vitest'
import { type KrupteinOptions, kruptein } from '../../src/formats/kruptein.ts'

const require = createRequire(import.meta.url)
const fromStore = createRequire(require.resolve('session-file-store'))
// The one that session-file-store uses. It has no types.
const theirs = fromStore('kruptein') as (options: object) => {
  get(secret: string, file: string, done: (error: unknown, text: string) => void): void
  set(secret: string, text: string, done: (error: unknown, file: string) => void): void
}

const SECRET = 'a secret'
const TEXTS = ['{"a":"Zoë 日本語 🦊 \\ud800\\u0000"}', `{"long":"${'x'.repeat(100_000)}"}`]

describe('the encryption of session-file-store', () => {
  assert.equal(fromStore('kruptein/package.json').version, '2.2.3')
  const algorithms = ['128', '192', '256'].flatMap((bits) => ['gcm', 'cbc', 'ctr'].map((mode) => `aes-${bits}-${mode}`))
  const variants: KrupteinOptions[] = [
    ...algorithms.map((algorithm) => ({ algorithm })),
    ...(['binary', 'hex', 'base64'] as const).flatMap((encodeas) => [{ encodeas }, { encodeas, use_scrypt: true }]),
    ...['sha256', 'sha384', 'sha3-512'].map((hashing) => ({ hashing })),
    { hashing: 'sha256', use_scrypt: true, algorithm: 'aes-192-gcm', encodeas: 'hex' },
  ]
  for (const options of variants) {
    it(`what either of them seals the other opens: ${JSON.stringify(options)}`, async () => {
      const ours = kruptein(SECRET, options)
      for (const text of TEXTS) {
        const file = await ours.seal(text)
        theirs({ ...options }).get(SECRET, file, (error, found) => {
          assert.equal(error, null)
          assert.equal(JSON.parse(found), text)
        })
        let made = ''
        theirs({ ...options }).set(SECRET, text, (error, sealed) => {
          assert.equal(error, null)
          made = sealed
        })
        assert.equal(await ours.open(made), text)
        assert.deepEqual(Object.keys(JSON.parse(file)), Object.keys(JSON.parse(made)))
        assert.equal(await ours.open(file), text)
      }
    })
  }

  it('no two files have an IV or a ciphertext in common, and a salt lasts for a thousand of them', async () => {
    const ours = kruptein(SECRET)
    const files = await Promise.all(Array.from({ length: 1001 }, () => ours.seal('{"same":1}')))
    const parts = files.map((file) => JSON.parse(file) as { iv: object; salt: object; ct: string; aad: string })
    const different = (part: keyof (typeof parts)[0]) => new Set(parts.map((one) => JSON.stringify(one[part]))).size
    assert.equal(different('iv'), 1001)
    assert.equal(different('ct'), 1001)
    assert.equal(different('aad'), 1001)
    assert.equal(different('salt'), 2)
  })

  it('another secret, or another way to derive the key, opens nothing', async () => {
    const file = await kruptein(SECRET).seal('{"a":1}')
    assert.equal(await kruptein(SECRET).open(file), '{"a":1}')
    assert.equal(await kruptein('other').open(file), undefined)
    assert.equal(await kruptein(SECRET, { use_scrypt: true }).open(file), undefined)
    assert.equal(await kruptein(SECRET, { encodeas: 'hex' }).open(file), undefined)
    assert.equal(await kruptein(SECRET, { algorithm: 'aes-256-cbc' }).open(file), undefined)
  })

  it('more salts than are remembered make no difference', async () => {
    const quick = { algorithm: 'aes-128-ctr', hashing: 'sha1' }
    const texts = Array.from({ length: 260 }, (_, n) => `{"n":${n}}`)
    const files = await Promise.all(texts.map((text) => kruptein(SECRET, quick).seal(text)))
    const ours = kruptein(SECRET, quick)
    assert.deepEqual(await Promise.all(files.map((file) => ours.open(file))), texts)
    assert.deepEqual(await Promise.all(files.slice(0, 3).map((file) => ours.open(file))), texts.slice(0, 3))
  })
})
