import { randomBytes } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { type RedisClient, type RedisStore, type RedisStoreOptions, redisStore } from '../../../src/stores/redis.ts'
import { MASTER_NAME } from '../../servers/redis-sentinel.ts'

/** A client of one library, connected, and how to end it. */
export interface Connected {
  readonly client: RedisClient
  end(): Promise<void>
}

export type Connect = (urls: readonly string[]) => Promise<Connected>

const quiet = () => undefined

const closing = <Client extends RedisClient & { destroy(): unknown }>(client: Client): Connected => {
  client.on('error', quiet)
  return { client, end: async () => void (await Promise.resolve(client.destroy()).catch(quiet)) }
}

const disconnecting = <Client extends RedisClient & { disconnect(): void }>(client: Client): Connected => {
  client.on('error', quiet)
  return { client, end: async () => client.disconnect() }
}

const rootNodes = (urls: readonly string[]) => urls.map((url) => ({ url }))
const hosts = (urls: readonly string[]) =>
  urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }))

/** For one server: the first address is its. */
export const SINGLE: Readonly<Record<string, Connect>> = {
  'node-redis': async ([url]) => closing(await createClient({ url: url as string }).connect()),
  'node-redis pool': async ([url]) => {
    const pool = createClientPool({ url: url as string }, { minimum: 3 })
    await pool.connect()
    return closing(pool)
  },
  ioredis: async ([url]) => disconnecting(new Redis(url as string)),
  iovalkey: async ([url]) => disconnecting(new Valkey(url as string)),
}

/** For a cluster: the addresses are of its nodes. */
export const CLUSTER: Readonly<Record<string, Connect>> = {
  'node-redis cluster': async (urls) => closing(await createCluster({ rootNodes: rootNodes(urls) }).connect()),
  'ioredis Cluster': async (urls) => disconnecting(new Cluster(hosts(urls))),
  'iovalkey Cluster': async (urls) => disconnecting(new ValkeyCluster(hosts(urls))),
}

/** For a pair under sentinels: the addresses are of the sentinels. */
export const SENTINEL: Readonly<Record<string, Connect>> = {
  'node-redis sentinel': async (urls) => {
    // Two connections, because `wait` needs one for itself. Without a reserved one, node-redis 6.3 loses connections of a
    // larger pool when calls overlap, and hangs when none is left.
    const pool = { masterPoolSize: 2, reserveClient: true }
    const options = { name: MASTER_NAME, sentinelRootNodes: hosts(urls), ...pool }
    return closing(await createSentinel(options).connect())
  },
  'ioredis Sentinel': async (urls) => disconnecting(new Redis({ sentinels: hosts(urls), name: MASTER_NAME })),
}

/** A prefix that no other test uses. */
export const newPrefix = (): string => `test-${randomBytes(6).toString('base64url')}:`

export interface OpenedForTest extends Connected {
  readonly store: RedisStore
  readonly prefix: string
}

/** A store of its own on this server, through node-redis unless told otherwise. */
export async function openForTest(
  url: string,
  { connect = SINGLE['node-redis'] as Connect, ...options }: RedisStoreOptions & { readonly connect?: Connect } = {},
): Promise<OpenedForTest> {
  const connected = await connect(url.split(','))
  const prefix = options.prefix ?? newPrefix()
  return { ...connected, prefix, store: redisStore(connected.client, { ...options, prefix }) }
}
