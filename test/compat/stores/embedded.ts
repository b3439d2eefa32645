/** Stores that need no server: in memory, in files, and on databases in this process. */

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { sqlite3Handle } from '../../formats/sqlite3-handle.ts'
import { openSqlite } from '../../stores/sqlite-bench.ts'
import { load, type OpenStore, published } from './open.ts'

const nothing = async (): Promise<void> => undefined

const inFolder = async <T>(open: (folder: string) => Promise<T>) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bridges-'))
  return { ...(await open(folder)), close: () => rm(folder, { recursive: true, force: true }) }
}

const memoryStore: OpenStore = async () => ({ store: new published.MemoryStore(), close: nothing })

const memorystore: OpenStore = async () => {
  const MemoryStore = load('memorystore')(published)
  return { store: new MemoryStore({}), close: nothing }
}

const fileStore: OpenStore = () =>
  inFolder(async (path) => {
    const FileStore = load('session-file-store')(published)
    // Without `retries: 0` each look at a session that is not there takes half a second.
    const open = () => new FileStore({ path, retries: 0, reapInterval: -1, logFn: () => undefined })
    return { store: open(), reopen: async () => open() }
  })

const sqliteStore: OpenStore = async () => {
  const databases: { close(): unknown }[] = []
  const { close, ...opened } = await inFolder(async (folder) => {
    const SqliteStore = load('connect-sqlite3')(published)
    const open = async () => {
      const database = openSqlite('libsql', join(folder, 'sessions.db'))
      databases.push(database)
      const store = new SqliteStore({ db: sqlite3Handle(database) })
      await once(store.client, 'connect')
      return store
    }
    return { store: await open(), reopen: open }
  })
  return {
    ...opened,
    async close() {
      for (const database of databases) database.close()
      await close()
    },
  }
}

/** On dynalite, which speaks as DynamoDB does. */
const dynamodbStore: OpenStore = async () => {
  const server = load('dynalite')({ createTableMs: 0, deleteTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials })
  const DynamoDBStore = load('connect-dynamodb')(published)
  const open = async () => {
    const store = new DynamoDBStore({ client })
    await store.initialize()
    return store
  }
  const store = await open()
  // The table exists once it is active.
  for (;;) {
    const { Table } = await store.describeSessionsTable()
    if (Table.TableStatus === 'ACTIVE') break
  }
  return {
    store,
    reopen: open,
    async close() {
      client.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

export const EMBEDDED: Readonly<Record<string, OpenStore>> = {
  "express-session's MemoryStore": memoryStore,
  memorystore,
  'session-file-store': fileStore,
  'connect-sqlite3': sqliteStore,
  'connect-dynamodb': dynamodbStore,
}
