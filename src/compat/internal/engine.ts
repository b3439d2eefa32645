import { createHash } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import { sweeper } from '../../admin/sweeper.ts'
import { type Backend, backend } from '../../core/backend.ts'
import { systemClock } from '../../core/clock.ts'
import type { Contract } from '../../core/contract.ts'
import type { CookieOptions } from '../../core/cookie.ts'
import { type Events, events, type SessionEvent } from '../../core/events.ts'
import { milliseconds } from '../../core/expiry.ts'
import type { InPlaceStore } from '../../core/store.ts'
import type { Claim } from '../../core/token.ts'
import { turns } from '../../core/turns.ts'
import type { Held, Kernel } from '../../core/visit.ts'
import type { Duration, Store } from '../../index.ts'
import type { ResolvedOptions } from '../../options.ts'
import { memoryStore } from '../../stores/memory.ts'

/** What a drop-in's requests share: everything of an engine but the contract, which differs with each request. */
export interface CompatEngine {
  /** The engine for one request. A `store` of its own is another library's, bound to the request. */
  kernel(contract: Contract, store?: Store): Kernel
}

/** Longer than other libraries' users expect a store to take, because those wait for ever. */
const PATIENCE = '10s'

/**
 * @param store a Holdfast store; without it, every request brings its own
 * @param storeTimeout how long one call of the store may take
 */
export function compatEngine(store: Store | undefined, storeTimeout: Duration | undefined): CompatEngine {
  const bus = discreet(events({}))
  const options: ResolvedOptions = Object.freeze({
    secrets: [],
    store: store ?? NO_STORE,
    cookie: NO_COOKIE,
    // The contract says when a session ends.
    idleTimeout: LONGEST,
    absoluteTimeout: LONGEST,
    touchAfter: 0,
    renewAfter: undefined,
    renewGrace: 0,
    owner: undefined,
    ownerLimit: undefined,
    // What the other library keeps is kept.
    maxBytes: Number.POSITIVE_INFINITY,
    warnBytes: Number.POSITIVE_INFINITY,
    onLost: 'event',
    storeTimeout: milliseconds(storeTimeout ?? PATIENCE, 'storeTimeout'),
    moveFrom: [],
    sweepEvery: milliseconds('5m', 'sweepEvery'),
    logger: {},
    clock: systemClock,
  })
  const own = store && backend(store, bus)
  const shared = { events: bus, turns: turns<Held>() }
  const kernel = (contract: Contract, foreign?: Store): Kernel => ({
    ...shared,
    options,
    backend: (foreign ? backend(foreign, bus, asItIs) : own) as Backend,
    contract,
  })
  if (own) sweeper({ options, backend: own })
  return { kernel }
}

/** What another library's store throws is what its users wait for. */
const asItIs = (_name: string, _operation: string, cause: unknown): Error => cause as Error

const LONGEST = 36_525 * 86_400_000
const NO_STORE = memoryStore()
const NO_COOKIE: CookieOptions = {
  name: '',
  path: '/',
  secure: false,
  httpOnly: true,
  sameSite: 'lax',
  persistent: false,
  partitioned: false,
}

/** Is it a store of the Holdfast port? */
export function isHoldfastStore(store: unknown): store is Store {
  const { insert, update, delete: remove } = (store ?? {}) as Partial<Store>
  return [insert, update, remove].every((method) => typeof method === 'function') && !isOthers(store)
}

/** Stores of other libraries may have any methods beside theirs. */
const isOthers = (store: unknown): boolean => typeof (store as { readonly set?: unknown }).set === 'function'

/**
 * The key of a session in a Holdfast store. Other libraries' ids are the secret itself, so the key is a hash: who reads the
 * store cannot make a cookie of it. Records that are kept in place for another library have its key.
 */
export function keyOf(store: Store | undefined, id: string): string {
  if (!store || (store as Partial<InPlaceStore>).revisionOf) return id
  return createHash('sha256').update(id).digest('base64url')
}

/** A claim of another library's id. Whoever knows the id has the session, so there is nothing else to compare. */
export const claimOf = (store: Store | undefined, id: string, signedBy = 0): Claim => ({
  handle: keyOf(store, id),
  nonce: id,
  renewal: 0,
  proof: '',
  signedBy,
})

const diagnostics = channel('holdfast:session')

/** Events name sessions by their keys. Where a key is the id itself, they name its hash. Only the channel hears them. */
function discreet(bus: Events): Events {
  const hidden = (handle: string): string => createHash('sha256').update(handle).digest('base64url').slice(0, 22)
  return {
    on: bus.on,
    emit(event) {
      if (!diagnostics.hasSubscribers) return
      const { handle } = event as { readonly handle?: string }
      bus.emit(handle === undefined ? event : ({ ...event, handle: hidden(handle) } as SessionEvent))
    },
  }
}
