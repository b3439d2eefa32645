// Address: the server's URL, or several with commas between them; then perhaps `#` and the client's name, `#` and the prefix.
import { redisStore } from 'holdfast/redis'
import { storeProcess } from 'holdfast/testing'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'

const hosts = (urls) => urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }))
const name = 'sessions'

const CLIENTS = {
  'node-redis': ([url]) => createClient({ url }).connect(),
  'node-redis pool': ([url]) => createClientPool({ url }).connect(),
  ioredis: ([url]) => new Redis(url),
  iovalkey: ([url]) => new Valkey(url),
  'node-redis cluster': (urls) => createCluster({ rootNodes: urls.map((url) => ({ url })) }).connect(),
  'ioredis Cluster': (urls) => new Cluster(hosts(urls)),
  'iovalkey Cluster': (urls) => new ValkeyCluster(hosts(urls)),
  'node-redis sentinel': (urls) => createSentinel({ name, sentinelRootNodes: hosts(urls) }).connect(),
  'ioredis Sentinel': (urls) => new Redis({ sentinels: hosts(urls), name }),
}

storeProcess(async (address) => {
  const [urls, client = 'node-redis', prefix = 'holdfast:'] = address.split('#')
  return redisStore(await CLIENTS[client](urls.split(',')), { prefix })
})
