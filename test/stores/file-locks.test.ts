import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemDisk } from '../../src/stores/file/disk.ts'
import { holder } from '../../src/stores/file/holder.ts'
import { nameOf } from '../../src/stores/file/layout.ts'
import {
  call,
  diskWith,
  entry,
  everyCall,
  leftovers,
  NOW,
  newFolder,
  openStore,
  recordPath,
  systemError,
  tracedDisk,
} from './file-bench.ts'

const LONG = 10 * 60 * 1000
const [machine, pid, start] = (await holder().next()).split('-')
const otherObject = '0123456789abcdef'
/** The id of a process that has ended. */
const ended = spawnSync(process.execPath, ['--version']).pid

const TOKENS = {
  'of a process that has ended': `${machine}-${ended}-${start}-${otherObject}-1`,
  'of a process whose number another one has now': `${machine}-${pid}-${Number(start) - 1}-${otherObject}-1`,
}
const UNKNOWN = {
  'of a process that runs': `${machine}-${pid}-${start}-${otherObject}-1`,
  'of another machine': `ffffffffffff-${ended}-${start}-${otherObject}-1`,
  'of nobody that we know': 'notes.txt',
}

/** The lock of the entry `key`, as another process would hold it. */
function lockAs(directory: string, token: string): void {
  mkdirSync(join(directory, 'locks', nameOf('key')), { recursive: true })
  writeFileSync(join(directory, 'locks', nameOf('key'), token), '')
}

describe('a lock', () => {
  it.each(Object.entries(TOKENS))('%s is taken at once, by every kind of write', async (_whose, token) => {
    const directory = newFolder()
    const store = openStore(directory, { lockTimeout: LONG })
    lockAs(directory, token)
    expect(await store.insert('key', entry('a'), call)).toBe('inserted')
    lockAs(directory, token)
    expect(await store.update('key', entry('b'), { now: NOW, ifRevision: 'a' })).toEqual({ outcome: 'updated' })
    lockAs(directory, token)
    expect(await store.touch('key', NOW + 5, { now: NOW, ifRevision: 'b' })).toBe('touched')
    lockAs(directory, token)
    expect(await store.delete('key', call)).toBe('deleted')
    expect(leftovers(directory)).toEqual([])
  })

  it('whose holder ended just after unlocking, so that an empty folder is left, is free', async () => {
    const directory = newFolder()
    const store = openStore(directory, { lockTimeout: LONG })
    mkdirSync(join(directory, 'locks', nameOf('key')), { recursive: true })
    expect(await store.insert('key', entry('a'), call)).toBe('inserted')
    expect(leftovers(directory)).toEqual([])
  })

  it.each(Object.entries(UNKNOWN))(
    '%s is waited for, and taken when it is older than lockTimeout',
    async (_whose, token) => {
      const directory = newFolder()
      const store = openStore(directory, { lockTimeout: 200 })
      // Before the lock is there: it grows old also while this process waits for a processor.
      const before = performance.now()
      lockAs(directory, token)
      expect(await store.insert('key', entry('a'), call)).toBe('inserted')
      expect(performance.now() - before).toBeGreaterThan(150)
      expect(leftovers(directory)).toEqual([])
    },
  )

  it('is taken when it is old enough, however slow the disk is', async () => {
    const directory = newFolder()
    lockAs(directory, UNKNOWN['of another machine'])
    const slow = diskWith(({ rename }) => ({
      rename: async (from, to) => {
        await pause(60)
        return rename(from, to)
      },
    }))
    const store = openStore(directory, { lockTimeout: 50 }, slow)
    expect(await store.insert('key', entry('a'), call)).toBe('inserted')
    expect(leftovers(directory)).toEqual([])
  })

  it.each(Object.entries(UNKNOWN))('%s keeps nobody from reading', async (_whose, token) => {
    const directory = newFolder()
    const store = openStore(directory, { lockTimeout: LONG })
    await store.insert('key', entry('a'), call)
    lockAs(directory, token)
    expect(await store.get('key', call)).toEqual(entry('a'))
    expect(await store.count({}, call)).toBe(1)
    // Nor from an answer that needs no write.
    expect(await store.insert('key', entry('b'), call)).toBe('taken')
    expect(await store.delete('key', { now: NOW, ifRevision: 'x' })).toBe('conflict')
    expect(await store.delete('nothing', call)).toBe('gone')
  })

  it('is not waited for any longer when the caller stops waiting, first in line or not', async () => {
    const directory = newFolder()
    const store = openStore(directory, { lockTimeout: LONG })
    await store.insert('key', entry('a'), call)
    lockAs(directory, UNKNOWN['of a process that runs'])
    const controller = new AbortController()
    const late = { now: NOW, signal: controller.signal }
    const patient = store.delete('key', call)
    const asks = [openStore(directory, { lockTimeout: LONG }).delete('key', late), store.delete('key', late)]
    const outcomes = Promise.allSettled(asks)
    setTimeout(() => controller.abort(), 20)
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_SESSION_STORE_TIMEOUT', retryable: true },
      })
    }
    await expect(store.delete('key', { now: NOW, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE_TIMEOUT',
    })
    expect(await store.get('key', call)).toEqual(entry('a'))
    rmSync(join(directory, 'locks', nameOf('key')), { recursive: true })
    expect(await patient).toBe('deleted')
    expect(leftovers(directory)).toEqual([])
  })

  it('that others keep taking is given up after a while', async () => {
    const directory = newFolder()
    let changes = 0
    // Each look finds the lock of another one, new since the last look.
    const disk = diskWith(({ readdir, lstat }) => ({
      lstat: async (path) => Object.assign(await lstat(path), path.endsWith(nameOf('key')) && { ctimeMs: Date.now() }),
      readdir: (path) => {
        if (path.endsWith(nameOf('key'))) {
          const names = readdirSync(path)
          renameSync(join(path, names[0]!), join(path, `${machine}-${pid}-${start}-${otherObject}-${(changes += 1)}`))
        }
        return readdir(path)
      },
    }))
    const store = openStore(directory, { lockTimeout: 100 }, disk)
    lockAs(directory, UNKNOWN['of a process that runs'])
    await expect(store.insert('key', entry('a'), call)).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE_TIMEOUT',
      retryable: true,
    })
    expect(changes).toBeGreaterThan(1)
    expect(leftovers(directory)).toHaveLength(2)
  })
})

/** A store that stops for a while at the moment when it would put its bytes in place, or remove the record. */
function sleepyStore(directory: string, lockTimeout = 50) {
  const { pass, arrived: sleeping, open: wake } = gate()
  const record = recordPath(directory, 'key')
  const disk = diskWith(({ rename, lstat }) => ({
    rename: async (from, to) => {
      if (to === record) await pass()
      return rename(from, to)
    },
    // The last thing that a delete looks at before it removes is whether its lock is still there.
    lstat: async (path) => {
      if (path.includes(`/locks/${nameOf('key')}/`)) await pass()
      return lstat(path)
    },
  }))
  return { store: openStore(directory, { lockTimeout }, disk), sleeping, wake }
}

/** Something that keeps everybody who passes until it is opened. */
function gate() {
  let open = (): void => undefined
  let arrive = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const pass = (): Promise<void> => {
    arrive()
    return opened
  }
  return { pass, arrived, open }
}

describe('a process that was stopped while it held a lock, and lost it', () => {
  const setUp = async () => {
    const directory = newFolder()
    const store = openStore(directory, { lockTimeout: 50 })
    await store.insert('key', entry('a'), call)
    return { directory, store, sleepy: sleepyStore(directory) }
  }
  const based = { now: NOW, ifRevision: 'a' }

  it('cannot write any more: it finds out that others were faster', async () => {
    const { directory, store, sleepy } = await setUp()
    const late = sleepy.store.update('key', entry('late'), based)
    await sleepy.sleeping
    expect(await store.update('key', entry('b'), based)).toEqual({ outcome: 'updated' })
    sleepy.wake()
    expect(await late).toEqual({ outcome: 'conflict', current: entry('b') })
    expect(await store.get('key', call)).toEqual(entry('b'))
    expect(leftovers(directory)).toEqual([])
  })

  it('cannot bring back what was deleted meanwhile', async () => {
    const { directory, store, sleepy } = await setUp()
    const late = sleepy.store.update('key', entry('late'), based)
    await sleepy.sleeping
    expect(await store.delete('key', call)).toBe('deleted')
    sleepy.wake()
    expect(await late).toEqual({ outcome: 'gone' })
    expect(await store.get('key', call)).toBe(undefined)
    expect(leftovers(directory)).toEqual([])
  })

  it('cannot delete what was written meanwhile', async () => {
    const { directory, store, sleepy } = await setUp()
    const late = sleepy.store.delete('key', based)
    await sleepy.sleeping
    expect(await store.update('key', entry('b'), based)).toEqual({ outcome: 'updated' })
    sleepy.wake()
    expect(await late).toBe('conflict')
    expect(await store.get('key', call)).toEqual(entry('b'))
    expect(leftovers(directory)).toEqual([])
  })

  it('tries again when nothing has changed meanwhile', async () => {
    const { directory, store, sleepy } = await setUp()
    const late = sleepy.store.update('key', entry('late'), based)
    await sleepy.sleeping
    rmSync(join(directory, 'locks', nameOf('key')), { recursive: true })
    sleepy.wake()
    expect(await late).toEqual({ outcome: 'updated' })
    expect(await store.get('key', call)).toEqual(entry('late'))
    expect(leftovers(directory)).toEqual([])
  })
})

describe('two that take over from the same dead process', () => {
  it('at different speeds: the slow one does not end the lock of the fast one', async () => {
    const directory = newFolder()
    const folder = join(directory, 'locks', nameOf('key'))
    const dead = TOKENS['of a process that has ended']
    const fast = sleepyStore(directory, LONG)
    const looking = gate()
    const disk = diskWith(({ unlink }) => ({
      // It has seen the dead one's lock and is about to remove it.
      unlink: async (path) => {
        if (path === join(folder, dead)) await looking.pass()
        return unlink(path)
      },
    }))
    await openStore(directory).insert('key', entry('a'), call)
    lockAs(directory, dead)
    const based = { now: NOW, ifRevision: 'a' }
    const slow = openStore(directory, { lockTimeout: LONG }, disk).update('key', entry('slow'), based)
    await looking.arrived
    const first = fast.store.update('key', entry('fast'), based)
    await fast.sleeping
    const held = readdirSync(folder)
    expect(held).toHaveLength(2)
    looking.open()
    const both = Promise.race([slow, pause(100)])
    expect(await both).toBe(undefined)
    expect(readdirSync(folder)).toEqual(held)
    fast.wake()
    expect(await first).toEqual({ outcome: 'updated' })
    expect(await slow).toEqual({ outcome: 'conflict', current: entry('fast') })
    expect(leftovers(directory)).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('a process', () => {
  it('that was killed and whose parent has not noticed is dead', async () => {
    // The shell becomes a program that never asks how its child ended.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const child = String((await once(parent.stdout, 'data'))[0]).trim()
    const stat = () => readFileSync(`/proc/${child}/stat`, 'latin1').split(') ')[1]!.split(' ')
    await expect.poll(() => stat()[0], { timeout: 20_000 }).toBe('Z')
    expect(await holder().judge(`${machine}-${child}-${stat()[19]}-${otherObject}-1`)).toBe('dead')
  })
})

it('a lock that could not be ended because the disk failed is known to be over by its holder', async () => {
  const directory = newFolder()
  let broken = false
  const disk = everyCall(systemDisk, async (name, args, run) => {
    if (broken && String(args[0]).includes('/locks')) throw systemError('EIO', name)
    const answer = await run()
    if (name === 'rename' && args[1] === recordPath(directory, 'key')) broken = true
    return answer
  })
  const store = openStore(directory, { lockTimeout: LONG }, disk)
  expect(await store.insert('key', entry('a'), call)).toBe('inserted')
  expect(leftovers(directory)).toHaveLength(2)
  broken = false
  expect(await store.delete('key', call)).toBe('deleted')
  expect(leftovers(directory)).toEqual([])
})

describe('the folders that a store locks with', () => {
  const folders = (directory: string) => readdirSync(join(directory, 'locks'))

  it('are made once and used again, few of them are kept, and none after close', async () => {
    const directory = newFolder()
    const { disk, trace } = tracedDisk()
    const store = openStore(directory, {}, disk)
    await store.ready()
    trace.length = 0
    for (let n = 0; n < 20; n += 1) await store.insert('key', entry(`r${n}`), call)
    for (let n = 0; n < 20; n += 1) await store.touch('key', NOW + 9 + n, { now: NOW, ifRevision: 'r0' })
    expect(folders(directory)).toHaveLength(1)
    expect(trace.filter((line) => line.startsWith('mkdir') && line.includes('/locks/'))).toEqual([])
    await Promise.all(Array.from({ length: 60 }, (_, n) => store.insert(`key-${n}`, entry('a'), call)))
    expect(folders(directory).length).toBeLessThanOrEqual(8)
    expect(leftovers(directory)).toEqual([])
    await store.close()
    expect(folders(directory)).toEqual([])
  })

  it('may be gone, or without their file, when they are needed', async () => {
    const directory = newFolder()
    const store = openStore(directory, { lockTimeout: LONG })
    for (const damage of [
      (folder: string) => rmSync(folder, { recursive: true }),
      (folder: string) => rmSync(join(folder, readdirSync(folder)[0]!)),
      (folder: string) => writeFileSync(join(folder, UNKNOWN['of another machine']), ''),
    ]) {
      const harm = () => {
        for (const name of folders(directory)) damage(join(directory, 'locks', name))
      }
      await store.ready()
      harm()
      expect(await store.insert('key', entry('a'), call)).toBe('inserted')
      harm()
      expect(await store.update('key', entry('b'), { now: NOW, ifRevision: 'a' })).toEqual({ outcome: 'updated' })
      harm()
      expect(await store.delete('key', call)).toBe('deleted')
    }
    await store.close()
    expect(folders(directory)).toEqual([])
  })
})

describe('ready, and a pass of sweep,', () => {
  const old = (path: string) => utimesSync(path, new Date(0), new Date(0))

  it('remove what dead processes left and nothing of what others use', async () => {
    const directory = newFolder()
    const first = openStore(directory)
    await first.ready()
    const locks = join(directory, 'locks')
    const make = (folder: string, token?: string) => {
      mkdirSync(join(locks, folder))
      if (token) writeFileSync(join(locks, folder, token), 'half a reco')
      old(join(locks, folder))
    }
    const fill = () => {
      for (const token of Object.values(TOKENS)) make(token, token)
      make(`${TOKENS['of a process that has ended']}0`)
      make(nameOf('1'), TOKENS['of a process that has ended'])
      make(nameOf('2'))
    }
    make(UNKNOWN['of a process that runs'], UNKNOWN['of a process that runs'])
    make(UNKNOWN['of another machine'])
    make(nameOf('3'), UNKNOWN['of another machine'])
    writeFileSync(join(locks, 'notes.txt'), 'mine')
    const used = leftovers(directory).sort()
    fill()
    await openStore(directory).ready()
    expect(leftovers(directory).sort()).toEqual(used)
    fill()
    expect(await first.sweep(1, call)).toEqual({ removed: 0, more: true })
    expect(leftovers(directory).sort()).toEqual(used)
    expect(readFileSync(join(locks, 'notes.txt'), 'utf8')).toBe('mine')
  })

  it('remove what nobody can judge when nobody can be using it any more', async () => {
    const directory = newFolder()
    const disk = diskWith(({ lstat }) => ({
      lstat: async (path) => Object.assign(await lstat(path), { ctimeMs: Date.now() - 61 * 60 * 1000 }),
    }))
    const [folder, token, alive] = [nameOf('key'), UNKNOWN['of another machine'], UNKNOWN['of a process that runs']]
    for (const one of [folder, token]) mkdirSync(join(directory, 'locks', one), { recursive: true })
    for (const one of [folder, token]) writeFileSync(join(directory, 'locks', one, token), '')
    mkdirSync(join(directory, 'locks', alive))
    await openStore(directory).ready()
    expect(leftovers(directory)).toHaveLength(5)
    await openStore(directory, {}, disk).ready()
    expect(leftovers(directory)).toEqual([alive])
  })
})
