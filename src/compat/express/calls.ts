import type { Answer } from '../../index.ts'
import { asked } from '../internal/asked.ts'
import type { ForeignCalls } from '../internal/foreign-store.ts'
import type { Passage } from './passage.ts'
import { Session, type SessionData } from './session.ts'
import type { StoreMethods } from './store.ts'

/**
 * The calls of a store for express-session, for one request: with the arguments that express-session gives, the request's
 * own session object among them.
 */
export function expressCalls(store: StoreMethods, touches: boolean, passage: Passage): ForeignCalls {
  return {
    get: (id) =>
      recovered(
        () => asked<SessionData | null>(store.get, 2, (done) => store.get(id, done)),
        isNotFound,
        undefined,
      ) as Answer<object | undefined>,
    set: (id) => asked(store.set, 3, (done) => store.set(id, sessionToStore(passage), done)),
    touch(id) {
      if (!touches || !store.touch) return undefined
      const { touch } = store
      const session = passage.visit.bond.live as SessionData
      return noted(passage, () =>
        recovered<unknown>(() => asked(touch, 3, (done) => store.touch?.(id, session, done)), isGone, 'gone'),
      )
    },
    destroy: (id) => asked(store.destroy, 2, (done) => store.destroy(id, done)),
  }
}

/** express-session takes this code for "no such session". */
const isNotFound = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === 'ENOENT'

/** What session-file-store and connect-mongo say of a session that ended meanwhile: that is no failure. */
const isGone = (error: unknown): boolean =>
  isNotFound(error) || (error as { message?: unknown } | undefined)?.message === 'Unable to find the session to touch'

function recovered<T>(act: () => Answer<T>, isHarmless: (error: unknown) => boolean, instead: T): Answer<T> {
  const judge = (error: unknown): T => {
    if (isHarmless(error)) return instead
    throw error
  }
  try {
    const answer = act()
    return typeof (answer as PromiseLike<T> | undefined)?.then === 'function'
      ? (answer as PromiseLike<T>).then((value) => value, judge)
      : answer
  } catch (error) {
    return judge(error)
  }
}

/** A touch that failed is told once the response is on its way: the engine goes on without. */
function noted<T>(passage: Passage, act: () => Answer<T>): Answer<T> {
  const note = (error: unknown): never => {
    passage.touchFailure = error
    throw error
  }
  return recovered(act, note, undefined as T)
}

/**
 * The request's session itself; or, where another request's changes had to be merged, one that holds them. What the store
 * showed or the request holds is used as it is, because text would make dates and ids of them something else.
 */
function sessionToStore(passage: Passage): Session {
  const { put, text, req, raw } = passage
  const live = passage.visit.bond.live as Session
  if (put === text) return live
  const merged: Record<string, unknown> = { cookie: live.cookie }
  const data = JSON.parse(put) as Record<string, unknown>
  for (const key of Object.keys(data)) {
    const wanted = JSON.stringify(data[key])
    const from = [live, raw].find((source) => JSON.stringify(valueIn(source, key)) === wanted)
    merged[key] = from ? valueIn(from, key) : data[key]
  }
  return new Session({ sessionID: live.id, sessionStore: req.sessionStore }, merged)
}

const valueIn = (source: object | undefined, key: string): unknown =>
  source && Object.hasOwn(source, key) ? (source as Record<string, unknown>)[key] : undefined
