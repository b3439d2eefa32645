import { SessionError } from '../core/errors.ts'
import { decodeHeld } from '../core/held.ts'
import type { Answer, Store, StoreCall } from '../core/store.ts'
import type { Kernel } from '../core/visit.ts'
import { dataOf } from '../core/visit.ts'

/** What operators and "sign out everywhere" pages do with sessions that are not this request's. */

/** One session in a list. The handle names it in `find` and `revoke`; no cookie can be made from it. */
export interface SessionListing {
  readonly handle: string
  readonly owner: string | undefined
  /** When it ends if nobody uses it again (ms since 1970). */
  readonly expiresAt: number
}

export interface SessionDetail<Data> extends SessionListing {
  readonly createdAt: number
  readonly absoluteAt: number
  /** The size of the data as JSON. */
  readonly bytes: number
  readonly data: Partial<Data>
}

export interface Registry<Data> {
  /** Live sessions, a page at a time: all, or one owner's. `cursor` is there while there may be more. */
  list(query?: { readonly owner?: string | number; readonly cursor?: string; readonly limit?: number }): Promise<{
    readonly sessions: readonly SessionListing[]
    readonly cursor: string | undefined
  }>
  /** How many live sessions there are: all, or one owner's. */
  count(query?: { readonly owner?: string | number }): Promise<number>
  /** One session with its data, or undefined. A copy: changing it changes nothing. */
  find(handle: string): Promise<SessionDetail<Data> | undefined>
  /** Ends one session, now and on every node that uses this store. False if there was none. */
  revoke(handle: string): Promise<boolean>
  /** Ends every session of an owner, except those named, and answers how many. Repeats until a pass finds none. */
  revokeAll(query: {
    readonly owner: string | number
    readonly except?: string | readonly string[] | undefined
  }): Promise<number>
}

const PAGE = 100
/** Of the sessions that one call ends. */
const STEP = 1000

export function registry<Data>(kernel: Kernel): Registry<Data> {
  const { backend, options, events } = kernel

  const ask = async <T>(operation: string, send: (store: Store, call: StoreCall) => Answer<T>): Promise<T> =>
    backend.ask(operation, options.storeTimeout, options.clock.now(), send)

  const needed = <Name extends 'list' | 'count'>(store: Store, name: Name): NonNullable<Store[Name]> => {
    const method = store[name]
    if (method) return method as NonNullable<Store[Name]>
    throw new SessionError('ERR_SESSION_STORE', `The ${store.name} store has no "${name}".`, {
      help: 'Use a store that keeps an index.',
    })
  }

  const list: Registry<Data>['list'] = async ({ owner, cursor, limit = PAGE } = {}) => {
    const query = { limit, cursor, owner: owner === undefined ? undefined : String(owner) }
    const page = await ask('list', (store, call) => needed(store, 'list')(query, call))
    return {
      sessions: page.entries.map((entry) => ({ handle: entry.key, owner: entry.owner, expiresAt: entry.expiresAt })),
      cursor: page.cursor,
    }
  }

  const destroyed = (handle: string): void => events.emit({ type: 'destroyed', handle, by: 'revocation' })

  const revoke: Registry<Data>['revoke'] = async (handle) => {
    const outcome = await ask('delete', (store, call) => store.delete(handle, call))
    if (outcome === 'deleted') destroyed(handle)
    return outcome === 'deleted'
  }

  /** Ends some of an owner's sessions in one call, where the store can: none only if it found none. */
  const revokeStep = async (owner: string, except: readonly string[]): Promise<number | undefined> => {
    const keys = await ask('deleteOwned', (store, call) => store.deleteOwned?.({ owner, except, limit: STEP }, call))
    keys?.forEach(destroyed)
    return keys?.length
  }

  const revokePass = async (owner: string | number, spared: ReadonlySet<string>): Promise<number> => {
    let revoked = 0
    let cursor: string | undefined
    do {
      const page = await list({ owner, ...(cursor === undefined ? {} : { cursor }) })
      for (const { handle } of page.sessions) if (!spared.has(handle) && (await revoke(handle))) revoked++
      cursor = page.cursor
    } while (cursor !== undefined)
    return revoked
  }

  return {
    list,
    revoke,
    async count({ owner } = {}) {
      return ask('count', (store, call) =>
        needed(store, 'count')({ owner: owner === undefined ? undefined : String(owner) }, call),
      )
    },
    async find(handle) {
      const entry = await ask('get', (store, call) => store.get(handle, call))
      const held = entry && decodeHeld(kernel, handle, entry)
      const data = held && dataOf(kernel, handle, held.record.text)
      if (!entry || !held || !data) return undefined
      const { createdAt, absoluteAt, text } = held.record
      const { expiresAt, owner } = entry
      return {
        handle,
        owner,
        expiresAt,
        createdAt,
        absoluteAt,
        bytes: Buffer.byteLength(text),
        data: data as Partial<Data>,
      }
    },
    async revokeAll({ owner, except }) {
      const spared = new Set(typeof except === 'string' ? [except] : except)
      let total = 0
      // A sign-in that was under way during a pass is found by the next one.
      for (;;) {
        const revoked = (await revokeStep(String(owner), [...spared])) ?? (await revokePass(owner, spared))
        if (revoked === 0) return total
        total += revoked
      }
    },
  }
}
