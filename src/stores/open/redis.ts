/** Opens a Redis store: one server, a cluster, or what sentinels name. */

import { SessionOptionError, SessionStoreError } from '../../core/errors.ts'
import type { RedisClient } from '../redis.ts'
import { type Address, fromUrl, readAddress } from './address.ts'
import { closing } from './closing.ts'
import { type Driver, findDriver } from './driver.ts'
import type { Opener } from './opener.ts'

const DRIVERS = ['ioredis', 'iovalkey', 'redis'] as const

/** So that a server which is away or silent costs a request no longer than `storeTimeout`, and is found again soon. */
const CONNECT_TIMEOUT_MS = 2000
const SILENCE_MS = 3000
const delay = (attempt: number): number => Math.min(50 * attempt, 500)

const EXAMPLES = {
  redis: 'redis://user:password@localhost:6379/0',
  'redis+cluster': 'redis+cluster://user:password@host1:6379,host2:6379',
  'redis+sentinel': 'redis+sentinel://user:password@host1:26379,host2:26379/mymaster/0',
} as const

interface Wanted extends Address {
  readonly kind: keyof typeof EXAMPLES
  readonly tls: boolean
  readonly name: string | undefined
  readonly db: number
}

export const openRedis: Opener = async ({ scheme, rest, options }) => {
  const wanted = readWanted(scheme, rest)
  const driver = findDriver(DRIVERS, 'Redis')
  const { redisStore } = await import('../redis.ts')
  const { client, connect, end } = driver.name === 'redis' ? nodeRedis(driver, wanted) : ioRedis(driver, wanted)
  const store = redisStore(client as RedisClient, options)
  const ready = async (): Promise<void> => {
    try {
      await connect()
    } catch (cause) {
      const help = 'See the cause: the server, its address and the password.'
      throw new SessionStoreError('ERR_SESSION_STORE', `Redis cannot be reached. ${help}`, {
        cause,
        help,
        retryable: true,
      })
    }
    await store.ready()
  }
  return closing({ ...store, ready }, end)
}

/** A client that is not connected yet: connecting is part of becoming ready. */
interface Unconnected {
  readonly client: unknown
  connect(): Promise<unknown> | undefined
  end(): unknown
}

function readWanted(scheme: string, rest: string): Wanted {
  const kind = scheme.replace('rediss', 'redis') as Wanted['kind']
  const example = EXAMPLES[kind]
  const address = readAddress(rest, kind === 'redis+sentinel' ? 26_379 : 6379, example)
  const [name, db = '0', more] = kind === 'redis+sentinel' ? address.path : [undefined, ...address.path]
  const problem = (what: string) => new SessionOptionError('url', what, `Write it like "${example}".`)
  if (kind === 'redis+sentinel' && name === undefined)
    throw problem('does not name the master that the sentinels watch.')
  if (kind === 'redis' && address.hosts.length > 1)
    throw problem('names several hosts: that is a cluster or sentinels.')
  if (!/^\d{1,5}$/.test(db) || more !== undefined)
    throw problem('has something else than a database number after the host.')
  if (kind === 'redis+cluster' && Number(db) !== 0) throw problem('names a database, and a cluster has only number 0.')
  return { ...address, kind, tls: scheme.startsWith('rediss'), name, db: Number(db) }
}

/** ioredis and iovalkey. */
function ioRedis(driver: Driver, wanted: Wanted): Unconnected {
  const { kind, hosts, username, password, tls, name, db } = wanted
  const Redis = driver.exports.default ?? driver.exports
  const settings = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    retryStrategy: delay,
  }
  const client = fromUrl(EXAMPLES[kind], () => {
    if (kind === 'redis+cluster') {
      const more = { lazyConnect: true, enableOfflineQueue: false, clusterRetryStrategy: delay }
      return new driver.exports.Cluster(hosts, { ...more, redisOptions: settings })
    }
    const sentinels = {
      sentinels: hosts,
      name,
      sentinelRetryStrategy: delay,
      ...(tls && { enableTLSForSentinelMode: true }),
    }
    return new Redis({ ...(kind === 'redis' ? hosts[0] : sentinels), ...settings, db, lazyConnect: true })
  })
  return {
    client,
    // After the first time it connects again by itself.
    connect: () => (client.status === 'wait' ? client.connect() : undefined),
    end: () => client.disconnect(),
  }
}

function nodeRedis(driver: Driver, wanted: Wanted): Unconnected {
  const { kind, hosts, username, password, tls, name, db } = wanted
  const { createClient, createCluster, createSentinel } = driver.exports
  const socket = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    reconnectStrategy: delay,
    ...(tls && { tls: true }),
  }
  const settings = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    disableOfflineQueue: true,
    // Its time without calls counts as silence, too.
    pingInterval: SILENCE_MS / 3,
  }
  const client = fromUrl(EXAMPLES[kind], () => {
    if (kind === 'redis') return createClient({ socket: { ...hosts[0], ...socket }, ...settings, database: db })
    if (kind === 'redis+cluster') {
      const rootNodes = hosts.map((place) => ({ socket: { ...place, ...socket } }))
      return createCluster({ rootNodes, defaults: { socket, ...settings } })
    }
    const nodeClientOptions = { socket, ...settings, database: db }
    // With one connection per master only, `wait` would have none for itself; without a reserve it loses them.
    const pools = { masterPoolSize: 2, reserveClient: true }
    const sentinelClientOptions = { socket: { ...socket, socketTimeout: undefined } }
    return createSentinel({ name, sentinelRootNodes: hosts, nodeClientOptions, sentinelClientOptions, ...pools })
  })
  let connected: Promise<unknown> | undefined
  return {
    client,
    connect() {
      connected ??= client.connect().catch((error: unknown) => {
        connected = undefined
        throw error
      })
      return connected
    },
    end: () => client.isOpen && client.destroy(),
  }
}
