import { afterAll, beforeAll, describe, it } from 'vitest'
import { postgresStore } from '../../../src/stores/postgres.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { libraries, openPglite } from './open.ts'
import { freshTable, postgresSuite } from './suite.ts'

describeWith('postgres', 'postgresStore', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  for (const library of libraries) postgresSuite(`postgresStore on ${library}`, library, () => server.url)
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
      return { store: open(), reopen: open }
    },
    weaknesses: ['single-process'],
  })
})
