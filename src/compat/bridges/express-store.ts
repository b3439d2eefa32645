import type { Store as HoldfastStore } from '../../index.ts'
import type { SessionData } from '../express/session.ts'
import { type Done, Store } from '../express/store.ts'
import { hosted } from './hosted.ts'

/** How long a session without an end of its own is kept from its last use (ms): one day, as other stores do. */
const DEFAULT_TTL = 86_400_000

/**
 * A Holdfast store as one for express-session and for @fastify/session. Sessions are kept under a hash of their id, as JSON text with
 * their cookie in it: `holdfast/express-session` with the same store reads them.
 */
export function expressStore(store: HoldfastStore): Store {
  const sessions = hosted(store)
  const view = new Store()

  return Object.assign(view, {
    get(sid: string, callback: Done<SessionData | null>) {
      settle(
        sessions.load(sid).then((entry) => (entry ? (JSON.parse(entry.value) as SessionData) : null)),
        callback,
      )
    },
    set(sid: string, session: SessionData, callback?: Done) {
      // The text now: the session may change before the store answers.
      const value = JSON.stringify(session)
      settle(sessions.save(sid, value, endOf(session)), callback)
    },
    touch(sid: string, session: SessionData, callback?: Done) {
      settle(sessions.touch(sid, endOf(session)), callback)
    },
    destroy(sid: string, callback?: Done) {
      settle(sessions.remove(sid), callback)
    },
    ...counting(store),
  })
}

function counting(store: HoldfastStore): Partial<Store> {
  const now = (): { readonly now: number } => ({ now: Date.now() })
  const { list } = store
  if (!list) return {}

  async function* entries(): AsyncGenerator<string> {
    let cursor: string | undefined
    do {
      const page = await store.list?.({ limit: 1000, cursor }, now())
      for (const { key } of page?.entries ?? []) yield key
      cursor = page?.cursor
    } while (cursor !== undefined)
  }
  const all = async (): Promise<SessionData[]> => {
    const found: SessionData[] = []
    for await (const key of entries()) {
      const entry = await store.get(key, now())
      if (entry) found.push(JSON.parse(entry.value) as SessionData)
    }
    return found
  }
  const length = async (): Promise<number> => {
    if (store.count) return store.count({}, now())
    let count = 0
    for await (const _key of entries()) count++
    return count
  }
  const clear = async (): Promise<void> => {
    for await (const key of entries()) await store.delete(key, now())
  }
  return {
    all: (callback) => settle(all(), callback),
    length: (callback) => settle(length(), callback),
    clear: (callback) => settle(clear(), callback),
  }
}

function endOf({ cookie }: SessionData): number {
  const expires = cookie?.expires
  const at = expires ? new Date(expires).getTime() : Number.NaN
  return Number.isNaN(at) ? Date.now() + DEFAULT_TTL : at
}

/** Callbacks run outside promise chains, so that what they throw is the application's and not swallowed. */
function settle<T>(answer: Promise<T>, callback: Done<never> | undefined): void {
  answer.then(
    (value) => callback && process.nextTick(callback as Done<unknown>, null, value),
    (error) => callback && process.nextTick(callback, error),
  )
}
