// A store for several processes that makes one mistake, which the address names: `mistake:folder`.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { memoryStore } from 'holdfast/memory'
import { storeProcess } from 'holdfast/testing'

/** A file per key. Every method looks, waits a moment and then writes, with nothing to keep the others out. */
const unlockedStore = (folder) => {
  const path = (key) => join(folder, Buffer.from(key).toString('hex'))
  const read = (key) => {
    try {
      return JSON.parse(readFileSync(path(key), 'utf8'))
    } catch {
      return undefined
    }
  }
  const live = (key, now) => {
    const entry = read(key)
    return entry && entry.expiresAt > now ? entry : undefined
  }
  const keys = () =>
    readdirSync(folder)
      .filter((file) => !file.includes('.'))
      .map((file) => Buffer.from(file, 'hex').toString())
  const write = async (key, entry) => {
    await pause(2)
    const draft = `${path(key)}.${process.pid}`
    writeFileSync(draft, JSON.stringify(entry))
    renameSync(draft, path(key))
  }
  return {
    name: 'unlocked',
    ready: () => void mkdirSync(folder, { recursive: true }),
    get: (key, { now }) => live(key, now),
    async insert(key, entry, { now }) {
      if (live(key, now)) return 'taken'
      await write(key, entry)
      return 'inserted'
    },
    async update(key, entry, { now, ifRevision }) {
      const current = live(key, now)
      if (!current) return { outcome: 'gone' }
      if (current.revision !== ifRevision) return { outcome: 'conflict', current }
      await write(key, entry)
      return { outcome: 'updated' }
    },
    async delete(key, { now }) {
      if (!live(key, now)) return 'gone'
      rmSync(path(key), { force: true })
      await pause(5)
      return 'deleted'
    },
    async deleteOwned({ owner, limit }, { now }) {
      const due = keys()
        .filter((key) => live(key, now)?.owner === owner)
        .slice(0, limit)
      await pause(5)
      for (const key of due) rmSync(path(key), { force: true })
      return due
    },
    async sweep(limit, { now }) {
      const due = keys()
        .filter((key) => (read(key)?.expiresAt ?? now + 1) <= now)
        .slice(0, limit)
      await pause(20)
      for (const key of due) rmSync(path(key), { force: true })
      return { removed: due.length, more: due.length === limit }
    },
  }
}

const MISTAKES = {
  apart: () => memoryStore(),
  unlocked: unlockedStore,
  first: (folder) => ({
    ...unlockedStore(join(folder, 'made')),
    ready: () => mkdirSync(join(folder, 'made')) && undefined,
  }),
}

storeProcess((address) => {
  const [, mistake, folder] = /^(\w+):(.*)$/.exec(address)
  return MISTAKES[mistake](folder)
})
