import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { describe, it } from 'vitest'
import { fileStore } from '../../src/stores/file.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type SqliteDatabase, sqliteStore } from '../../src/stores/sqlite.ts'
import { storeSuite } from '../../src/testing/index.ts'

const child = (name: string) => fileURLToPath(new URL(`../children/${name}`, import.meta.url))
const folder = () => mkdtemp(join(tmpdir(), 'holdfast-conformance-'))
const remove = (path: string) => rm(path, { recursive: true })

storeSuite({
  describe,
  it,
  name: 'memoryStore',
  open: () => ({ store: memoryStore() }),
  small: () => ({ store: memoryStore({ maxEntries: 100 }) }),
  weaknesses: ['single-process', 'volatile', 'evicts'],
})

storeSuite({
  describe,
  it,
  name: 'fileStore',
  open: async () => {
    const directory = await folder()
    const open = () => fileStore({ directory })
    return { store: open(), reopen: open, close: () => remove(directory) }
  },
  processes: { module: child('store-file.mjs'), address: folder, remove },
})

/** One suite per driver: they differ in what they bind and return. */
function sqliteSuite(driver: string, connect: (path: string) => SqliteDatabase & { close(): unknown }): void {
  storeSuite({
    describe,
    it,
    name: `sqliteStore on ${driver}`,
    open: async () => {
      const directory = await folder()
      const opened: { close(): unknown }[] = []
      const open = () => {
        const database = connect(join(directory, 'sessions.db'))
        opened.push(database)
        return sqliteStore(database)
      }
      const close = async () => {
        for (const database of opened) database.close()
        await remove(directory)
      }
      return { store: open(), reopen: open, close }
    },
    processes: {
      module: child('store-sqlite.mjs'),
      address: async () => join(await folder(), 'sessions.db'),
      remove: (path) => remove(join(path, '..')),
    },
  })
}

sqliteSuite('libsql', (path) => new Database(path))

interface BuiltIn {
  readonly DatabaseSync: new (path: string) => SqliteDatabase & { close(): unknown }
}
// Node 20 has none, and its type declarations none either.
const builtIn = process.getBuiltinModule('node:sqlite') as unknown as BuiltIn | undefined
if (builtIn) sqliteSuite('node:sqlite', (path) => new builtIn.DatabaseSync(path))
else describe('sqliteStore on node:sqlite', () => it.skip(`Node ${process.versions.node} has none`, () => undefined))
