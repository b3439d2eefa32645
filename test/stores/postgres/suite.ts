import { afterAll, describe, it } from 'vitest'
import { postgresStore } from '../../../src/stores/postgres.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { child, type Library, type OpenClient, openClient } from './open.ts'

/** A table per rule: a database each would take a hundred times as long. They go with the server. */
let tables = 0
export const freshTable = (): string => `t${(tables += 1)}`

/** The rules of the port on fresh tables, through clients that are kept for the next rule. */
export function postgresSuite(name: string, library: Library, url: () => string): void {
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
      return { store: await open(0), reopen: () => open(1) }
    },
    processes: {
      module: child('store-postgres.mjs'),
      address: () => `${library}|${freshTable()}|${url()}`,
    },
  })
}
