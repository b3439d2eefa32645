import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FileStoreOptions, fileStore } from '../../src/stores/file.ts'
import {
  call,
  countedDisk,
  diskWith,
  entry,
  filesIn,
  LATER,
  leftovers,
  modeOf,
  NOW,
  newFolder,
  openStore,
  recordPath,
  startChild,
  tracedDisk,
} from './file-bench.ts'

describe('options', () => {
  const wrong: [string, unknown][] = [
    ['directory', undefined],
    ['directory', {}],
    ['directory', { directory: '' }],
    ['directory', { directory: 'a\0b' }],
    ['directory', { directory: 5 }],
    ['durable', { directory: 'a', durable: 'yes' }],
    ['lockTimeout', { directory: 'a', lockTimeout: 0 }],
    ['lockTimeout', { directory: 'a', lockTimeout: '5s' }],
    ['path', { path: 'a' }],
  ]
  it.each(wrong)('refuses a wrong %s: %j', (option, options) => {
    const open = () => fileStore(options as FileStoreOptions)
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTION', option }))
  })

  it('opens nothing and makes nothing before its first use', async () => {
    const directory = join(newFolder(), 'deep', 'sessions')
    const store = fileStore({ directory })
    expect(await store.get('key', call)).toBe(undefined)
    expect(existsSync(directory)).toBe(false)
    await store.ready()
    expect(readdirSync(directory).sort()).toEqual(['locks', 'owners', 'records'])
    await store.close()
  })

  it('does not follow the working directory when that changes', async () => {
    const folder = newFolder()
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    process.chdir(folder)
    const store = fileStore({ directory: 'sessions' })
    process.chdir(before)
    await store.insert('key', entry('a'), call)
    expect(filesIn(join(folder, 'sessions'))).toHaveLength(1)
    await store.close()
  })
})

describe('names', () => {
  const HOSTILE = [
    '../../etc/passwd',
    '..\\..\\x',
    '%2e%2e/',
    '....//',
    '/etc/cron.d/x',
    'C:\\x',
    'CON',
    'NUL',
    'a:stream',
    'trailing. ',
    '.',
    '..',
    '~',
    'x'.repeat(255),
  ]

  it('come from a hash, whatever the key: nothing outside of the directory is touched [T046] [T048] [T049]', async () => {
    const outside = newFolder()
    const directory = join(outside, 'in', 'sessions')
    const store = openStore(directory)
    for (const key of HOSTILE) {
      expect(await store.insert(key, entry('a', { value: key, owner: key }), call)).toBe('inserted')
      expect((await store.get(key, call))?.value).toBe(key)
    }
    const made = () => filesIn(outside).filter((path) => !path.startsWith('in/sessions/locks/'))
    const paths = made()
    expect(paths).toHaveLength(2 * HOSTILE.length)
    for (const path of paths) {
      expect(path).toMatch(/^in\/sessions\/(records|owners)\/[0-9a-f]{2}\/[0-9a-f]\/[0-9a-f]{64}(\.[0-9a-f]{64})?$/)
    }
    for (const key of HOSTILE) expect(await store.delete(key, call)).toBe('deleted')
    expect(made()).toEqual([])
  })

  it('of keys that differ in case only differ on any file system [T050]', async () => {
    const directory = newFolder()
    const store = openStore(directory)
    const keys = ['abc', 'ABC', 'Abc', 'aBC']
    for (const key of keys) await store.insert(key, entry('a', { value: key }), call)
    for (const key of keys) expect((await store.get(key, call))?.value).toBe(key)
    const folded = filesIn(directory).map((path) => path.toLowerCase())
    expect(new Set(folded).size).toBe(keys.length)
  })

  it('say nothing about the key or the owner, and errors do not either', async () => {
    const directory = newFolder()
    const store = openStore(directory)
    await store.insert('canary-key', entry('a', { owner: 'canary-owner' }), call)
    expect(filesIn(directory).join()).not.toContain('canary')
    rmSync(recordPath(directory, 'canary-key'))
    mkdirSync(recordPath(directory, 'canary-key'))
    const error = await store
      .insert('canary-key', entry('b', { value: 'canary-value' }), call)
      .then(String, (thrown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
    expect(`${error.stack} ${error.help} ${error.cause.stack}`).not.toContain('canary')
    expect(leftovers(directory)).toEqual([])
  })
})

describe('rights', () => {
  it('of files are 0600 and of folders 0700 under a umask of 000 [T234]', async () => {
    const before = process.umask(0)
    onTestFinished(() => {
      process.umask(before)
    })
    const directory = join(newFolder(), 'made')
    const store = openStore(directory)
    await store.ready()
    await store.insert('key', entry('a', { owner: 'user' }), call)
    const { revision } = entry('a')
    await store.update('key', entry('b', { owner: 'user' }), { now: NOW, ifRevision: revision })
    const all = readdirSync(directory, { recursive: true, withFileTypes: true })
    expect(all.length).toBeGreaterThan(8)
    expect(modeOf(directory)).toBe('700')
    for (const one of all)
      expect([one.name, modeOf(join(one.parentPath, one.name))]).toEqual([one.name, one.isDirectory() ? '700' : '600'])
  })

  it('of a folder that everybody can write to are refused by ready and ping [T234]', async () => {
    const directory = newFolder()
    chmodSync(directory, 0o777)
    const store = openStore(directory)
    for (const ask of [() => store.ready(), () => store.ping(call)]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'ERR_SESSION_STORE',
        message: expect.stringContaining(directory),
        help: expect.stringContaining('chmod 700'),
      })
    }
    chmodSync(directory, 0o755)
    await store.ready()
  })

  it.runIf(process.getuid?.() === 0)(
    'of another user are refused, and missing ones are an error that names the path [T230] [T233] [T234]',
    async () => {
      // As nobody, in a folder of root's, and in one of its own that it may not write to.
      const outside = newFolder()
      chmodSync(outside, 0o755)
      const directory = join(outside, 'sessions')
      const owned = openStore(directory)
      await owned.ready()
      await owned.insert('key', entry('a', { value: 'canary', expiresAt: 4e12 }), call)
      chmodSync(directory, 0o755)
      // And a folder of its own with a record that root put there.
      const own = join(outside, 'own')
      const planter = openStore(own)
      for (const key of ['key', 'planted']) await planter.insert(key, entry('a', { expiresAt: 4e12 }), call)
      for (const path of [...readdirSync(own, { recursive: true }).map(String), ''])
        chownSync(join(own, path), 65534, 65534)
      chownSync(recordPath(own, 'planted'), 0, 0)
      chmodSync(recordPath(own, 'planted'), 0o644)
      const child = startChild('file-denied.mjs', [directory, outside])
      expect(await child.ended).toMatchObject({ code: 0, complaints: '' })
      const errors = child.lines().map((line) => JSON.parse(line))
      expect(errors.shift()).toEqual({ own: true, planted: false })
      expect(errors.map((error) => error.when)).toEqual([
        'ready',
        'get',
        'insert',
        'ready elsewhere',
        'insert elsewhere',
      ])
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
        expect(error.message).toContain(error.when.endsWith('elsewhere') ? outside : directory)
        expect(JSON.stringify(error)).not.toContain('canary')
      }
      expect(errors[0].message).toContain('another user')
      expect(errors[1]).toMatchObject({
        retryable: true,
        message: expect.stringContaining('EACCES'),
        help: expect.stringContaining('read and write'),
      })
    },
  )
})

describe('a durable store', () => {
  it('has the bytes and the folder on the disk before it answers, in this order [T228]', async () => {
    const directory = newFolder()
    const { disk, trace } = tracedDisk()
    const store = openStore(directory, { durable: true }, disk)
    await store.ready()
    await store.insert('key', entry('a', { owner: 'user' }), call)
    const record = recordPath(directory, 'key')
    const folder = join(record, '..')
    const during = (work: () => unknown) => {
      trace.length = 0
      return Promise.resolve(work()).then(() => trace.map((line) => line.replaceAll(/\/locks\/\S+/g, '/locks/...')))
    }
    const steps = [`fsync ${directory}/locks/...`, `rename ${directory}/locks/... ${record}`, `fsync ${folder}`]
    const of = (lines: string[]) => lines.filter((line) => steps.includes(line) || line.startsWith('fsync'))
    expect(of(await during(() => store.update('key', entry('b'), { now: NOW, ifRevision: 'a' })))).toEqual(steps)
    expect(of(await during(() => store.touch('key', LATER + 1, { now: NOW, ifRevision: 'b' })))).toEqual(steps)
    expect(of(await during(() => store.delete('key', call)))).toEqual([`fsync ${folder}`])
    // The index is on the disk before the record is.
    const inserted = of(await during(() => store.insert('key', entry('c', { owner: 'new user' }), call)))
    const [bytes, ...rest] = inserted
    expect(bytes).toBe(steps[0])
    expect(rest.slice(-2)).toEqual(steps.slice(1))
    expect(rest.slice(0, -2).length).toBeGreaterThan(0)
    expect(rest.slice(0, -2).every((line) => line.startsWith(`fsync ${directory}/owners`))).toBe(true)
  })

  it('that is told not to be waits for no disk', async () => {
    const { disk, trace } = tracedDisk()
    const store = openStore(newFolder(), { durable: false }, disk)
    await store.ready()
    await store.insert('key', entry('a', { owner: 'user' }), call)
    await store.update('key', entry('b'), { now: NOW, ifRevision: 'a' })
    await store.delete('key', call)
    expect(trace.some((line) => line.startsWith('rename'))).toBe(true)
    expect(trace.filter((line) => line.startsWith('fsync'))).toEqual([])
  })
})

describe('folders that disappear', () => {
  it('are missing entries for those who read, and are made again for those who insert [T240]', async () => {
    const directory = join(newFolder(), 'sessions')
    const store = openStore(directory, { durable: true })
    await store.ready()
    const gone = ['', 'records', 'owners', 'locks', `records/${recordPath(directory, 'key').split('/').at(-3)}`]
    for (const path of gone) {
      expect(await store.insert('key', entry('a', { owner: 'user' }), call)).toBe('inserted')
      rmSync(join(directory, path), { recursive: true })
      if (path !== 'owners' && path !== 'locks') {
        expect(await store.get('key', call)).toBe(undefined)
        expect(await store.update('key', entry('b'), { now: NOW, ifRevision: 'a' })).toEqual({ outcome: 'gone' })
        expect(await store.touch('key', LATER, { now: NOW, ifRevision: 'a' })).toBe('gone')
        expect(await store.delete('key', call)).toBe('gone')
        expect(await store.list({ limit: 10 }, call)).toEqual({ entries: [] })
        expect(await store.count({}, call)).toBe(0)
      } else {
        // The record is there, and the next write makes its hint again.
        const written = entry('b', { owner: 'user' })
        expect(await store.update('key', written, { now: NOW, ifRevision: 'a' })).toEqual({ outcome: 'updated' })
        expect((await store.list({ limit: 10, owner: 'user' }, call)).entries).toHaveLength(1)
        expect(await store.delete('key', call)).toBe('deleted')
      }
      for (let more = true; more; ) more = (await store.sweep(10, call)).more
      await store.ping(call)
    }
  })

  it('and are a file instead are an error, not a crash', async () => {
    const directory = join(newFolder(), 'sessions')
    writeFileSync(directory, 'a file')
    const store = openStore(directory)
    const asks = [() => store.ready(), () => store.get('key', call), () => store.insert('key', entry('a'), call)]
    for (const ask of asks)
      await expect(ask()).rejects.toMatchObject({
        code: 'ERR_SESSION_STORE',
        message: expect.stringContaining(directory),
      })
    expect(readFileSync(directory, 'utf8')).toBe('a file')
  })
})

describe('many calls at once', () => {
  it('have a bounded number of files open', async () => {
    const { disk, open, most } = countedDisk()
    const store = openStore(newFolder(), {}, disk)
    await store.insert('key', entry('a'), call)
    const found = await Promise.all(Array.from({ length: 1000 }, () => store.get('key', call)))
    expect(found.filter((one) => one?.revision === 'a')).toHaveLength(1000)
    expect(most()).toBeLessThanOrEqual(64)
    await expect.poll(open).toBe(0)
  })

  it('do not touch the disk for one entry at the same time in one process: they wait in line', async () => {
    let tries = 0
    const disk = diskWith(({ rename }) => ({
      rename: (from, to) => {
        tries += 1
        return rename(from, to)
      },
    }))
    const store = openStore(newFolder(), {}, disk)
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => store.insert('key', entry(`r${n}`), call)))
    expect(outcomes.filter((one) => one === 'inserted')).toHaveLength(1)
    // Lock, write (twice, because the folder had to be made), unlock: the other 49 saw the entry.
    expect(tries).toBe(4)
  })
})

describe('close', () => {
  it('waits for writes under way, ends all calls after it and may be called again', async () => {
    const directory = newFolder()
    const store = openStore(directory)
    const writes = ['a', 'b', 'c'].map((key) => store.insert(key, entry('a'), call))
    const again = store.insert('a', entry('b'), call)
    let over = 0
    for (const write of [...writes, again]) void write.then(() => (over += 1))
    await store.close()
    expect(over).toBe(4)
    expect(leftovers(directory)).toEqual([])
    expect(await Promise.all(writes)).toEqual(['inserted', 'inserted', 'inserted'])
    expect(await again).toBe('taken')
    await store.close()
    const asks = [
      () => store.get('a', call),
      () => store.delete('a', call),
      () => store.sweep(1, call),
      () => store.ready(),
    ]
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(statSync(recordPath(directory, 'a')).isFile()).toBe(true)
  })
})
