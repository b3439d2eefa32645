import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MariadbServer, mariadbServer } from '../../servers/mariadb.ts'
import { dropInRules } from '../stores/drop-in.ts'
import { bridgeSuite } from '../stores/kit.ts'
import { mysqlStore } from './stores.ts'

describeWith('mariadb', "express-session's stores on MariaDB", () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await mariadbServer()
    await server.start()
  })
  afterAll(() => server?.close())

  bridgeSuite('express-mysql-session', () => mysqlStore(server.url))
  dropInRules('express-mysql-session', () => mysqlStore(server.url))
})
