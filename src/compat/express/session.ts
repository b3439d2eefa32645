import { lossError } from '../../core/held.ts'
import { memoryOf } from '../internal/store-memory.ts'
import type { Cookie } from './cookie.ts'
import type { Done, StoreMethods, StoreRequest } from './store.ts'

/** What a session holds: its cookie and the application's data. For TypeScript users to augment. */
export interface SessionData {
  cookie: Cookie
}

/** What the methods of a session do when a request has bound it. */
export interface Binding {
  save(): PromiseLike<void>
  reload(): PromiseLike<void>
  /** `told`: does somebody hear of a failure? Otherwise the end of the request tries again. */
  destroy(told: boolean): PromiseLike<void>
  regenerate(): PromiseLike<void>
}

const bindings = new WeakMap<object, Binding>()

/** From now on the session's methods act on a request's visit. */
export function bind(session: Session, binding: Binding): void {
  bindings.set(session, binding)
}

/**
 * A session as applications of express-session see it. Its own enumerable properties are the data and `cookie`; `req` and
 * `id` are there and not enumerable. All methods answer the session itself and report by their callback.
 */
export class Session {
  declare cookie: Cookie
  declare readonly req: StoreRequest
  declare readonly id: string

  constructor(req: StoreRequest, data?: unknown) {
    Object.defineProperty(this, 'req', { value: req })
    Object.defineProperty(this, 'id', { value: req.sessionID })
    if (typeof data !== 'object' || data === null) return
    for (const key in data) {
      // Names of members are not data: stored data must not replace a method, nor the prototype.
      if (!(key in this)) (this as Record<string, unknown>)[key] = (data as Record<string, unknown>)[key]
    }
  }

  /** Starts the cookie's time anew. In memory; what moves the end in the store is the response. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  /** Commits now. The error says so if the session ended meanwhile. */
  save(callback?: Done): this {
    const binding = bindings.get(this)
    const store = storeOf(this)
    if (binding) tell(binding.save(), callback)
    // One that `store.load` has found, and that a request has ended meanwhile.
    else if (store && memoryOf(store).isDead(this.id)) tell(Promise.reject(lossError('gone')), callback)
    else store.set(this.id, this, callback ?? (() => undefined))
    return this
  }

  /** Reads the session again: `req.session` is another object afterwards. */
  reload(callback: Done): this {
    const binding = bindings.get(this)
    if (binding) {
      tell(binding.reload(), callback)
      return this
    }
    const { req } = this
    const store = storeOf(this)
    store.get(this.id, (error, data) => {
      if (error) callback(error)
      else if (!data) callback(new Error('failed to load session'))
      else {
        store.createSession(req, data)
        callback()
      }
    })
    return this
  }

  /** Ends the session for good. `req.session` is gone at once. */
  destroy(callback?: Done): this {
    const binding = bindings.get(this)
    this.req.session = undefined
    delete this.req.session
    if (binding) tell(binding.destroy(callback !== undefined), callback)
    else storeOf(this).destroy(this.id, callback)
    return this
  }

  /** Ends the session and gives the request an empty one with a new id: call it at sign-in. */
  regenerate(callback: Done): this {
    const binding = bindings.get(this)
    if (binding) tell(binding.regenerate(), (error) => callback(error))
    else storeOf(this).regenerate(this.req, callback)
    return this
  }
}

interface FullStore extends StoreMethods {
  createSession(req: StoreRequest, data: SessionData): unknown
  regenerate(req: StoreRequest, callback: Done): unknown
}

const storeOf = (session: Session): FullStore => session.req.sessionStore as FullStore

/** Callbacks run outside promise chains, so that what they throw is the application's and not swallowed. */
function tell(answer: PromiseLike<void>, callback: Done | undefined): void {
  answer.then(
    () => callback && process.nextTick(callback),
    (error) => callback && process.nextTick(callback, error),
  )
}
