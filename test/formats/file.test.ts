import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { type FileFormatOptions, fileFormat } from '../../src/formats/file.ts'
import { holder } from '../../src/stores/file/holder.ts'
import { at, HOUR, listAll, sweepAll } from '../../src/testing/internal/bench.ts'
import { declareRules, entryOf, keepAll, now, sessionText } from './rules.ts'

const NEVER = 8.64e15
const nextKey = (): string => randomBytes(24).toString('base64url')

describe("another library's sessions in files", () => {
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })
  const open = async (options: FileFormatOptions = {}) => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-format-'))
    folders.push(directory)
    const store = fileFormat({ directory, durable: false, ...options })
    const other = fileFormat({ directory, durable: false, ...options })
    await store.ready()
    return { directory, store, other, fileOf: (key: string) => join(directory, `${key}.json`) }
  }

  const variants: Readonly<Record<string, FileFormatOptions>> = {
    plain: {},
    durable: { durable: true },
    'encrypted, keys by PBKDF2': { secret: 'a secret', crypto: {} },
  }
  for (const [name, options] of Object.entries(variants)) {
    describe(name, () => {
      const opened = open(options)
      declareRules(() => opened, nextKey)
      it('30 writers at once: all are kept', async () => {
        const { store, other } = await opened
        await keepAll({ store, other }, nextKey(), async () => undefined)
      })
    })
  }

  it('a file is the text, with the last use from which it ends when it should', async () => {
    const { store, fileOf } = await open()
    const value = sessionText({ n: 1 })
    const entry = entryOf(store, value)
    await store.insert('id', entry, at(now))
    assert.equal(
      await readFile(fileOf('id'), 'utf8'),
      `${value.slice(0, -1)},"__lastAccess":${now + HOUR - 3_600_000}}`,
    )
    assert.equal((await stat(fileOf('id'))).mode & 0o777, 0o600)
    await store.touch('id', now + 3 * HOUR, at(now, { ifRevision: entry.revision }))
    assert.equal(await readFile(fileOf('id'), 'utf8'), `${value.slice(0, -1)},"__lastAccess":${now + 2 * HOUR}}`)
    await store.insert('empty', entryOf(store, '{}', now + HOUR), at(now))
    assert.equal(await readFile(fileOf('empty'), 'utf8'), `{"__lastAccess":${now}}`)
  })

  it('a value that has a last use in it already: it is replaced, and no part of the revision', async () => {
    const { store } = await open()
    const cases = {
      '{"a":1,"__lastAccess":5}': '{"a":1}',
      '{"__lastAccess":5,"a":1}': '{"a":1}',
      '{"__lastAccess":5}': '{}',
      '{"a":{"__lastAccess":5}}': '{"a":{"__lastAccess":5}}',
      '{"a":{"__lastAccess":5},"__lastAccess":"x"}': '{"a":{"__lastAccess":5}}',
      '{"a":"\\",\\"__lastAccess\\":5}"}': '{"a":"\\",\\"__lastAccess\\":5}"}',
      '{"__proto__":{"x":1},"__lastAccess":5,"b":2}': '{"__proto__":{"x":1},"b":2}',
      '{ }': '{ }',
      '{"a" : 1 }': '{"a" : 1 }',
    }
    for (const [given, expected] of Object.entries(cases)) {
      const key = nextKey()
      await store.insert(key, entryOf(store, given), at(now))
      assert.deepEqual(await store.get(key, at(now)), entryOf(store, expected), given)
      assert.equal(store.revisionOf(given), store.revisionOf(expected))
    }
  })

  it('the lifetime is the maxAge of the cookie, or the ttl', async () => {
    const { store, fileOf } = await open({ ttl: 60 })
    const write = (key: string, data: object) => writeFile(fileOf(key), JSON.stringify(data))
    const deadlines: Readonly<Record<string, readonly [object, number]>> = {
      maxAge: [{ cookie: { originalMaxAge: 5000 }, __lastAccess: now }, now + 5000],
      none: [{ cookie: { originalMaxAge: null }, __lastAccess: now }, now + 60_000],
      zero: [{ cookie: { originalMaxAge: 0 }, __lastAccess: now }, now + 60_000],
      noCookie: [{ __lastAccess: now }, now + 60_000],
      fraction: [{ cookie: { originalMaxAge: 5000.25 }, __lastAccess: now }, now + 5000],
      never: [{ cookie: { originalMaxAge: 5000 } }, NEVER],
    }
    for (const [key, [data, deadline]] of Object.entries(deadlines)) {
      await write(key, data)
      assert.equal((await store.get(key, at(now)))?.expiresAt, deadline, key)
    }
    await write('over', { cookie: { originalMaxAge: 5000 }, __lastAccess: now - 5000 })
    assert.equal(await store.get('over', at(now)), undefined)
    await write('negative', { cookie: { originalMaxAge: -5000 }, __lastAccess: now })
    assert.equal(await store.get('negative', at(now)), undefined)
    const odd = JSON.stringify({ cookie: { originalMaxAge: 1234.567 } })
    await store.insert('odd', entryOf(store, odd, now + 777), at(now))
    assert.deepEqual(await store.get('odd', at(now)), entryOf(store, odd, now + 777))
    await store.insert('forever', entryOf(store, '{}', Number.MAX_SAFE_INTEGER), at(now))
    assert.equal((await store.get('forever', at(now + 1e12)))?.expiresAt, NEVER)
  })

  it('an id that is no safe name is unknown, and nothing outside of the folder is touched', async () => {
    const { store, directory } = await open()
    await mkdir(join(directory, 'sub'))
    const outside = join(directory, '..', `${directory.split('/').at(-1)}-outside.json`)
    folders.push(outside)
    await writeFile(outside, '{"__lastAccess":9e15}')
    await writeFile(join(directory, 'sub', 'a.json'), '{"__lastAccess":9e15}')
    await writeFile(join(directory, '.json'), '{"__lastAccess":9e15}')
    const entry = entryOf(store, '{}')
    const call = at(now, { ifRevision: entry.revision })
    const name = `../${directory.split('/').at(-1)}-outside`
    const tooLong = 'x'.repeat(251)
    const outsiders = [name, 'sub/a', 'sub\\a', '.', '..', '', 'a.b', 'a b', '/etc/passwd', 'a\0', '%2e', tooLong]
    for (const key of [...outsiders, 'é', ['a'], { toString: () => 'a' }] as string[]) {
      assert.equal(await store.get(key, at(now)), undefined)
      assert.deepEqual(await store.update(key, entry, call), { outcome: 'gone' })
      assert.equal(await store.touch(key, now + HOUR, call), 'gone')
      assert.equal(await store.delete(key, at(now)), 'gone')
      await assert.rejects(async () => store.insert(key, entry, at(now)), { code: 'ERR_SESSION_KEY' })
    }
    assert.equal(await store.insert('x'.repeat(250), entry, at(now)), 'inserted')
    assert.equal(await readFile(outside, 'utf8'), '{"__lastAccess":9e15}')
    assert.deepEqual((await readdir(directory)).sort(), ['.holdfast', '.json', 'sub', `${'x'.repeat(250)}.json`])
  })

  it('what cannot be read is handed on as it is, may be replaced, and is never removed by a sweep', async () => {
    const { store, fileOf } = await open()
    for (const [index, text] of ['{"half":', '', 'null', '[1]', '7', '[object Object]'].entries()) {
      const key = `id${index}`
      await writeFile(fileOf(key), text)
      const found = await store.get(key, at(now))
      assert.deepEqual(found, entryOf(store, text, NEVER))
      assert.equal(await store.insert(key, entryOf(store, '{}'), at(now)), 'taken')
      assert.equal(await sweepAll(store, 10, now + 1e12), 0)
      assert.equal(await readFile(fileOf(key), 'utf8'), text)
      const call = at(now, { ifRevision: found.revision })
      await assert.rejects(async () => store.touch(key, now + HOUR, call), { code: 'ERR_SESSION_KEY' })
      assert.deepEqual(await store.update(key, entryOf(store, '{}'), call), { outcome: 'updated' })
      assert.equal(await store.delete(key, at(now)), 'deleted')
    }
  })

  it('what is not the JSON of an object cannot be written, because it has no room for the deadline', async () => {
    const { store } = await open()
    for (const value of ['', 'text', 'null', '[]', '7', '"a"', '{"a":1', '{"\ud800":1}']) {
      const entry = entryOf(store, value)
      await assert.rejects(async () => store.insert('id', entry, at(now)), { code: 'ERR_SESSION_KEY' })
      const call = at(now, { ifRevision: entry.revision })
      await assert.rejects(async () => store.update('id', entry, call), { code: 'ERR_SESSION_KEY' })
    }
    assert.equal(await store.get('id', at(now)), undefined)
  })

  it('a link or a folder in the place of a file is no session; a link is not followed', async () => {
    const { store, fileOf, directory } = await open()
    await writeFile(join(directory, 'target'), '{"__lastAccess":9e15}')
    await symlink(join(directory, 'target'), fileOf('link'))
    await mkdir(fileOf('folder'))
    for (const key of ['link', 'folder']) assert.equal(await store.get(key, at(now)), undefined)
    assert.equal(await store.insert('link', entryOf(store, '{"mine":1}'), at(now)), 'inserted')
    assert.equal(await readFile(join(directory, 'target'), 'utf8'), '{"__lastAccess":9e15}')
    assert.equal((await store.get('link', at(now)))?.value, '{"mine":1}')
    await assert.rejects(async () => store.insert('folder', entryOf(store, '{}'), at(now)), {
      code: 'ERR_SESSION_STORE',
    })
  })

  it('lists, counts and sweeps', async () => {
    const { store, directory } = await open()
    await writeFile(join(directory, 'README.txt'), 'not a session')
    await writeFile(join(directory, 'id.json.123456'), 'half written by the other library')
    const keys = Array.from({ length: 25 }, (_, n) => `live${n}`)
    for (const key of keys) await store.insert(key, entryOf(store, '{}'), at(now))
    for (let n = 0; n < 12; n++) await store.insert(`over${n}`, entryOf(store, '{}', now + 1000), at(now))
    const rows = await listAll(store, { limit: 7 }, now + 1000)
    assert.deepEqual(rows.map(({ key }) => key).sort(), [...keys].sort())
    assert.ok(rows.every(({ expiresAt }) => expiresAt === now + HOUR))
    assert.equal((await listAll(store, { limit: 7, cursor: 'live3' }, now)).length, 37)
    assert.equal(await store.count({}, at(now + 1000)), 25)
    assert.equal(await store.count({}, at(now)), 37)
    assert.equal(await sweepAll(store, 5, now), 0)
    assert.equal(await sweepAll(store, 5, now + 1000), 12)
    assert.equal(await store.count({}, at(now)), 25)
    const left = (await readdir(directory)).filter((name) => !name.startsWith('live'))
    assert.deepEqual(left.sort(), ['.holdfast', 'README.txt', 'id.json.123456'])
  })

  it('what a process that died has left is removed by a sweep', async () => {
    const { store, directory } = await open()
    // The token of a process that there cannot be.
    const dead = (await holder().next()).replace(/-\d+-/, '-99999999-')
    await mkdir(join(directory, '.holdfast', dead))
    await writeFile(join(directory, '.holdfast', dead, dead), 'half a session')
    await store.sweep(10, at(now))
    assert.ok(!(await readdir(join(directory, '.holdfast'))).includes(dead))
  })

  it('a sweep opens encrypted files a few at a time, when they were not written lately, and once until they end', async () => {
    const { store, fileOf } = await open({ secret: 'a secret', crypto: {}, ttl: 60 })
    const late = Date.now() + 61_000
    for (let n = 0; n < 50; n++) await store.insert(`over${n}`, entryOf(store, '{}', late), at(now))
    for (let n = 0; n < 50; n++) await store.insert(`live${n}`, entryOf(store, '{}', late + HOUR), at(now))
    // By its own clock, everything was written just now.
    assert.deepEqual(await store.sweep(1000, at(Date.now())), { removed: 0, more: false })
    const first = await store.sweep(1000, at(late))
    assert.ok(first.more && first.removed <= 32)
    assert.equal(first.removed + (await sweepAll(store, 1000, late)), 50)
    assert.equal(await sweepAll(store, 1000, late), 0)
    // What it has seen to live longer it does not open again, unless the file is another one.
    assert.deepEqual(await store.sweep(1000, at(late)), { removed: 0, more: false })
    await writeFile(fileOf('live7'), await readFile(fileOf('live8')))
    assert.deepEqual(await store.sweep(1000, at(late + 61_000)), { removed: 0, more: false })
    assert.equal(await sweepAll(store, 1000, late + HOUR), 50)
    assert.equal(await store.count({}, at(now)), 0)
  })

  it('another end of the names, or none', async () => {
    for (const fileExtension of ['.sess', '']) {
      const { store, directory } = await open({ fileExtension })
      await store.insert('id', entryOf(store, '{}'), at(now))
      assert.deepEqual((await readdir(directory)).sort(), ['.holdfast', `id${fileExtension}`])
      assert.deepEqual(await listAll(store, { limit: 5 }, now), [{ key: 'id', expiresAt: now + HOUR }])
    }
  })

  it('a folder that is gone is an error, never "no session"; ready() makes it', async () => {
    const { store, directory } = await open()
    const entry = entryOf(store, '{}')
    await rm(directory, { recursive: true })
    const call = at(now, { ifRevision: entry.revision })
    const calls: readonly (() => unknown)[] = [
      () => store.get('id', at(now)),
      () => store.insert('id', entry, at(now)),
      () => store.update('id', entry, call),
      () => store.touch('id', now + HOUR, call),
      () => store.delete('id', at(now)),
      () => store.list({ limit: 5 }, at(now)),
      () => store.count({}, at(now)),
      () => store.sweep(5, at(now)),
      () => store.ping(at(now)),
    ]
    for (const ask of calls) await assert.rejects(async () => ask(), { code: 'ERR_SESSION_STORE', retryable: true })
    await assert.rejects(async () => store.get('id', at(now)), { notReady: true })
    await store.ready()
    assert.equal(await store.insert('id', entry, at(now)), 'inserted')
    await store.close()
    for (const ask of calls) await assert.rejects(async () => ask(), { code: 'ERR_SESSION_STORE', message: /closed/ })
  })

  it.skipIf(process.geteuid?.() === 0)('a file that may not be read is an error, and stays', async () => {
    const { store, fileOf } = await open()
    await store.insert('id', entryOf(store, '{}'), at(now))
    await chmod(fileOf('id'), 0)
    await assert.rejects(async () => store.get('id', at(now)), { code: 'ERR_SESSION_STORE', message: /EACCES/ })
    await assert.rejects(async () => store.delete('id', at(now)), { code: 'ERR_SESSION_STORE' })
  })

  it('a wrong option is named, and nothing of its value', () => {
    const wrong = (options: unknown, option: string) =>
      assert.throws(
        () => fileFormat(options as FileFormatOptions),
        (error: { code?: string; option?: string; message?: string }) => {
          assert.equal(error.code, 'ERR_SESSION_OPTION')
          assert.equal(error.option, option)
          assert.ok(!error.message?.includes('canary'))
          return true
        },
      )
    wrong(7, 'options')
    wrong({ path: './x' }, 'path')
    wrong({ directory: '' }, 'directory')
    wrong({ directory: 'a\0canary' }, 'directory')
    wrong({ ttl: 0 }, 'ttl')
    wrong({ ttl: 1.5 }, 'ttl')
    wrong({ fileExtension: '/canary' }, 'fileExtension')
    wrong({ secret: '' }, 'secret')
    wrong({ secret: ['canary'] }, 'secret')
    wrong({ crypto: {} }, 'crypto')
    wrong({ secret: 'canary', crypto: { algorithm: 'aes-256-ecb' } }, 'crypto.algorithm')
    wrong({ secret: 'canary', crypto: { hashing: 'none' } }, 'crypto.hashing')
    wrong({ secret: 'canary', crypto: { encodeas: 'utf8' } }, 'crypto.encodeas')
    wrong({ secret: 'canary', crypto: { use_scrypt: 1 } }, 'crypto.use_scrypt')
    wrong({ secret: 'canary', crypto: { use_asn1: true } }, 'use_asn1')
    wrong({ durable: 1 }, 'durable')
    wrong({ lockTimeout: 0 }, 'lockTimeout')
  })
})
