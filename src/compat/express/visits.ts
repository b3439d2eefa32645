import { andThen } from '../../core/answer.ts'
import { held, lossError } from '../../core/held.ts'
import { destroy, inOrder, save } from '../../core/verbs.ts'
import { type Bond, newBond, type Visit } from '../../core/visit.ts'
import type { Store } from '../../index.ts'
import { claimOf } from '../internal/engine.ts'
import { dataTextOf } from './contract.ts'
import { Cookie } from './cookie.ts'
import type { Settings } from './options.ts'
import { isSecure, type Passage, rawOf, type SessionRequest } from './passage.ts'
import { bind, Session, type SessionData } from './session.ts'
import { createSession, type StoreRequest } from './store.ts'

/** How a request gets its session object: a stored one, or a new one. */

/** Of requests that are under way, so that a store's `generate(req)` finds what it is called for. */
const passages = new WeakMap<object, { readonly passage: Passage; readonly store: Store | undefined }>()

export function enlist(passage: Passage, store: Store | undefined): void {
  passages.set(passage.req, { passage, store })
}

/** Shows the session that was found. Throws if what the store holds is no session. */
export function inflate(passage: Passage): void {
  const { visit, settings, req } = passage
  const { bond } = visit
  show(passage, bond)
  passage.originalId = req.sessionID
  passage.originalText = bond.seen
  if (settings.resave) return
  passage.savedId = passage.originalId
  passage.savedText = passage.originalText
}

function show(passage: Passage, bond: Bond): void {
  const { req } = passage
  const session = createSession(req, rawOf(bond.latest as NonNullable<Bond['latest']>) as SessionData)
  bond.live = session
  bind(session, bindingOf(passage, bond))
}

/** Gives the request a new, empty session. What every `store.generate` does. */
export function generate(request: StoreRequest, settings: Settings): void {
  const req = request as SessionRequest
  const there = passages.get(req)
  const its = there?.passage.settings ?? settings
  req.sessionID = its.idOf(req)
  const session = new Session(req)
  const options = its.cookieOf(req)
  session.cookie = new Cookie(options)
  const secure = isSecure(req, its.proxy)
  if (options.secure === 'auto') session.cookie.secure = secure
  if (options.sameSite === 'auto') session.cookie.sameSite = secure ? 'none' : 'lax'
  req.session = session
  if (there) attach(there.passage, session, there.store)
}

function attach(passage: Passage, session: Session, store: Store | undefined): void {
  const { visit, req } = passage
  // After a `regenerate()`, the request's visit is of another session.
  if (visit.bond.live) visit.bond = newBond()
  const { bond } = visit
  bond.live = session
  if (typeof req.sessionID === 'string') bond.claim = claimOf(store, req.sessionID)
  bind(session, bindingOf(passage, bond))
}

/**
 * The session that a request ends with. The application may have put another one in the place of ours, by
 * `store.createSession()` or `generate()`: it is saved under its own id.
 */
export function endWith(passage: Passage, session: Session | undefined, store: Store | undefined): void {
  const { visit } = passage
  const { claim } = visit.bond
  if (claim && typeof session?.id === 'string' && session.id !== claim.nonce) {
    visit.bond = newBond()
    visit.bond.claim = claimOf(store, session.id)
  }
  visit.bond.live = session
}

/** The first session of a request. */
export function begin(passage: Passage): void {
  generate(passage.req, passage.settings)
  passage.originalId = passage.req.sessionID
  passage.originalText = dataTextOf(passage.req.session as object)
}

function bindingOf(passage: Passage, bond: Bond): Parameters<typeof bind>[1] {
  const { visit, req, settings } = passage
  const isHere = (): boolean => visit.bond === bond
  // The application hears of a failure and answers it. It is not tried again behind its back, and not told twice.
  const endedNow = (): Promise<void> => {
    const ended = destroy(visit, bond)
    ended.catch(() => {
      visit.dying = visit.dying.filter((handle) => handle !== bond.claim?.handle)
    })
    return ended
  }
  return {
    save: () => (isHere() ? save(visit) : Promise.reject(lossError('gone'))),
    destroy: (told) => (told ? endedNow() : destroy(visit, bond)),
    reload: () => reload(passage, visit, bond),
    async regenerate() {
      const failure = await endedNow().then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      const { sessionStore } = req as { sessionStore?: { generate?(req: StoreRequest): void } }
      if (sessionStore?.generate) sessionStore.generate(req)
      else generate(req, settings)
      if (failure) throw failure.error
    },
  }
}

function reload(passage: Passage, visit: Visit, bond: Bond): Promise<void> {
  const { kernel } = visit
  return inOrder(visit, () => {
    const { claim } = bond
    if (!claim) throw new Error('failed to load session')
    return andThen(held(kernel, claim, kernel.options.storeTimeout), (found) => {
      if (typeof found === 'string') throw new Error('failed to load session')
      bond.latest = found
      bond.seen = found.record.text
      show(passage, bond)
    })
  })
}
