import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import Koa from 'koa'
import { createConnection } from 'mysql2/promise'
import { onTestFinished } from 'vitest'

const require = createRequire(import.meta.url)
const session = require('koa-session-minimal')
const MysqlStore = require('koa-mysql-session')

/** What the example koa-mysql was before: its address. It ends with the test. */
export async function minimalProgram(url: string): Promise<string> {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const { setInterval: real } = globalThis
  // The store cleans up every quarter of an hour, and would keep this process.
  globalThis.setInterval = ((...args: Parameters<typeof real>) => real(...args).unref()) as typeof real
  const store = new MysqlStore({ host, port: Number(port), user, password, database: pathname.slice(1) })
  globalThis.setInterval = real
  await tableOf(url)

  const app = new Koa()
  app.use(session({ key: 'USER_SID', store, cookie: { maxAge: 86_400_000 } }))
  app.use((ctx) => {
    const its = ctx as unknown as { session: Record<string, unknown> | null }
    if (ctx.path === '/login') its.session = { user_id: ctx.query.name, count: 0 }
    else if (ctx.path === '/logout') its.session = null
    else if (its.session?.user_id) its.session.count = Number(its.session.count) + 1
    ctx.body = { user_id: its.session?.user_id ?? null, count: its.session?.count ?? 0 }
  })
  const server = createServer(app.callback()).listen(0)
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    const pool = store.getConnection()
    await promisify(pool.end.bind(pool))()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The store makes its table without saying when. */
async function tableOf(url: string): Promise<void> {
  const connection = await createConnection(url)
  for (let rows: unknown[] = []; rows.length === 0; ) {
    ;[rows] = (await connection.query("SHOW TABLES LIKE '\\_mysql\\_session\\_store'")) as unknown as [unknown[]]
  }
  await connection.end()
}
