import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { type FileFormat, fileFormat, type KrupteinOptions } from '../../src/formats/file.ts'
import { at, HOUR } from '../../src/testing/internal/bench.ts'
import { entryOf, keepAll, now, SHAPES, sessionText } from './rules.ts'

// Neither has types.
const require = createRequire(import.meta.url)
const session = require('express-session')
const FileStore = require('session-file-store')(session)

const SECRET = 'a secret of 27 characters'

type Data = Record<string, unknown>

describe('sessions of session-file-store', () => {
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })
  const open = (secret?: string, crypto?: KrupteinOptions, ttl?: number) => {
    const path = mkdtempSync(join(tmpdir(), 'holdfast-format-'))
    folders.push(path)
    // Each undefined member would take the place of a default in it.
    const given = { ...(secret && { secret }), ...(crypto && { crypto }), ...(ttl && { ttl }) }
    const theirs = new FileStore({ path, ...given, retries: 0, reapInterval: -1, logFn: () => undefined })
    const ours = fileFormat({ directory: path, durable: false, ...given })
    const call =
      (method: string) =>
      (...args: unknown[]) =>
        new Promise<unknown>((resolve, reject) =>
          theirs[method](...args, (error: unknown, found: unknown) => (error ? reject(error) : resolve(found))),
        )
    return { path, ours, get: call('get'), set: call('set'), touch: call('touch'), destroy: call('destroy') }
  }
  const sessionOf = (data: object, maxAge: number | null): Data => ({
    cookie: new session.Cookie({ maxAge }),
    ...structuredClone(data),
  })
  const asJson = (data: unknown) => JSON.parse(JSON.stringify(data)) as Data
  const read = async (ours: FileFormat, id: string) => {
    const found = await ours.get(id, at(Date.now()))
    assert.ok(found)
    return found
  }

  const variants: Readonly<Record<string, readonly [string?, KrupteinOptions?]>> = {
    plain: [],
    'encrypted as it does by default (scrypt, binary)': [SECRET],
    'encrypted, keys by PBKDF2, binary': [SECRET, {}],
    'encrypted, hex, scrypt': [SECRET, { encodeas: 'hex', use_scrypt: true }],
    'encrypted, hex, PBKDF2': [SECRET, { encodeas: 'hex' }],
    'encrypted, base64, SHA-256, 128 bits': [
      SECRET,
      { encodeas: 'base64', hashing: 'sha256', algorithm: 'aes-128-gcm' },
    ],
    'encrypted, CBC, 192 bits': [SECRET, { algorithm: 'aes-192-cbc', encodeas: 'hex' }],
    'encrypted, CTR, binary': [SECRET, { algorithm: 'aes-256-ctr' }],
  }
  for (const [name, [secret, crypto]] of Object.entries(variants)) {
    describe(name, () => {
      const { path, ours, get, set, touch, destroy } = open(secret, crypto)

      for (const [shape, data] of Object.entries(SHAPES)) {
        it(`what it wrote is read here, and what is written here is read by it: ${shape}`, async () => {
          for (const maxAge of [2 * HOUR, null]) {
            const id = randomBytes(24).toString('base64url')
            const theirs = sessionOf(data, maxAge)
            await set(id, theirs)
            const { __lastAccess, ...written } = asJson(theirs)
            const found = await read(ours, id)
            // Not `maxAge`: the clock may have moved on between two lines of that library.
            const lifetime = (written.cookie as { originalMaxAge: number | null }).originalMaxAge ?? HOUR
            assert.deepEqual(found, entryOf(ours, JSON.stringify(written), Number(__lastAccess) + lifetime))

            const next = entryOf(ours, JSON.stringify({ ...written, added: ['by us', '🦊'] }), found.expiresAt + 1000)
            const outcome = await ours.update(id, next, at(Date.now(), { ifRevision: found.revision }))
            assert.deepEqual(outcome, { outcome: 'updated' })
            const expected = { ...written, added: ['by us', '🦊'], __lastAccess: Number(__lastAccess) + 1000 }
            assert.deepEqual(await get(id), expected)
            const file = await readFile(join(path, `${id}.json`), 'utf8')
            assert.equal(file.includes('by us'), secret === undefined)

            const mine = `${id.slice(0, 20)}-mine`
            await ours.insert(mine, entryOf(ours, sessionText(data)), at(now))
            assert.deepEqual(await get(mine), { ...JSON.parse(sessionText(data)), __lastAccess: now })
          }
        })
      }

      it('a touch of one is seen by the other; ours leaves the data as they are', async () => {
        const theirs = sessionOf({ n: 1 }, HOUR)
        await set('touched', theirs)
        const first = await read(ours, 'touched')
        const call = at(Date.now(), { ifRevision: first.revision })
        assert.equal(await ours.touch('touched', first.expiresAt + 7, call), 'touched')
        const __lastAccess = Number(theirs.__lastAccess) + 7
        assert.deepEqual(await get('touched'), { ...asJson(theirs), __lastAccess })
        await touch('touched', { cookie: { originalMaxAge: 9 * HOUR, expires: null, path: '/' } })
        const second = await read(ours, 'touched')
        assert.ok(second.expiresAt > Date.now() + 8 * HOUR)
        assert.equal(JSON.parse(second.value).n, 1)
      })

      it('what one ends is gone for the other', async () => {
        await set('a', sessionOf({}, HOUR))
        await destroy('a')
        assert.equal(await ours.get('a', at(Date.now())), undefined)
        await set('b', sessionOf({}, HOUR))
        assert.equal(await ours.delete('b', at(Date.now())), 'deleted')
        await assert.rejects(get('b'), { code: 'ENOENT' })
      })

      it('what has expired here has expired there', async () => {
        const over = entryOf(ours, sessionText({}), Date.now() - 1)
        await ours.insert('over', over, at(Date.now()))
        assert.equal(await get('over'), null)
        assert.equal(await ours.get('over', at(Date.now())), undefined)
      })

      it('30 writers and its blind `set` between their reading and their writing: all are kept', async () => {
        const other = fileFormat({
          directory: path,
          durable: false,
          ...(secret && { secret }),
          ...(crypto && { crypto }),
        })
        const data = await keepAll({ store: ours, other }, 'race', () =>
          set('race', sessionOf({ blind: 'kept' }, HOUR)),
        )
        assert.equal(data.blind, 'kept')
        const { __lastAccess, ...left } = (await get('race')) as Data
        assert.deepEqual(left, data)
        assert.equal((await readdir(path)).filter((file) => file.startsWith('race')).length, 1)
      })
    })
  }

  it('a file that does not decrypt is an unreadable value, and stays as it is', async () => {
    const { path, ours, set } = open(SECRET, { encodeas: 'hex' })
    await set('id', sessionOf({ n: 1 }, HOUR))
    const file = join(path, 'id.json')
    const written = await readFile(file, 'utf8')
    const sealed = JSON.parse(written)
    const flipped = (text: string) => (text[0] === '0' ? '1' : '0') + text.slice(1)
    const changed = [
      { ...sealed, ct: flipped(sealed.ct) },
      { ...sealed, hmac: flipped(sealed.hmac) },
      { ...sealed, aad: flipped(sealed.aad) },
      { ...sealed, at: { type: 'Buffer', data: [...sealed.at.data].reverse() } },
      { ...sealed, at: { type: 'Buffer', data: sealed.at.data.slice(0, 4) } },
      { ...sealed, at: undefined },
      { ...sealed, iv: { type: 'Buffer', data: [1] } },
      { ...sealed, salt: undefined },
      { ...sealed, salt: { $gt: '' } },
      { ...sealed, ct: 7 },
      {},
    ].map((one) => JSON.stringify(one))
    for (const text of [...changed, '', 'null', written.slice(0, 100), '{"cookie":{},"__lastAccess":1}']) {
      await writeFile(file, text)
      const found = await ours.get('id', at(Date.now()))
      assert.deepEqual(found, { value: '', expiresAt: 8.64e15, revision: ours.revisionOf('') }, text)
      assert.equal(await ours.insert('id', entryOf(ours, '{}'), at(now)), 'taken')
      assert.deepEqual(await ours.sweep(10, at(now + 1e12)), { removed: 0, more: false })
      assert.equal(await readFile(file, 'utf8'), text)
    }
    await writeFile(file, written)
    assert.equal(JSON.parse((await read(ours, 'id')).value).n, 1)
    for (const other of [
      { secret: 'another', crypto: { encodeas: 'hex' as const } },
      { secret: SECRET },
      { secret: SECRET, crypto: { encodeas: 'hex' as const, hashing: 'sha256' } },
    ]) {
      const store = fileFormat({ directory: path, ...other })
      assert.equal((await store.get('id', at(Date.now())))?.value, '')
    }
  })

  it('its `ttl` is ours', async () => {
    const { ours, get, set } = open(undefined, undefined, 120)
    const theirs = sessionOf({}, null)
    await set('id', theirs)
    assert.equal((await read(ours, 'id')).expiresAt, Number(theirs.__lastAccess) + 120_000)
    await ours.insert('over', entryOf(ours, sessionText({}), Date.now() - 1), at(Date.now()))
    assert.equal(await get('over'), null)
  })

  it('what the other library writes while a write of ours is under way is compared, not overwritten', async () => {
    const { ours, path, set, get } = open()
    let kept = 0
    for (let round = 0; round < 40; round++) {
      const id = `round-${round}`
      const first = entryOf(ours, sessionText({ first: true }))
      await ours.insert(id, first, at(now))
      const mine = entryOf(ours, sessionText({ mine: true }))
      const [outcome] = await Promise.all([
        ours.update(id, mine, at(now, { ifRevision: first.revision })),
        set(id, sessionOf({ blind: true }, HOUR)),
      ])
      const left = (await get(id)) as Data
      // Its file is the last one, or ours was put over one that it had not finished yet.
      if (outcome.outcome === 'conflict') assert.equal(left.blind, true)
      if (left.blind) kept += 1
    }
    assert.ok(kept > 0)
    assert.ok((await stat(join(path, 'round-0.json'))).isFile())
  })
})
