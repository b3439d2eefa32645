// Holdfast's store of each kind, and `floor()`: the statements that one would write by hand in its place.
import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { clients } from '../../http/clients.mjs'

async function memory() {
  const { memoryStore } = await import('holdfast/memory')
  const entries = new Map()
  const floor = () => ({
    load: (id) => entries.get(id),
    save: (id, text) => entries.set(id, text),
    remove: (id) => entries.delete(id),
  })
  return { store: memoryStore({ maxBytes: 2 ** 33 }), floor }
}

async function file(folder) {
  const { fileStore } = await import('holdfast/file')
  const path = (id) => join(folder, createHash('sha256').update(id).digest('hex'))
  const floor = () => ({
    load: (id) => readFile(path(id), 'utf8').catch(() => undefined),
    save: (id, text) => writeFile(path(id), text),
    remove: (id) => rm(path(id), { force: true }),
  })
  return { store: fileStore({ directory: join(folder, 'sessions') }), floor }
}

async function sqlite(folder) {
  const { default: Database } = await import('libsql')
  const { sqliteStore } = await import('holdfast/sqlite')
  const floor = () => {
    const database = new Database(join(folder, 'minimum.db'))
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('CREATE TABLE IF NOT EXISTS minimum (id TEXT PRIMARY KEY, value TEXT)')
    const read = database.prepare('SELECT value FROM minimum WHERE id = ?')
    const write = database.prepare('REPLACE INTO minimum VALUES (?, ?)')
    const remove = database.prepare('DELETE FROM minimum WHERE id = ?')
    return {
      load: (id) => read.get(id)?.value,
      save: (id, text) => write.run(id, text),
      remove: (id) => remove.run(id),
    }
  }
  return { store: sqliteStore(new Database(join(folder, 'sessions.db'))), floor }
}

const openers = {
  memory,
  file,
  sqlite,
  ioredis: clients.ioredis,
  'node-redis': clients['node-redis'],
  postgres: clients.pg,
  mariadb: clients.mysql2,
  ferretdb: clients.mongodb,
}

/** What it answers is opened at the first call: a target uses one of the two. */
export function ownStore(name, at) {
  return {
    async store() {
      const { store } = await openers[name](at)
      await store.ready?.()
      return store
    },
    async floor() {
      const { floor } = await openers[name](at)
      return floor()
    },
  }
}
