import { SessionDataError, SessionStateError } from './errors.ts'
import { MEMBERS } from './members.ts'
import type { Claim } from './token.ts'
import { destroy, regenerate, reload, save, setLifetime, touch, update } from './verbs.ts'
import type { Bond, OwnLifetime, Visit } from './visit.ts'

/** For TypeScript users to augment: what their sessions hold. Every property is optional when read. */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be augmented
export interface SessionData {}

export type Callback<T = void> = (error: unknown, value?: T) => void

/** A session as applications see it: its data as own properties, and these members. */
export type Session<Data = SessionData> = SessionMembers<Data> & Partial<Data>

export interface SessionMembers<Data = SessionData> {
  /**
   * Stands for this session at this privilege: new after `regenerate()`, the same after a renewal. Safe to show; bind
   * CSRF tokens and sockets to it.
   */
  readonly id: string
  /** Names the session for its whole life, in logs, lists and `revoke`. No cookie can be made from it. */
  readonly handle: string
  /** True until the session is in the store. */
  readonly isNew: boolean
  /** When the session was created or last signed in (ms since 1970); undefined while it is new. */
  readonly createdAt: number | undefined
  /** When it ends if nobody uses it again (ms since 1970); undefined while it is new. */
  readonly expiresAt: number | undefined
  /** When it ends however busy it is (ms since 1970); undefined while it is new. */
  readonly absoluteAt: number | undefined
  /**
   * Commits now, instead of before the headers leave. Throws if the session ended (`ERR_SESSION_LOST`) or was rotated
   * by another request (`ERR_SESSION_SUPERSEDED`) meanwhile.
   */
  save(): Promise<void>
  save(done: Callback): void
  /**
   * A new id for a new privilege: call it at sign-in. The old cookie gives nothing from then on. The data are cleared, so that
   * nothing put there before the sign-in survives it, unless `keep` is true.
   */
  regenerate(options?: { readonly keep?: boolean }): Promise<void>
  regenerate(done: Callback): void
  regenerate(options: { readonly keep?: boolean }, done: Callback): void
  /** Ends the session for good, in the store and in the browser. This object is of no use afterwards. */
  destroy(): Promise<void>
  destroy(done: Callback): void
  /** Moves the idle deadline now, whether or not `touchAfter` has passed. */
  touch(): Promise<void>
  touch(done: Callback): void
  /** Reads the session again and drops what was not committed. */
  reload(): Promise<void>
  reload(done: Callback): void
  /**
   * Changes one key without losing anybody's change: `change` gets the newest value, and again a newer one if another
   * request was first. It must be synchronous and may run several times. Commits, and answers the new value.
   */
  update<Key extends keyof Data & string>(
    key: Key,
    change: (value: Data[Key] | undefined) => Data[Key] | undefined,
  ): Promise<Data[Key] | undefined>
  /** Gives this session timeouts of its own, and a cookie that outlives the browser's run or not ("remember me"). */
  setLifetime(lifetime: OwnLifetime): void
}

export class SessionObject {
  readonly #visit: Visit
  readonly #bond: Bond

  constructor(visit: Visit, bond: Bond) {
    this.#visit = visit
    this.#bond = bond
  }

  get id(): string {
    return this.#claim().proof
  }

  get handle(): string {
    return this.#claim().handle
  }

  get isNew(): boolean {
    return this.#bond.latest === undefined
  }

  get createdAt(): number | undefined {
    return this.#bond.latest?.record.createdAt
  }

  get expiresAt(): number | undefined {
    return this.#bond.latest?.expiresAt
  }

  get absoluteAt(): number | undefined {
    return this.#bond.latest?.record.absoluteAt
  }

  get cookie(): never {
    throw new SessionDataError(
      'ERR_SESSION_DATA',
      'cookie',
      'session.cookie does not exist here. For a lifetime of its own, call session.setLifetime().',
    )
  }

  save(done?: Callback): Promise<void> | undefined {
    return this.#run(save, done)
  }

  regenerate(options?: { readonly keep?: boolean } | Callback, done?: Callback): Promise<void> | undefined {
    if (typeof options === 'function') return this.#run((visit) => regenerate(visit, false), options)
    return this.#run((visit) => regenerate(visit, options?.keep === true), done)
  }

  destroy(done?: Callback): Promise<void> | undefined {
    return settled(destroy(this.#visit, this.#bond), done)
  }

  touch(done?: Callback): Promise<void> | undefined {
    return this.#run(touch, done)
  }

  reload(done?: Callback): Promise<void> | undefined {
    return this.#run(reload, done)
  }

  update(key: string, change: (value: unknown) => unknown): Promise<unknown> {
    return this.#run((visit) => {
      if (MEMBERS.has(key)) refuseMember(key)
      return update(visit, key, change)
    }) as Promise<unknown>
  }

  setLifetime(lifetime: OwnLifetime): void {
    setLifetime(this.#attached(), lifetime)
  }

  #attached(): Visit {
    if (this.#visit.bond === this.#bond) return this.#visit
    throw new SessionStateError('ERR_SESSION_LOST', 'This session was destroyed. The request has a new one.')
  }

  /** What a verb throws before it waits is a rejection like what it throws after. */
  #run<T>(verb: (visit: Visit) => Promise<T>, done?: Callback<T>): Promise<T> | undefined {
    try {
      return settled(verb(this.#attached()), done)
    } catch (error) {
      return settled(rejected(error), done)
    }
  }

  #claim(): Claim {
    const bond = this.#bond
    bond.claim ??= this.#visit.kernel.contract.issue()
    return bond.rotation?.next ?? bond.claim
  }
}

/** Callbacks run outside promise chains, so that what they throw is the application's and not swallowed. */
function settled<T>(promise: Promise<T>, done: Callback<T> | undefined): Promise<T> | undefined {
  if (!done) return promise
  promise.then(
    (value) => process.nextTick(done, undefined, value),
    (error) => process.nextTick(done, error),
  )
  return undefined
}

function refuseMember(name: string): never {
  throw new SessionDataError(
    'ERR_SESSION_DATA',
    name,
    `"${name}" is a member of every session and cannot hold data. Choose another key.`,
  )
}

/** A rejection that does not end the process when nobody waits for it. */
function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error)
  promise.catch(() => undefined)
  return promise
}

/**
 * Makes every member an accessor whose setter says what is wrong. As plain methods they could be overwritten by a
 * request's body (`Object.assign(session, body)`), which would break the next call, and `__proto__` would replace
 * the session's prototype.
 */
for (const name of MEMBERS) {
  const { get, value } = Object.getOwnPropertyDescriptor(SessionObject.prototype, name) ?? {
    get: prototypeOf,
    value: undefined,
  }
  Object.defineProperty(SessionObject.prototype, name, {
    get: get ?? (() => value),
    set: () => refuseMember(name),
    configurable: true,
  })
}

function prototypeOf(this: object): unknown {
  return Object.getPrototypeOf(this)
}
