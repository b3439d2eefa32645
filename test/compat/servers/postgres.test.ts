import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { dropInRules } from '../stores/drop-in.ts'
import { bridgeSuite } from '../stores/kit.ts'
import { nativeRules } from '../stores/native.ts'
import { postgresStore, sequelizeStore } from './stores.ts'

describeWith('postgres', "express-session's stores on PostgreSQL", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  bridgeSuite('connect-pg-simple', () => postgresStore(server.url))
  dropInRules('connect-pg-simple', () => postgresStore(server.url))
  nativeRules('connect-pg-simple', () => postgresStore(server.url))
  bridgeSuite('connect-session-sequelize', () => sequelizeStore(server.url))
  dropInRules('connect-session-sequelize', () => sequelizeStore(server.url))
  nativeRules('connect-session-sequelize', () => sequelizeStore(server.url))
})
