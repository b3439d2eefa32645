import { channel } from 'node:diagnostics_channel'

/**
 * What happened to sessions. Events carry handles, reasons and counts; never a cookie, a secret, session data or a
 * user's id. They go to listeners, to the logger, and to the diagnostics channel `holdfast:session`, and cost next to
 * nothing where nobody listens.
 */
export type SessionEvent =
  | { readonly type: 'created' | 'updated' | 'touched' | 'rotated' | 'renewed'; readonly handle: string }
  /** The application, an operator or a revocation ended it; or a sign-in that was one too many for its owner. */
  | { readonly type: 'destroyed'; readonly handle: string; readonly by: 'request' | 'revocation' | 'limit' }
  /** It ended, or was rotated, while a request was using it. The request's changes were dropped. */
  | { readonly type: 'lost'; readonly handle: string; readonly reason: 'gone' | 'superseded' | 'unreadable' }
  /** It came with the cookie of another library and was moved over: see `moveFrom`. */
  | { readonly type: 'moved'; readonly handle: string; readonly from: string }
  /** A cookie opened nothing. `forged`: never ours; `unknown`: no such record (ended, expired); `stale`: an old cookie. */
  | { readonly type: 'refused'; readonly reason: 'forged' }
  | { readonly type: 'refused'; readonly handle: string; readonly reason: 'unknown' | 'stale' | 'superseded' }
  /** Several live sessions under one cookie name: somebody may be tossing cookies. None was used. */
  | { readonly type: 'ambiguous'; readonly handles: readonly string[] }
  /** The store holds something under the handle that is no session of this version. It was left as it is. */
  | {
      readonly type: 'unreadable'
      readonly handle: string
      readonly reason: 'not-ours' | 'newer-version' | 'corrupt' | 'too-large' | 'too-deep'
    }
  /** Another writer was first; the change was merged into its result. */
  | { readonly type: 'conflict'; readonly handle: string; readonly attempt: number }
  /** A new session was written to and not created: see `reason`. */
  | { readonly type: 'not-created'; readonly reason: 'headers-sent' | 'superseded' | 'ambiguous' }
  /** The data are over `warnBytes`. */
  | {
      readonly type: 'large'
      readonly handle: string
      readonly bytes: number
      readonly largestKeys: readonly { readonly key: string; readonly bytes: number }[]
    }
  | { readonly type: 'store-failed'; readonly store: string; readonly operation: string; readonly code: string }
  /** A change made after the headers had left could not be saved, so no response could tell. */
  | { readonly type: 'late-failure'; readonly handle: string | undefined; readonly code: string }

export type SessionEventType = SessionEvent['type']

/** A console-like object. Only the levels that are there are used. */
export interface Logger {
  debug?(message: string, detail?: object): void
  info?(message: string, detail?: object): void
  warn?(message: string, detail?: object): void
  error?(message: string, detail?: object): void
}

const LEVELS: Readonly<Record<SessionEventType, keyof Logger>> = {
  created: 'debug',
  updated: 'debug',
  touched: 'debug',
  rotated: 'debug',
  renewed: 'debug',
  destroyed: 'debug',
  conflict: 'debug',
  moved: 'debug',
  refused: 'debug',
  lost: 'info',
  'not-created': 'info',
  ambiguous: 'warn',
  unreadable: 'warn',
  large: 'warn',
  'store-failed': 'error',
  'late-failure': 'error',
}

export type Listener<Type extends SessionEventType = SessionEventType> = (
  event: Extract<SessionEvent, { type: Type }>,
) => void

export interface Events {
  emit(event: SessionEvent): void
  /** Calls `listener` for every event of a type, or of all (`'*'`). Answers a function that stops it. */
  on<Type extends SessionEventType>(type: Type | '*', listener: Listener<Type>): () => void
}

const diagnostics = channel('holdfast:session')

export function events(logger: Logger | undefined): Events {
  const listeners = new Map<string, Set<(event: SessionEvent) => void>>()

  const tell = (type: string, event: SessionEvent): void => {
    for (const listener of listeners.get(type) ?? []) {
      try {
        listener(event)
      } catch (error) {
        // A listener's fault must not become a request's.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  return {
    emit(event) {
      if (diagnostics.hasSubscribers) diagnostics.publish(event)
      if (logger) {
        const level = LEVELS[event.type]
        if (logger[level]) logger[level](`holdfast: session ${event.type}`, event)
      }
      if (listeners.size === 0) return
      tell(event.type, event)
      tell('*', event)
    },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set)
      const untyped = listener as (event: SessionEvent) => void
      set.add(untyped)
      return () => {
        set.delete(untyped)
        if (set.size === 0) listeners.delete(type)
      }
    },
  }
}
