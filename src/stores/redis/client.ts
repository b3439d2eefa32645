/**
 * The clients that the store works with, as far as it calls them, and the one shape that all of them get here. They are
 * told apart by their members, so that no driver is imported and two copies of one do not matter.
 */

import { SessionOptionError } from '../../core/errors.ts'
import { ioredisDriver } from './ioredis.ts'
import { nodeRedisDriver } from './node-redis.ts'

type Listening = {
  on(event: 'error', listener: (error: unknown) => void): unknown
  listenerCount(event: 'error'): number
}

/** `createClient()` and `createClientPool()` of `redis` (node-redis). */
export interface NodeRedisClient extends Listening {
  sendCommand(args: string[]): Promise<unknown>
}

/** `createSentinel()` of `redis`. */
export interface NodeRedisSentinel extends Listening {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>
  getMasterNode(): unknown
}

/** `createCluster()` of `redis`. */
export interface NodeRedisCluster extends Listening {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  readonly masters: readonly { readonly address: string }[]
}

/** `Redis` of `ioredis` or `iovalkey`, also in Sentinel mode. */
export interface IoredisClient extends Listening {
  get(key: string): Promise<string | null>
  call(command: string, ...args: string[]): Promise<unknown>
}

/** `Cluster` of `ioredis` or `iovalkey`. */
export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): readonly IoredisClient[]
}

export type RedisClient = NodeRedisClient | NodeRedisSentinel | NodeRedisCluster | IoredisClient | IoredisCluster

/** Sends one command, its name first, and resolves with the reply. */
export type Send = (args: string[]) => Promise<unknown>

/** One server that takes writes. */
export interface Master {
  /** Tells it apart from the others: host and port, or nothing where there is one only. */
  readonly name: string
  readonly send: Send
}

/** What the store needs of a client. Nothing here retries, and every reply is as the server gave it. */
export interface Driver {
  /** What the client itself puts before every key. It is in what SCAN answers, and nowhere else. */
  readonly keyPrefix: string
  /** GET, from a master whatever the client is set to. */
  get(key: string): Promise<unknown>
  /** A command with one key, sent to the master that has it. */
  send(key: string, args: string[]): Promise<unknown>
  masters(): Promise<readonly Master[]>
  /** Several commands on the connection that a command with this key takes, with nobody else's server in between. */
  onOneConnection<T>(key: string, work: (send: Send) => Promise<T>): Promise<T>
}

const has = (client: object, ...methods: readonly string[]): boolean =>
  methods.every((method) => typeof (client as Readonly<Record<string, unknown>>)[method] === 'function')

/** The driver for whatever client this is. Throws unless it is one that the store can work with. */
export const driverOf = (client: unknown): Driver => {
  if (typeof client !== 'object' || client === null) return refuse('is no client of redis, ioredis or iovalkey.')
  const driver = has(client, 'call', 'get', 'defineCommand')
    ? ioredisDriver(client)
    : has(client, 'sendCommand')
      ? nodeRedisDriver(client)
      : refuse('is no client of redis, ioredis or iovalkey.')
  hear(client)
  return driver
}

/** Without a listener, node-redis lets the process end when its connection is lost. The calls tell what failed. */
const hear = (client: object): void => {
  if (!has(client, 'on', 'listenerCount')) return
  const emitter = client as Listening
  if (emitter.listenerCount('error') === 0) emitter.on('error', () => undefined)
}

/** Throws the error for a client that the store cannot take. */
export const refuse = (problem: string): never => {
  throw new SessionOptionError('client', problem, 'For example: redisStore(await createClient({ url }).connect()).')
}
