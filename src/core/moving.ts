import { within } from './backend.ts'
import { dataText } from './data.ts'
import { isSessionError, SessionStoreError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { held } from './held.ts'
import { keyring, type Secret } from './keyring.ts'
import { entryOf, firstRecord } from './next-record.ts'
import type { Answer } from './store.ts'
import { type Claim, proofOf } from './token.ts'
import type { Held, Kernel, Loss, Visit } from './visit.ts'

/** Sessions of another library, of which browsers still hold the cookies. */
export interface FormerSessions {
  /** For events and messages, like `'express-session'`. Part of how a session's new handle is made: do not change it. */
  readonly name: string
  /** The id that a request's cookie names, if its signature is right. No I/O. */
  claim(exchange: Exchange): string | undefined
  /** The application's data of a live session, without what that library keeps beside them; undefined if there is none. */
  load(id: string): Answer<Record<string, unknown> | undefined>
  /** Ends it where it was. Called when its successor is in the store, and again if that was not acknowledged. */
  remove(id: string): Answer<unknown>
  /** The `Set-Cookie` lines that take the old cookie away. */
  readonly clearing: readonly string[]
}

/**
 * Moves a visitor's session over at its first request: the data go into a session of ours, the old one ends, and the response
 * sends the new cookie. The new handle and nonce are computed from the old id and the newest secret, so that requests that
 * come together, also to several processes, move it once.
 */
export function mover(formers: readonly FormerSessions[], secrets: readonly Secret[]): (visit: Visit) => Answer<Visit> {
  const keys = keyring(secrets, 'move/v1')
  const claimFor = (name: string, id: string): Claim => {
    const handle = keys.sign(`handle\n${name}\n${id}`).slice(0, 22)
    const nonce = keys.sign(`nonce\n${name}\n${id}`).slice(0, 22)
    return { handle, nonce, renewal: 0, proof: proofOf(handle, nonce), signedBy: 0 }
  }
  return (visit) => {
    for (const former of formers) {
      const id = former.claim(visit.exchange)
      if (id !== undefined) return move(visit, former, id, claimFor(former.name, id))
    }
    return visit
  }
}

async function move(visit: Visit, former: FormerSessions, id: string, claim: Claim): Promise<Visit> {
  const { kernel, exchange } = visit
  const { storeTimeout } = kernel.options
  const ask = <T>(operation: string, send: () => Answer<T>): Promise<T> =>
    within(
      Promise.resolve().then(send),
      storeTimeout,
      () => failure(former, operation, `did not answer within ${storeTimeout} ms`),
      (cause) => (isSessionError(cause) ? cause : failure(former, operation, 'failed', cause)),
    )

  let found = await held(kernel, claim, storeTimeout)
  if (found === 'gone') {
    const data = await ask('load', () => former.load(id))
    if (!data) {
      kernel.events.emit({ type: 'refused', handle: claim.handle, reason: 'unknown' })
      return visit
    }
    found = await insert(kernel, visit, claim, data)
  }
  // Also when it had been moved before: as long as it is there, its cookie would open it again after a logout.
  await ask('remove', () => former.remove(id))
  for (const line of former.clearing) exchange.setCookie(line)
  if (typeof found !== 'object') return visit
  Object.assign(visit.bond, { claim, latest: found, seen: found.record.text })
  visit.cookie = 'set'
  kernel.events.emit({ type: 'moved', handle: claim.handle, from: former.name })
  return visit
}

/** The successor; or what a request beside this one has put there. */
async function insert(kernel: Kernel, visit: Visit, claim: Claim, data: object): Promise<Held | Loss> {
  const now = kernel.options.clock.now()
  const record = firstRecord(kernel, visit.bond, claim, dataText(JSON.parse(JSON.stringify(data))), now)
  const { entry, held: inserted } = entryOf(kernel, claim.handle, record, now, undefined)
  const { storeTimeout } = kernel.options
  const outcome = await kernel.backend.ask('insert', storeTimeout, now, (store, call) =>
    store.insert(claim.handle, entry, call),
  )
  return outcome === 'inserted' ? inserted : held(kernel, claim, storeTimeout)
}

const failure = ({ name }: FormerSessions, operation: string, what: string, cause?: unknown): SessionStoreError =>
  new SessionStoreError(
    what === 'failed' ? 'ERR_SESSION_STORE' : 'ERR_SESSION_STORE_TIMEOUT',
    `The former sessions of ${name} ${what} (${operation}).`,
    { cause, retryable: true, help: 'Look at the store that is in moveFrom.' },
  )
