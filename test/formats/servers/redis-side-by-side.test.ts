import { createRequire } from 'node:module'
import { RedisStore as ConnectRedis } from 'connect-redis'
import { createClient } from 'redis'
import { afterAll, beforeAll, it } from 'vitest'
import session from '../../../src/compat/express-session.ts'
import koaDropIn from '../../../src/compat/koa-session.ts'
import { redisFormat } from '../../../src/formats/redis.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { goThrough, type Served, serveExpress, serveKoa } from '../side-by-side.ts'

// None of these has types.
const require = createRequire(import.meta.url)
const expressSession = require('express-session')
const koaSession = require('koa-session').default
const koaRedis = require('koa-redis')

const HOUR = 3_600_000

describeWith('redis', 'old and new side by side on one Redis, over HTTP', () => {
  let server: RedisServer
  let client: ReturnType<typeof createClient>
  const ends: (() => unknown)[] = []
  const served = async (one: Promise<Served>): Promise<Served> => {
    const its = await one
    ends.unshift(its.close)
    return its
  }
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
    client = createClient({ url: server.url })
    await client.connect()
    ends.push(() => client.destroy())
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await server?.close()
  })

  for (const maxAge of [HOUR, undefined]) {
    it(`express-session with connect-redis, and its drop-in (maxAge ${maxAge})`, async () => {
      const options = { secret: 'a secret', resave: false, saveUninitialized: false, cookie: { maxAge } }
      const old = expressSession({ ...options, store: new ConnectRedis({ client }) })
      const fresh = session({ ...options, store: redisFormat({ client }) } as never)
      await goThrough(await served(serveExpress(old)), await served(serveExpress(fresh as never)))
    })

    it(`koa-session with koa-redis, and its drop-in (maxAge ${maxAge})`, async () => {
      const store = koaRedis({ url: server.url })
      ends.unshift(() => store.quit())
      const ours = redisFormat({ client, prefix: '' })
      const options = maxAge === undefined ? {} : { maxAge }
      const old = await served(serveKoa((app) => koaSession({ ...options, store }, app)))
      const fresh = await served(
        serveKoa((app) => koaDropIn({ ...options, store: ours } as never, app as never) as never),
      )
      await goThrough(old, fresh)
    })
  }
})
