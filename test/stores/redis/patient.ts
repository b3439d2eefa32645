import { Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient, createClientPool } from 'redis'
import type { Connected } from './open.ts'

const quiet = () => undefined

const retryAfter = (times: number) => Math.min(times * 50, 500)

/** The settings that the documentation of the store advises, so that failures stay bounded. */
const NODE_REDIS = {
  disableOfflineQueue: true,
  commandsQueueMaxLength: 10_000,
  pingInterval: 1000,
  socket: { connectTimeout: 2000, socketTimeout: 3000, reconnectStrategy: retryAfter },
} as const
const IOREDIS = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2000,
  socketTimeout: 3000,
  retryStrategy: retryAfter,
} as const

export const PATIENT: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  'node-redis': async (url) => {
    const client = createClient({ url, ...NODE_REDIS })
    client.on('error', quiet)
    await client.connect()
    const watch = setInterval(async () => {
      if (!client.isReady) return
      const late = new Promise((resolve) => setTimeout(resolve, 1000, 'late'))
      if ((await Promise.race([client.ping().catch(quiet), late])) !== 'late') return
      client.destroy()
      await client.connect().catch(quiet)
    }, 1000)
    return {
      client,
      async end() {
        clearInterval(watch)
        client.destroy()
      },
    }
  },
  'node-redis pool': async (url) => {
    const client = createClientPool({ url, ...NODE_REDIS }, { minimum: 2, acquireTimeout: 500 })
    client.on('error', quiet)
    await client.connect()
    return { client, end: async () => client.destroy() }
  },
  ioredis: async (url) => {
    const client = new Redis(url, { ...IOREDIS, lazyConnect: true })
    client.on('error', quiet)
    await client.connect()
    return { client, end: async () => client.disconnect() }
  },
  iovalkey: async (url) => {
    const client = new Valkey(url, { ...IOREDIS, lazyConnect: true })
    client.on('error', quiet)
    await client.connect()
    return { client, end: async () => client.disconnect() }
  },
}
