import mysql from 'mysql2'
import promised from 'mysql2/promise'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type MysqlConnection, type MysqlPool, mysqlStore } from '../../../src/stores/mysql.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/found.ts'
import { child, drop, freshTable, testServer } from './open.ts'

type Opened = { readonly client: MysqlPool | MysqlConnection; end(): unknown }

/** One suite per way of talking to the server. */
const CLIENTS: Readonly<Record<string, (uri: string) => Opened | Promise<Opened>>> = {
  'a pool of mysql2/promise'(uri) {
    const client = promised.createPool({ uri, connectionLimit: 5 })
    return { client, end: () => client.end() }
  },
  // Counts only the rows that an UPDATE has changed, converts what is no bytes, and hands rows out in other shapes.
  'a pool of mysql2 with unusual settings'(uri) {
    const settings = { charset: 'latin1', flags: ['-FOUND_ROWS'], timezone: '+09:00', namedPlaceholders: true }
    const shapes = { rowsAsArray: true, supportBigNumbers: true, bigNumberStrings: true, typeCast: () => 'cast' }
    const client = mysql.createPool({ uri, connectionLimit: 5, ...settings, ...shapes, resetOnRelease: true })
    return { client, end: () => client.promise().end() }
  },
  async 'a connection of mysql2/promise'(uri) {
    const client = await promised.createConnection(uri)
    return { client, end: () => client.end() }
  },
  'a connection of mysql2'(uri) {
    const client = mysql.createConnection(uri)
    return { client, end: () => client.promise().end() }
  },
}

describeWith('mariadb', 'mysqlStore', () => {
  let server: Awaited<ReturnType<typeof testServer>>
  let admin: promised.Pool
  beforeAll(async () => {
    server = await testServer()
    admin = promised.createPool(server.url)
  })
  afterAll(async () => {
    await admin?.end()
    await server?.close()
  })

  for (const [kind, connect] of Object.entries(CLIENTS)) {
    let opened: Promise<Opened> | undefined
    describe(kind, () => {
      afterAll(async () => (await opened)?.end())
      storeSuite({
        describe,
        it,
        name: `mysqlStore on ${kind}`,
        open: async () => {
          opened ??= Promise.resolve(connect(server.url))
          const { client } = await opened
          const table = freshTable()
          const open = () => mysqlStore(client, { table })
          return { store: open(), reopen: open, close: () => drop(admin, table) }
        },
        processes: {
          module: child('store-mysql.mjs'),
          address: () => `${server.url}?table=${freshTable()}`,
          remove: async (address: string) => {
            await drop(admin, new URL(address).searchParams.get('table') as string)
          },
        },
      })
    })
  }
})
