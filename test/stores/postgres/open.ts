/** What the tests of the PostgreSQL store share: its clients, and stores on a database of their own. */

import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import postgres from 'postgres'
import { type PostgresClient, type PostgresStoreOptions, postgresStore } from '../../../src/stores/postgres.ts'

/** The last one is how postgres.js has to be set up behind PgBouncer, which loses answers to pipelined statements. */
export type Library = 'pg Pool' | 'pg Client' | 'postgres.js' | 'postgres.js unpipelined'

export const libraries: readonly Library[] = ['pg Pool', 'pg Client', 'postgres.js']

export const child = (name: string): string => fileURLToPath(new URL(`../../children/${name}`, import.meta.url))

export interface OpenClient {
  readonly client: PostgresClient
  end(): Promise<void>
}

/** A client that is connected, or connects by itself. */
export async function openClient(library: Library, url: string, max = 5): Promise<OpenClient> {
  if (library.startsWith('postgres.js')) {
    const unpipelined = library.endsWith('unpipelined') && { max_pipeline: 0 }
    const sql = postgres(url, { max, connect_timeout: 20, onnotice: () => undefined, ...unpipelined })
    return { client: sql, end: () => sql.end({ timeout: 1 }) }
  }
  if (library === 'pg Pool') {
    const pool = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: 20_000, query_timeout: 20_000 })
    return { client: pool, end: () => pool.end() }
  }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 })
  await client.connect()
  return { client, end: () => client.end() }
}

/** A store that is ready, on a client of its own. */
export async function openForTest(
  url: string,
  options?: PostgresStoreOptions,
  library: Library = 'pg Pool',
  max?: number,
) {
  const { client, end } = await openClient(library, url, max)
  const store = postgresStore(client, options)
  await store.ready()
  return { store, client, close: end }
}

/** In this process, without a server. */
export const openPglite = async () => {
  const database = await PGlite.create()
  return { client: database, close: () => database.close() }
}

export const now = 1_700_000_000_000
export const call = { now }

export const entry = (revision: string, over: object = {}) => ({
  value: `{"of":"${revision}"}`,
  expiresAt: now + 60_000,
  revision,
  ...over,
})
