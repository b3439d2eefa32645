import type { Store } from '../../index.ts'
import { asked } from '../internal/asked.ts'
import { checkPlain } from './check-plain.ts'
import { ruled } from './ruled.ts'

type Done = (error?: unknown, session?: unknown) => void

/** As much of a store for express-session as is called. */
export interface PlainExpressStore {
  get(sid: string, callback: Done): unknown
  set(sid: string, session: object, callback?: Done): unknown
  destroy(sid: string, callback?: Done): unknown
}

/**
 * A store made for express-session (connect-redis, connect-mongo, session-file-store ...) as one for `createSessions`. Within one
 * process all promises hold: no update is lost, and a logout is final. Between processes there is a gap of one round trip,
 * because such a store cannot compare before it writes. It has no `list`, so there is no overview of a user's sessions.
 *
 * Nobody else may write the same records; every process has to use the bridge. A failure of the store rejects with a
 * `SessionStoreError`. Throws a `SessionOptionError` for what is no such store, and for a Holdfast store.
 */
export function fromExpressStore(store: PlainExpressStore): Store {
  checkPlain(store)
  return ruled('express-session store', store, {
    get: async (sid) => {
      try {
        return await asked(store.get, 2, (done) => store.get(sid, done))
      } catch (error) {
        // express-session's stores may say so of what they do not have.
        if ((error as { readonly code?: unknown } | undefined)?.code === 'ENOENT') return undefined
        throw error
      }
    },
    set: (sid, record) => asked(store.set, 3, (done) => store.set(sid, record, done)),
    destroy: (sid) => asked(store.destroy, 2, (done) => store.destroy(sid, done)),
  })
}
