import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encodeRecord } from '../../src/stores/file/record.ts'
import type { FileStore } from '../../src/stores/file.ts'
import { call, entry, LATER, leftovers, NOW, newFolder, openStore, recordPath } from './file-bench.ts'

/** What every method but insert says of an entry that is not there. */
async function expectAbsent(store: FileStore, key: string): Promise<void> {
  const ifRevision = 'a'
  expect(await store.get(key, call)).toBe(undefined)
  expect(await store.update(key, entry('b'), { now: NOW, ifRevision })).toEqual({ outcome: 'gone' })
  expect(await store.touch(key, LATER + 1, { now: NOW, ifRevision })).toBe('gone')
  expect(await store.delete(key, call)).toBe('gone')
  expect(await store.list({ limit: 10 }, call)).toEqual({ entries: [] })
  expect(await store.list({ limit: 10, owner: 'user' }, call)).toEqual({ entries: [] })
  expect(await store.count({}, call)).toBe(0)
  expect(await store.count({ owner: 'user' }, call)).toBe(0)
  const late = { now: LATER + 1e9 }
  for (let more = true; more; ) {
    const step = await store.sweep(10, late)
    expect(step.removed).toBe(0)
    more = step.more
  }
}

const VALUES = { small: 'value \ud800 of a', large: 'ä'.repeat(20_000) }

/** A store with one entry of an owner, and the file that it is in. */
async function withRecord(value = VALUES.small) {
  const directory = newFolder()
  const store = openStore(directory)
  await store.insert('key', entry('a', { owner: 'user', value }), call)
  const path = recordPath(directory, 'key')
  return { directory, store, path, bytes: readFileSync(path) }
}

describe('a file in the place of a record', () => {
  it('that was cut off at any byte is absent, and stays as it is until an insert [T092] [T097]', async () => {
    const { store, path, bytes } = await withRecord()
    for (let length = bytes.length - 1; length >= 0; length -= 1) {
      truncateSync(path, length)
      expect(await store.get('key', call)).toBe(undefined)
    }
    for (const length of [0, 1, 25, 30, bytes.length - 1]) {
      const cut = bytes.subarray(0, length)
      writeFileSync(path, cut)
      await expectAbsent(store, 'key')
      expect(readFileSync(path)).toEqual(cut)
    }
    expect(await store.insert('key', entry('b'), call)).toBe('inserted')
    expect(await store.get('key', call)).toEqual(entry('b'))
  })

  it('of a large value that was cut off has no row in a listing either', async () => {
    const { store, path, bytes } = await withRecord(VALUES.large)
    expect((await store.list({ limit: 10 }, call)).entries).toHaveLength(1)
    for (const length of [1000, 4096, 4097, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length))
      await expectAbsent(store, 'key')
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.from('x')]))
    await expectAbsent(store, 'key')
  })

  it('with one bit of any byte changed is absent', async () => {
    const { store, path, bytes } = await withRecord()
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      writeFileSync(path, changed)
      expect(await store.get('key', call)).toBe(undefined)
    }
  })

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '1'],
    ['text', '"x"'],
    ['an array', '[]'],
    ['an object', '{}'],
    ["another application's record", '{"cookie":{"expires":null},"user":"admin"}'],
    ['zeros', '\0'.repeat(4096)],
    ['our first line and nothing else', 'holdfast-record 1 00000000\n'],
    ['many digits', `holdfast-record ${'9'.repeat(5000)} 00000000\n`],
  ])('that holds %s is absent, and an insert replaces it [T092] [T093]', async (_what, text) => {
    const { store, path } = await withRecord()
    writeFileSync(path, text)
    await expectAbsent(store, 'key')
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(await store.insert('key', entry('b'), call)).toBe('inserted')
    expect(await store.get('key', call)).toEqual(entry('b'))
  })

  it('that is a copy of another record is absent [T098] [T189]', async () => {
    const { directory, store, path } = await withRecord()
    await store.insert('other', entry('a', { value: 'of the other' }), call)
    copyFileSync(recordPath(directory, 'other'), path)
    await store.delete('other', call)
    await expectAbsent(store, 'key')
  })

  it('with a head that is whole but says nonsense is absent [T157]', async () => {
    const { store, path } = await withRecord()
    const wrong = [
      entry('a', { expiresAt: Number.NaN }),
      entry('a', { expiresAt: 1.5 }),
      entry('a', { expiresAt: '9' as unknown as number }),
      entry('', {}),
      entry('a', { owner: '' }),
    ]
    for (const one of wrong) {
      writeFileSync(path, encodeRecord('key', one))
      await expectAbsent(store, 'key')
    }
    writeFileSync(path, encodeRecord('key', entry('a')))
    expect(await store.get('key', call)).toEqual(entry('a'))
  })

  it('that a newer version wrote is absent, and an insert leaves it alone [T094]', async () => {
    const { store, path, bytes } = await withRecord()
    const newer = Buffer.from(bytes.toString('latin1').replace('holdfast-record 1 ', 'holdfast-record 2 '), 'latin1')
    writeFileSync(path, newer)
    await expectAbsent(store, 'key')
    expect(await store.insert('key', entry('b'), call)).toBe('taken')
    expect(readFileSync(path)).toEqual(newer)
    // Nor is its hint swept: the newer version finds it by its owner.
    writeFileSync(path, bytes)
    expect((await store.list({ limit: 10, owner: 'user' }, call)).entries).toHaveLength(1)
  })

  it('that is larger than any record is absent without being read into memory', async () => {
    const { store, path } = await withRecord()
    truncateSync(path, 2 ** 40)
    await expectAbsent(store, 'key')
  })

  it('is never made larger than it could be read again', async () => {
    const { directory, store, bytes, path } = await withRecord()
    const huge = entry('b', { value: 'x'.repeat(16 * 1024 * 1024) })
    const asks = [() => store.insert('new', huge, call), () => store.update('key', huge, { now: NOW, ifRevision: 'a' })]
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'ERR_SESSION_TOO_LARGE' })
    expect(readFileSync(path)).toEqual(bytes)
    expect(leftovers(directory)).toEqual([])
  })
})

describe('something else in the place of a record is absent, is not waited for and not followed [T233]:', () => {
  const replaceAndInsert = async (make: (path: string, aside: string) => unknown) => {
    const { directory, store, path } = await withRecord()
    const aside = join(directory, 'aside')
    renameSync(path, aside)
    const before = readFileSync(aside)
    await make(path, aside)
    const kind = lstatSync(path).mode
    await expectAbsent(store, 'key')
    expect(lstatSync(path).mode).toBe(kind)
    expect(await store.insert('key', entry('b'), call)).toBe('inserted')
    expect(await store.get('key', call)).toEqual(entry('b'))
    expect(lstatSync(path).isFile()).toBe(true)
    expect(readFileSync(aside)).toEqual(before)
    expect(leftovers(directory)).toEqual([])
  }

  it('a link to a whole record with this key', () => replaceAndInsert((path, aside) => symlinkSync(aside, path)))
  it('a link to a file of the system', () => replaceAndInsert((path) => symlinkSync('/etc/passwd', path)))
  it('a link to itself', () => replaceAndInsert((path) => symlinkSync(path, path)))
  it('a link to nothing', () => replaceAndInsert((path) => symlinkSync(`${path}.nothing`, path)))
  it('a pipe that nobody writes to', () => replaceAndInsert((path) => execFileSync('mkfifo', [path])))
  it('a socket', () =>
    replaceAndInsert(async (path) => {
      // By a short name: the path of a socket has a small limit.
      const before = process.cwd()
      onTestFinished(() => process.chdir(before))
      process.chdir(dirname(path))
      const server = createServer()
      await new Promise<void>((resolve) => server.listen('s', resolve))
      renameSync('s', path)
      onTestFinished(() => void server.close())
    }))
  it.runIf(process.getuid?.() === 0)('a device', () =>
    replaceAndInsert((path) => execFileSync('mknod', [path, 'c', '1', '5'])),
  )

  it('a folder, over which an insert is an error', async () => {
    const { directory, store, path } = await withRecord()
    rmSync(path)
    mkdirSync(path)
    await expectAbsent(store, 'key')
    await expect(store.insert('key', entry('b'), call)).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE',
      message: expect.stringContaining('EISDIR'),
    })
    expect(leftovers(directory)).toEqual([])
    rmdirSync(path)
    expect(await store.insert('key', entry('b'), call)).toBe('inserted')
  })
})

it('files that are not ours, anywhere in the directory, are left alone', async () => {
  const { directory, store, path } = await withRecord()
  const strange = ['notes.txt', 'records/notes.txt', 'records/zz/x', 'locks/notes.txt', 'owners/notes.txt']
  strange.push(join(dirname(path).slice(directory.length + 1), 'notes.txt'))
  for (const one of strange) {
    mkdirSync(dirname(join(directory, one)), { recursive: true })
    writeFileSync(join(directory, one), 'mine')
  }
  await store.ready()
  expect((await store.list({ limit: 10 }, call)).entries).toHaveLength(1)
  for (let more = true; more; ) more = (await store.sweep(10, { now: LATER })).more
  expect(existsSync(path)).toBe(false)
  for (const one of strange) expect(readFileSync(join(directory, one), 'utf8')).toBe('mine')
})
