import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { dropInRules } from '../stores/drop-in.ts'
import { bridgeSuite } from '../stores/kit.ts'
import { redisStore } from './stores.ts'

describeWith('redis', "express-session's stores on Redis", () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(() => server?.close())

  bridgeSuite('connect-redis', () => redisStore(server.url))
  dropInRules('connect-redis', () => redisStore(server.url))
})
