// Compiled against the packed types under every kind of resolution, with no framework's types in sight.
import { createServer } from 'node:http'
import {
  createSessions,
  isSessionError,
  type Session,
  SessionError,
  type SessionErrorCode,
  type SessionEvent,
  type SessionOptions,
  SessionStoreError,
  type Store,
} from 'holdfast'
import { session as express } from 'holdfast/express'
import { fileStore } from 'holdfast/file'
import { memoryStore } from 'holdfast/memory'
import { session as node } from 'holdfast/node'
import { sqliteStore } from 'holdfast/sqlite'
import { openStore } from 'holdfast/stores'
import { adapterSuite, storeSuite } from 'holdfast/testing'

interface Data {
  userId: string
  cart: { sku: string; count: number }[]
  views: number
}

const options: SessionOptions<Data> = {
  secrets: ['a secret of at least 32 bytes, the newest first', new Uint8Array(32)],
  store: memoryStore(),
  idleTimeout: '30m',
  absoluteTimeout: 7 * 24 * 60 * 60 * 1000,
  cookie: { name: '__Host-id', sameSite: 'lax', secure: 'auto' },
  owner: (data) => data.userId,
}

const sessions = createSessions<Data>(options)

const handle = async (session: Session<Data>): Promise<number> => {
  const user: string | undefined = session.userId
  session.cart ??= []
  session.cart.push({ sku: user ?? 'none', count: 1 })
  const views: number | undefined = await session.update('views', (seen) => (seen ?? 0) + 1)
  await session.regenerate({ keep: true })
  session.regenerate((error) => {
    if (isSessionError(error)) throw error
  })
  await session.save()
  return views ?? 0
}

createServer(
  node(sessions)(async (req, res) => {
    res.end(String(await handle(req.session)))
    req.session = null
  }),
)

export const middleware: (req: never, res: never, next: (error?: unknown) => void) => void = express(sessions)

export const stores: readonly Store[] = [memoryStore(), fileStore({ directory: 'sessions' })]
export const opened: Store | Promise<Store> = openStore('memory:')
export const later = [sqliteStore, storeSuite, adapterSuite]

export const code = (error: unknown): SessionErrorCode | undefined => {
  if (error instanceof SessionStoreError) return error.retryable ? error.code : undefined
  return error instanceof SessionError ? error.code : undefined
}

sessions.on('*', (event: SessionEvent) => void event.type)
