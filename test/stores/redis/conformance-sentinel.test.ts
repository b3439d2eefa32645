import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type RedisSentinelServers, redisSentinels } from '../../servers/redis-sentinel.ts'
import { SENTINEL } from './open.ts'
import { redisSuite } from './suite.ts'

describeWith('redis', 'a Redis master with a replica under Sentinel', () => {
  let servers: RedisSentinelServers
  beforeAll(async () => {
    servers = await redisSentinels()
  })
  afterAll(() => servers?.close())
  const place = () => ({
    url: servers.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
    empty: async () => (await servers.master()).cli('FLUSHALL'),
  })

  for (const [index, [client, connect]] of Object.entries(SENTINEL).entries()) {
    redisSuite(client, connect, place, index > 0)
  }
})
