import { inspect } from 'node:util'
import type { ContextSession } from './types.ts'

export type Callback = (error?: Error) => void

/** Stored or assigned under these names, data would take the session's own members away. */
const UNKEPT: ReadonlySet<string> = new Set(['__proto__', 'toJSON'])
/** Names that are members: what is stored under them is not data. */
const MEMBERS: ReadonlySet<string> = new Set([...UNKEPT, 'isNew', 'length', 'populated', 'externalKey', 'maxAge'])

/**
 * A session as applications of koa-session see it. Its own properties are the data, but for `isNew`, functions, and what
 * begins with an underscore.
 */
export class Session {
  readonly #context: ContextSession
  /** True for one that was not found in the store or the cookie. */
  isNew = false
  _requireSave = false
  /** The instant (ms since 1970) at which the stored session ends. */
  _expire: number | undefined = undefined;
  [key: string]: unknown

  constructor(context: ContextSession, data?: object) {
    this.#context = context
    if (!data) {
      this.isNew = true
      return
    }
    for (const key in data) {
      const value = (data as Record<string, unknown>)[key]
      if (key === '_maxAge') context.opts.maxAge = value as number
      else if (key === '_session') context.opts.maxAge = 'session'
      else if (!UNKEPT.has(key)) Reflect.set(this, key, value)
    }
  }

  /** The data. */
  toJSON(): Record<string, unknown> {
    return dataOf(this)
  }

  [inspect.custom](): Record<string, unknown> {
    return this.toJSON()
  }

  /** How many values there are. */
  get length(): number {
    return Object.keys(this.toJSON()).length
  }

  /** Whether there is any value. */
  get populated(): boolean {
    return this.length > 0
  }

  /** The session's length in ms, or `'session'`. Setting it saves the session. */
  get maxAge(): number | 'session' | undefined {
    return this.#context.opts.maxAge
  }

  set maxAge(value: number | 'session' | undefined) {
    this.#context.opts.maxAge = value
    this._requireSave = true
  }

  /** The id under which a store has the session; without a store undefined. */
  get externalKey(): string | undefined {
    return this.#context.externalKey
  }

  /** Saves the session, changed or not. Rejects if it ended meanwhile. */
  save(callback?: Callback): Promise<void> | undefined {
    return this.commit({ save: true }, callback)
  }

  /** Gives the session a new id and keeps its data. The old id is worth nothing from then on. */
  regenerate(callback?: Callback): Promise<void> | undefined {
    return this.commit({ regenerate: true }, callback)
  }

  /** Saves the session if there is a reason to, for those who turned `autoCommit` off. */
  manuallyCommit(): Promise<void> | undefined {
    return this.commit()
  }

  commit(
    options?: { readonly save?: boolean; readonly regenerate?: boolean } | Callback,
    callback?: Callback,
  ): Promise<void> | undefined {
    if (typeof options === 'function') return this.commit({}, options)
    const promise = this.#context.commit(options)
    if (!callback) return promise
    promise.then(() => callback(), callback)
    return undefined
  }
}

/** The data in a session, or in what a store or a cookie holds of one. */
export function dataOf(holder: object): Record<string, unknown> {
  const isSession = holder instanceof Session
  const data: Record<string, unknown> = {}
  for (const key in holder) {
    if (key === 'isNew' || key[0] === '_') continue
    if (!isSession && MEMBERS.has(key)) continue
    const value = (holder as Record<string, unknown>)[key]
    if (typeof value !== 'function') data[key] = value
  }
  return data
}

/** The data as the application shows them: its session may have a `toJSON` of its own. */
export const shownBy = (session: object): Record<string, unknown> => {
  const { toJSON } = session as Partial<Session>
  return typeof toJSON === 'function' ? { ...toJSON.call(session as Session) } : dataOf(session)
}
