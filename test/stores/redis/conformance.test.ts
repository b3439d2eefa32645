import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { SINGLE } from './open.ts'
import { redisSuite } from './suite.ts'

describeWith('redis', 'one Redis server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(() => server?.close())
  const place = () => ({ url: server.url, empty: () => server.cli('FLUSHALL') })

  for (const [index, [client, connect]] of Object.entries(SINGLE).entries()) {
    redisSuite(client, connect, place, index > 0)
  }
})
