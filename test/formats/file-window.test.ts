import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { sessionsIn } from '../../src/formats/file/sessions.ts'
import { type Disk, files as filesOn, systemDisk } from '../../src/stores/file/disk.ts'
import { holder } from '../../src/stores/file/holder.ts'
import { locks as locksIn } from '../../src/stores/file/locks.ts'
import { queue } from '../../src/stores/file/queue.ts'

const call = { now: 0 }
const HOUR = 3_600_000

describe('the other library, which knows no locks, in the middle of a change', () => {
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })

  /** Sessions on a disk where `intrude` happens once, when the change has come to this step. */
  const open = (
    step: 'before the lock' | 'before the rename',
    intrude: (path: string) => void,
    over: Partial<Disk> = {},
  ) => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-format-'))
    folders.push(directory)
    const pathOf = (key: string) => `${directory}/${key}.json`
    let due = true
    const once = (path: string) => {
      if (due && existsSync(pathOf('id'))) {
        due = false
        intrude(path)
      }
    }
    const disk: Disk = {
      ...systemDisk,
      async rename(from, to) {
        if (step === 'before the lock' && to.includes('.locks/')) once(pathOf('id'))
        return systemDisk.rename(from, to)
      },
      async lstat(path) {
        if (step === 'before the rename' && path === pathOf('id')) once(path)
        return systemDisk.lstat(path)
      },
      ...over,
    }
    const files = filesOn(disk, false)
    const locks = locksIn(files, { locks: `${directory}/.locks` }, holder(), 5000)
    const sessions = sessionsIn({ files, locks, queue: queue(), directory, ttlMs: HOUR, pathOf })
    return { sessions, write: (text: string) => writeFileSync(pathOf('id'), text), path: pathOf('id') }
  }
  const blindly = (path: string) => {
    writeFileSync(`${path}.1`, '{"blind":1,"__lastAccess":5}')
    renameSync(`${path}.1`, path)
  }
  const removing = (path: string) => rmSync(path)

  for (const step of ['before the lock', 'before the rename'] as const) {
    it(`what it writes ${step} is compared, and stays`, async () => {
      const { sessions, write, path } = open(step, blindly)
      write('{"first":1,"__lastAccess":5}')
      const seen: (string | undefined)[] = []
      const answer = await sessions.change('id', call, (found) => {
        seen.push(found?.value)
        if (found?.value !== '{"first":1}') return { answer: 'conflict' }
        return { answer: 'updated', put: { value: '{"mine":1}', expiresAt: HOUR } }
      })
      assert.equal(answer, 'conflict')
      assert.equal(seen.at(-1), '{"blind":1}')
      assert.equal(await readFile(path, 'utf8'), '{"blind":1,"__lastAccess":5}')
    })

    it(`what it removes ${step} does not come back`, async () => {
      const { sessions, write, path } = open(step, removing)
      write('{"first":1,"__lastAccess":5}')
      const answer = await sessions.change('id', call, (found) =>
        found === undefined ? { answer: 'gone' } : { answer: 'updated', put: { value: '{"mine":1}', expiresAt: HOUR } },
      )
      assert.equal(answer, 'gone')
      assert.equal(existsSync(path), false)
    })

    it(`what it writes ${step} is not removed in the place of what was there`, async () => {
      const { sessions, write, path } = open(step, blindly)
      write('{"first":1,"__lastAccess":5}')
      const answer = await sessions.change('id', call, (found) =>
        found?.value === '{"first":1}' ? { answer: 'deleted', remove: true } : { answer: 'conflict' },
      )
      assert.equal(answer, 'conflict')
      assert.ok(existsSync(path))
    })
  }

  it('a file that looks the same by its number, size and times is compared by what is in it', async () => {
    const alike = <T extends object>(stats: T): T => Object.assign(stats, { ino: 1, mtimeMs: 1, ctimeMs: 1 })
    const { sessions, write, path } = open(
      'before the lock',
      (at) => writeFileSync(at, '{"other":1,"__lastAccess":5}'),
      {
        fstat: async (fd) => alike(await systemDisk.fstat(fd)),
        lstat: async (at) => alike(await systemDisk.lstat(at)),
      },
    )
    write('{"first":1,"__lastAccess":5}')
    const answer = await sessions.change('id', call, (found) =>
      found?.value === '{"first":1}'
        ? { answer: 'updated', put: { value: '{"mine":1}', expiresAt: HOUR } }
        : { answer: 'conflict' },
    )
    assert.equal(answer, 'conflict')
    assert.equal(await readFile(path, 'utf8'), '{"other":1,"__lastAccess":5}')
  })

  it('a writer that never stops is an error after some rounds, and its text stays', async () => {
    let n = 0
    const { sessions, write, path } = open('before the lock', () => undefined)
    write('{"n":0,"__lastAccess":5}')
    const change = sessions.change('id', call, (found) => {
      n += 1
      write(`{"n":${n},"__lastAccess":5}`)
      return { answer: 'updated', put: { value: String(found?.value), expiresAt: HOUR } }
    })
    await assert.rejects(change, { code: 'ERR_SESSION_STORE', retryable: true })
    assert.equal(await readFile(path, 'utf8'), `{"n":${n},"__lastAccess":5}`)
  })
})
