import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { describeWith, type Kind } from './found.ts'
import { mariadbServer } from './mariadb.ts'
import { mongodbServer } from './mongodb.ts'
import { postgresServer } from './postgres.ts'
import { redisServer } from './redis.ts'

/** Where several processes keep their sessions together. */
export interface Place {
  readonly address: string
  close(): Promise<void>
}

/** A place for each store that several processes can share, by the name that `test/children/app-stores.mjs` has for it. */
export interface PlaceOfStore {
  readonly store: string
  /** The server that it needs, if any. */
  readonly kind: Kind | undefined
  /** Tests that need this place; where its server is missing, a title that says so. */
  describe(title: string, body: () => void): void
  open(): Promise<Place>
}

interface Server {
  readonly url: string
  start(): Promise<void>
  close(): Promise<void>
}

/** A server that runs. */
export async function running<T extends Server>(server: Promise<T>): Promise<T> {
  const it = await server
  await it.start()
  return it
}

const onDisk = (store: string, name: string): PlaceOfStore => ({
  store,
  kind: undefined,
  describe: (title, body) => describe(title, body),
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'hf-'))
    return { address: join(folder, name), close: () => rm(folder, { recursive: true, force: true }) }
  },
})

const onServer = (store: string, kind: Kind, start: () => Promise<Server>): PlaceOfStore => ({
  store,
  kind,
  describe: (title, body) => describeWith(kind, title, body),
  async open() {
    const { url, close } = await start()
    return { address: url, close }
  },
})

export const PLACES: readonly PlaceOfStore[] = [
  onDisk('file', 'sessions'),
  onDisk('sqlite', 'sessions.db'),
  onServer('redis', 'redis', () => running(redisServer())),
  onServer('pg', 'postgres', () => postgresServer()),
  onServer('mysql2', 'mariadb', () => running(mariadbServer())),
  onServer('mongodb', 'mongodb', () => running(mongodbServer())),
]
