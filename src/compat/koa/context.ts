import { newVisit } from '../../core/access.ts'
import { isLater } from '../../core/answer.ts'
import type { Exchange } from '../../core/exchange.ts'
import { lossError } from '../../core/held.ts'
import { save as commitNow, destroy } from '../../core/verbs.ts'
import type { Bond, Visit } from '../../core/visit.ts'
import { finish, open } from '../../engine.ts'
import type { Store } from '../../index.ts'
import { type CompatEngine, isHoldfastStore } from '../internal/engine.ts'
import { claimFor, koaContract, newId } from './contract.ts'
import { clear, takeBack } from './cookie.ts'
import { reasonOf } from './reason.ts'
import { retire } from './retire.ts'
import type { KoaRecord, Scene } from './scene.ts'
import { Session } from './session.ts'
import { bridged, cookieStore } from './stores.ts'
import type { ContextSession, KoaContext, SessionOptions } from './types.ts'
import { isUsable } from './validity.ts'

/** The engine for a Holdfast store, or the one for all other libraries' stores. */
export type EngineOf = (store: Store | undefined) => CompatEngine

/** What stands behind the `ctx.session` of one context. */
export function contextSession(ctx: KoaContext, given: SessionOptions, engineOf: EngineOf): ContextSession {
  const opts = { ...given }
  const store = opts.ContextStore ? new opts.ContextStore(ctx) : (opts.store ?? undefined)
  const scene: Scene = {
    ctx,
    opts,
    store,
    holdfast: isHoldfastStore(store) ? store : undefined,
    visit: undefined as unknown as Visit,
    session: undefined,
    externalKey: undefined,
    brought: undefined,
    found: undefined,
    reason: undefined,
    saved: false,
    given: false,
    now: 0,
    outgoing: {},
  }
  const { holdfast } = scene
  const own = holdfast ? undefined : store ? bridged(scene) : cookieStore(scene)
  const kernel = engineOf(holdfast).kernel(koaContract(scene), own)
  const exchange = exchangeOf(ctx)
  scene.visit = newVisit(kernel, exchange)

  const create = (data?: object, id?: string): Session => {
    if (store) scene.externalKey = id ?? newId(scene)
    const session = new Session(self, data)
    const { bond } = scene.visit
    if (store && !bond.latest) bond.claim = scene.externalKey ? claimFor(scene, scene.externalKey) : undefined
    bond.live = session
    scene.session = session
    return session
  }

  /** The session that was found, or a new one where nothing was that may be used. */
  const begin = (isFound: boolean): Session => {
    const { latest } = scene.visit.bond
    if (isFound && latest) return create((latest.record as KoaRecord).raw, store && scene.brought)
    scene.visit = newVisit(kernel, exchange)
    return create()
  }

  let ending: Bond | undefined
  const remove = async (): Promise<void> => {
    if (store) {
      ending ??= scene.visit.bond
      await destroy(scene.visit, ending)
      // What is put into the context from here on is another session.
      ending = undefined
      scene.externalKey = undefined
    }
    clear(scene)
  }

  const run = async ({ save = false, regenerate = false } = {}): Promise<void> => {
    const { session, visit } = scene
    if (session === undefined) return
    if (session === false) return remove()
    try {
      await write(session, save, regenerate)
    } finally {
      if (visit.bond.over) takeBack(scene)
    }
  }

  const write = async (session: Session, save: boolean, regenerate: boolean): Promise<void> => {
    const { visit } = scene
    if (regenerate) {
      if (store) await retire(scene)
      else clear(scene)
    }
    const explicit = save || regenerate
    const { over } = visit.bond
    if (over && explicit) throw lossError(over)
    if (over) return
    scene.reason = explicit || session._requireSave ? 'force' : reasonOf(scene, session)
    if (scene.reason) opts.beforeSave?.(ctx, session)
    if (scene.session === false) return remove()
    if (!explicit) return finish(visit)
    await commitNow(visit)
    kernel.contract.send(visit)
  }

  let last: Promise<void> | undefined

  const self: ContextSession = {
    ctx,
    app: ctx.app,
    opts,
    store,
    get session() {
      return scene.session
    },
    get externalKey() {
      return scene.externalKey
    },

    get() {
      if (scene.session) return scene.session
      if (scene.session === false) return null
      // Before the middleware has looked into the store, there is one that nobody will see again.
      if (store) return create()
      scene.visit = open(kernel, exchange) as Visit
      const usable = isUsable(scene)
      return begin(usable as boolean)
    },

    set(value) {
      if (value === null) scene.session = false
      else if (typeof value === 'object') create(value, scene.externalKey)
      else throw new Error('this.session can only be set as null or an object.')
    },

    async initFromExternal() {
      const opened = open(kernel, exchange)
      scene.visit = isLater(opened) ? await opened : opened
      begin(await isUsable(scene))
    },

    // Of two that overlap, the second one begins when the first is through.
    commit(options) {
      const act = (): Promise<void> => run(options)
      const mine = last ? last.then(act, act) : act()
      const leave = (): void => {
        if (last === mine) last = undefined
      }
      last = mine
      mine.then(leave, leave)
      return mine
    },
  }
  return self
}

/** The contract reads the request and writes the cookie itself. */
const exchangeOf = ({ res }: KoaContext): Exchange => ({
  cookieHeader: undefined,
  path: '/',
  secure: () => false,
  headersSent: () => res?.headersSent ?? false,
  setCookie: () => undefined,
})
