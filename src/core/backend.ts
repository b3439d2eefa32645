import { andThen, isLater } from './answer.ts'
import { isSessionError, SessionStoreError } from './errors.ts'
import type { Events } from './events.ts'
import type { Answer, ConditionalCall, Store, StoreCall } from './store.ts'

/**
 * The store as the engine uses it: made ready before the first call, every call with a deadline, every failure a coded
 * error and an event.
 */
export interface Backend {
  readonly store: Store
  /** Makes the store ready, once. A failure is tried again by the next call that needs it. */
  ready(budget: number): Answer<void>
  /**
   * Sends one call. `budget` is how many ms the answer may take. Rejects (or throws, if the store did) with a
   * `SessionStoreError`; after a timeout it is unknown whether a write took effect.
   */
  ask<T>(operation: string, budget: number, now: number, send: (store: Store, call: StoreCall) => Answer<T>): Answer<T>
}

interface LazyCall extends StoreCall {
  controller: AbortController | undefined
}

// An AbortSignal costs more than a whole call, and most stores never look at it.
const lazySignal = {
  get signal(): AbortSignal {
    const call = this as unknown as LazyCall
    call.controller ??= new AbortController()
    return call.controller.signal
  },
}

/** The error for a failure that has no code yet. */
function storeFailure(name: string, operation: string, cause: unknown): Error {
  return new SessionStoreError('ERR_SESSION_STORE', `The ${name} store failed (${operation}).`, {
    cause,
    retryable: true,
    help: "See the error's cause.",
  })
}

export function backend(store: Store, events: Events, coded = storeFailure): Backend {
  let ready = store.ready === undefined
  let opening: Promise<void> | undefined

  const failed = (operation: string, cause: unknown): Error => {
    const error = isSessionError(cause) ? cause : coded(store.name, operation, cause)
    if ((error as Partial<SessionStoreError> | undefined)?.notReady) ready = store.ready === undefined
    const code = isSessionError(error) ? error.code : 'ERR_SESSION_STORE'
    events.emit({ type: 'store-failed', store: store.name, operation, code })
    return error
  }

  const tooSlow = (operation: string, ms: number): SessionStoreError => {
    events.emit({ type: 'store-failed', store: store.name, operation, code: 'ERR_SESSION_STORE_TIMEOUT' })
    return new SessionStoreError(
      'ERR_SESSION_STORE_TIMEOUT',
      `The ${store.name} store did not answer within ${Math.round(ms)} ms (${operation}).`,
      {
        retryable: true,
        help: 'Raise storeTimeout, or look at the store.',
      },
    )
  }

  const open = (budget: number): Answer<void> => {
    if (ready) return undefined
    opening ??= Promise.resolve()
      .then(() => store.ready?.())
      .then(() => {
        ready = true
      })
      .finally(() => {
        opening = undefined
      })
    return within(
      opening,
      budget,
      () => tooSlow('ready', budget),
      (cause) => failed('ready', cause),
    )
  }

  const ask: Backend['ask'] = (operation, budget, now, send) => {
    if (!ready) return andThen(open(budget), () => ask(operation, budget, now, send))
    const call: LazyCall = Object.assign(Object.create(lazySignal), { now, controller: undefined })
    let answer: ReturnType<typeof send>
    try {
      answer = send(store, call)
    } catch (cause) {
      throw failed(operation, cause)
    }
    if (!isLater(answer)) return answer
    const giveUp = (): SessionStoreError => {
      call.controller?.abort()
      return tooSlow(operation, budget)
    }
    return within(answer, budget, giveUp, (cause) => failed(operation, cause))
  }

  return { store, ask, ready: open }
}

/** The same call, for an entry that must still have this revision. Not a copy: that would make its signal. */
export const onlyIf = (call: StoreCall, ifRevision: string): ConditionalCall => Object.assign(call, { ifRevision })

/** The answer, or an error when it takes longer. What comes after that is ignored. */
export function within<T>(
  answer: PromiseLike<T>,
  ms: number,
  expire: () => Error,
  wrap: (cause: unknown) => unknown = (cause) => cause,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // setTimeout would read a longer delay as 1 ms.
    const timer = setTimeout(() => reject(expire()), Math.min(Math.max(0, ms), 2 ** 31 - 1))
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (cause) => {
        clearTimeout(timer)
        reject(wrap(cause))
      },
    )
  })
}
