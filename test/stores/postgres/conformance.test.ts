import { afterAll, beforeAll, describe, it } from 'vitest'
import { postgresStore } from '../../../src/stores/postgres.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/found.ts'
import { type PgBouncer, pgbouncer } from '../../servers/pgbouncer.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { child, type Library, libraries, type OpenClient, openClient, openPglite } from './open.ts'

let server: PostgresServer

/** A table per rule: a database each would take a hundred times as long. */
let tables = 0
const freshTable = () => `t${(tables += 1)}`

/** Opens stores on a fresh table through clients that are kept for the next rule. */
function suite(name: string, library: Library, url: () => string): void {
  const clients: OpenClient[] = []
  const client = async (n: number) => (clients[n] ??= await openClient(library, url()))
  afterAll(async () => {
    for (const { end } of clients) await end()
  })
  storeSuite({
    describe,
    it,
    name,
    open: async () => {
      const table = freshTable()
      const open = async (n: number) => postgresStore((await client(n)).client, { table })
      return {
        store: await open(0),
        reopen: () => open(1),
        close: () => server.admin(`DROP TABLE ${table}`, [], url()),
      }
    },
    processes: {
      module: child('store-postgres.mjs'),
      // What a process makes of it: library, table, URL.
      address: () => `${library}|${freshTable()}|${url()}`,
    },
  })
}

describeWith('postgres', 'postgresStore', () => {
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  for (const library of libraries) suite(`postgresStore on ${library}`, library, () => server.url)

  describeWith('pgbouncer', 'behind PgBouncer in transaction mode', () => {
    let bouncer: PgBouncer
    beforeAll(async () => {
      bouncer = await pgbouncer(server.url)
    })
    afterAll(() => bouncer?.close())

    for (const library of ['pg Pool', 'postgres.js unpipelined'] as const) {
      suite(`postgresStore on ${library} through PgBouncer [T216]`, library, () => bouncer.url)
    }
  })
})

describe('without a server', () => {
  let database: Awaited<ReturnType<typeof openPglite>>
  beforeAll(async () => {
    database = await openPglite()
  })
  afterAll(() => database?.close())

  storeSuite({
    describe,
    it,
    name: 'postgresStore on PGlite',
    open: () => {
      const table = freshTable()
      const open = () => postgresStore(database.client, { table })
      return { store: open(), reopen: open, close: () => database.client.exec(`DROP TABLE ${table}`) }
    },
    weaknesses: ['single-process'],
  })
})
