import type { EventEmitter } from 'node:events'
import { SessionOptionError } from '../../core/errors.ts'
import type { InPlaceStore } from '../../core/store.ts'
import type { Store as HoldfastStore } from '../../index.ts'
import type { SessionData } from '../express/session.ts'
import { type Done, Store } from '../express/store.ts'
import { isHoldfastStore } from '../internal/engine.ts'
import { type Hosted, hosted } from './hosted.ts'
import { endIn, objectIn } from './stored.ts'

// What differs between the declarations of express-session and of @fastify/session fits both.
// biome-ignore lint/suspicious/noExplicitAny: their sessions are augmented by applications, in two incompatible ways
type Untyped = any

/** A store as express-session and @fastify/session call one. Every method answers by its callback. */
export interface ExpressStore extends EventEmitter {
  /** The session, or null. */
  get(sid: string, callback: (error: Untyped, session?: Untyped) => void): void
  set(sid: string, session: object, callback?: (error?: Untyped) => void): void
  destroy(sid: string, callback?: (error?: Untyped) => void): void
  /** Moves the end of a session that was used and not changed, to where its cookie ends. */
  touch(sid: string, session: object, callback?: (error?: Untyped) => void): void
  /** All sessions. Where the store can list. */
  all?(callback: (error: Untyped, sessions?: Untyped) => void): void
  /** How many there are. Where the store can list. */
  length?(callback: (error: Untyped, length?: number) => void): void
  /** Removes all that the store lists. Where it can list. */
  clear?(callback?: (error?: Untyped) => void): void
  /** Destroys the request's session and gives it a new one. */
  regenerate(req: Untyped, callback: (error?: Untyped) => Untyped): void
  /** Loads a session outside a request: for sockets and jobs. */
  load(sid: string, callback: (error: Untyped, session?: Untyped) => Untyped): void
  /** Makes a session of stored data and gives it to the request. */
  createSession(req: Untyped, session: Untyped): Untyped
}

/**
 * A Holdfast store as one for the published express-session and for @fastify/session. Sessions are kept under a hash of their id,
 * as JSON text with their cookie in it: `holdfast/express-session` with the same store reads them. A session without
 * `cookie.expires` ends one day after its last use.
 *
 * Callbacks get the `SessionError` of a store that failed or did not answer within 10 s; a session that ended is `null`.
 * Throws a `SessionOptionError` for what is no Holdfast store.
 */
export function toExpressStore(store: HoldfastStore): ExpressStore {
  return expressStore(store, true) as unknown as ExpressStore
}

/** The same for a drop-in. `sweeps`: whether expired sessions are removed from here, for want of an engine. */
export function expressStore(store: HoldfastStore, sweeps = false): Store {
  if (!isHoldfastStore(store)) throw new SessionOptionError('store', 'is no Holdfast store.')
  const sessions = hosted(store, sweeps)
  const view = new Store()

  return Object.assign(view, {
    get(sid: string, callback: Done<SessionData | null>) {
      settle(
        sessions.load(sid).then((entry) => (entry ? sessionIn(entry.value) : null)),
        callback,
      )
    },
    set(sid: string, session: SessionData, callback?: Done) {
      // The text now: the session may change before the store answers.
      const text = attempted(() => JSON.stringify(session))
      const end = endIn(session)
      settle(
        text.then((value) => sessions.save(sid, value, end)),
        callback,
      )
    },
    touch(sid: string, session: SessionData, callback?: Done) {
      settle(sessions.touch(sid, endIn(session)), callback)
    },
    destroy(sid: string, callback?: Done) {
      settle(sessions.remove(sid), callback)
    },
    ...counting(store, sessions),
  })
}

const PAGE = 100

/** What applications ask about all sessions, where the store can list them. */
function counting(store: HoldfastStore, { ask }: Hosted): Partial<Store> {
  if (!store.list) return {}
  const isInPlace = (store as Partial<InPlaceStore>).revisionOf !== undefined

  async function* pages(): AsyncGenerator<readonly string[]> {
    let cursor: string | undefined
    do {
      const page = await ask('list', (its, call) => its.list?.({ limit: PAGE, cursor }, call))
      yield (page?.entries ?? []).map(({ key }) => key)
      cursor = page?.cursor
    } while (cursor !== undefined)
  }
  const all = async (): Promise<SessionData[]> => {
    // A listing may show an entry twice.
    const found = new Map<string, SessionData>()
    for await (const keys of pages()) {
      const read = async (key: string): Promise<void> => {
        const entry = await ask('get', (its, call) => its.get(key, call))
        const session = entry && sessionIn(entry.value)
        // Elsewhere keys are hashes, and nobody knows the ids.
        if (session) found.set(key, isInPlace ? Object.assign(session, { id: key }) : session)
      }
      await Promise.all(keys.map(read))
    }
    return [...found.values()]
  }
  const length = async (): Promise<number> => {
    if (store.count) return (await ask('count', (its, call) => its.count?.({}, call))) ?? 0
    const found = new Set<string>()
    for await (const keys of pages()) for (const key of keys) found.add(key)
    return found.size
  }
  const clear = async (): Promise<void> => {
    for await (const keys of pages()) {
      await Promise.all(keys.map((key) => ask('delete', (its, call) => its.delete(key, call))))
    }
  }
  return {
    all: (callback) => settle(all(), callback),
    length: (callback) => settle(length(), callback),
    clear: (callback) => settle(clear(), callback),
  }
}

/** Without a cookie it is no session of express-session, which would fail on it. */
function sessionIn(text: string): SessionData | null {
  const session = objectIn(text) as Partial<SessionData> | undefined
  return typeof session?.cookie === 'object' && session.cookie !== null ? (session as SessionData) : null
}

const attempted = async <T>(act: () => T): Promise<T> => act()

/** Callbacks run outside promise chains, so that what they throw is the application's and not swallowed. */
function settle<T>(answer: Promise<T>, callback: Done<never> | undefined): void {
  answer.then(
    (value) => callback && process.nextTick(callback as Done<unknown>, null, value),
    (error) => callback && process.nextTick(callback, error),
  )
}
