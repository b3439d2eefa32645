import type { Store } from '../../index.ts'
import { type CompatEngine, compatEngine } from '../internal/engine.ts'
import { contextSession, type EngineOf } from './context.ts'
import type { ContextSession, KoaApplication, KoaContext, SessionOptions } from './types.ts'

const CONTEXT_SESSION = Symbol('get contextSession')
const INSTANCE = Symbol('contextSession instance')

type Extended = KoaContext & { [CONTEXT_SESSION]: ContextSession; [INSTANCE]?: ContextSession }

/** What stands behind the `ctx.session` of a context. */
export const sessionOf = (ctx: KoaContext): ContextSession => (ctx as Extended)[CONTEXT_SESSION]

/** Gives an application's contexts `session` and `sessionOptions`. One that has them keeps them, with their options. */
export function extend({ context }: KoaApplication, options: SessionOptions): void {
  if (Object.hasOwn(context, CONTEXT_SESSION)) return
  const engineOf = engines(options)
  Object.defineProperties(context, {
    [CONTEXT_SESSION]: {
      get(this: Extended): ContextSession {
        this[INSTANCE] ??= contextSession(this, options, engineOf)
        return this[INSTANCE]
      },
    },
    session: {
      get(this: Extended) {
        return this[CONTEXT_SESSION].get()
      },
      set(this: Extended, value: object | null) {
        this[CONTEXT_SESSION].set(value)
      },
      configurable: true,
    },
    sessionOptions: {
      get(this: Extended) {
        return this[CONTEXT_SESSION].opts
      },
    },
  })
}

/** The option `store` may change while the application runs, so each store has its engine when it is first used. */
function engines({ storeTimeout }: SessionOptions): EngineOf {
  const made = new Map<Store | undefined, CompatEngine>()
  return (store) => {
    const there = made.get(store)
    if (there) return there
    const engine = compatEngine(store, storeTimeout)
    made.set(store, engine)
    return engine
  }
}
