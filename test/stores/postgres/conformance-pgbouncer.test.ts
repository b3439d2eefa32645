import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type PgBouncer, pgbouncer } from '../../servers/pgbouncer.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { postgresSuite } from './suite.ts'

describeWith('pgbouncer', 'behind PgBouncer in transaction mode [T216]', () => {
  let server: PostgresServer
  let bouncer: PgBouncer
  beforeAll(async () => {
    server = await postgresServer()
    bouncer = await pgbouncer(server.url)
  })
  afterAll(async () => {
    await bouncer?.close()
    await server?.close()
  })

  for (const library of ['pg Pool', 'postgres.js unpipelined'] as const) {
    postgresSuite(`postgresStore on ${library}`, library, () => bouncer.url)
  }
})
