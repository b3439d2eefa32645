import { createClient } from 'redis'
import { afterAll, beforeAll } from 'vitest'
import { redisFormat } from '../../../src/formats/index.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { koaRules } from '../koa-on-servers.ts'
import { koaRedisStore } from './stores.ts'

describeWith('redis', 'the drop-in for koa-session on Redis', () => {
  let server: RedisServer
  let theirs: ReturnType<typeof koaRedisStore>
  let client: ReturnType<typeof createClient>
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
    theirs = koaRedisStore(server.url)
    client = createClient({ url: server.url, disableOfflineQueue: true })
    await client.connect()
  })
  afterAll(async () => {
    client?.destroy()
    await theirs?.close()
    await server?.close()
  })

  koaRules('koa-redis', () => theirs.store)
  koaRules(
    "koa-redis's keys in place",
    () => redisFormat({ client, prefix: '' }),
    () => theirs.store,
  )
})
