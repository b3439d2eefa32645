import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type RedisClusterServers, redisCluster } from '../../servers/redis-cluster.ts'
import { CLUSTER } from './open.ts'
import { redisSuite } from './suite.ts'

describeWith('redis', 'a Redis Cluster of three masters', () => {
  let cluster: RedisClusterServers
  beforeAll(async () => {
    cluster = await redisCluster()
  })
  afterAll(() => cluster?.close())
  const empty = () => Promise.all(cluster.nodes.map((node) => node.cli('FLUSHALL')))
  const place = () => ({ url: cluster.url, empty })

  for (const [index, [client, connect]] of Object.entries(CLUSTER).entries()) {
    redisSuite(client, connect, place, index > 0)
  }
})
