import { sweeper } from '../../admin/sweeper.ts'
import { backend, onlyIf } from '../../core/backend.ts'
import { systemClock } from '../../core/clock.ts'
import { SessionStateError } from '../../core/errors.ts'
import { events } from '../../core/events.ts'
import { randomText } from '../../core/random.ts'
import type { InPlaceStore } from '../../core/store.ts'
import type { Store, StoreCall, StoreEntry } from '../../index.ts'
import { checkKey } from '../../stores/internal/key.ts'
import { keyOf } from '../internal/engine.ts'
import { memoryOf } from '../internal/store-memory.ts'

/**
 * A Holdfast store as other middleware use one: get, set and destroy by id, without revisions. The last call that writes
 * wins, as that middleware has it, in the order of the calls; but what is expired is absent, and a session that ended, in
 * whatever process, is not brought back by a request that had it before.
 */
export interface Hosted {
  /** The stored text, and when it ends. */
  load(id: string): Promise<StoreEntry | undefined>
  /** Creates or overwrites. A session that this process has had and that ended stays ended, as if it had ended after this. */
  save(id: string, value: string, expiresAt: number): Promise<void>
  /** Moves the end. Of what is not there, nothing. */
  touch(id: string, expiresAt: number): Promise<void>
  remove(id: string): Promise<void>
  /** One call of the store itself: made ready before, with a deadline, and failures as coded errors. */
  ask<T>(operation: string, send: (store: Store, call: StoreCall) => T | PromiseLike<T>): Promise<T>
}

/** How long one call of the store may take, as in the drop-ins. */
const PATIENCE = 10_000
const SWEEPING = { storeTimeout: PATIENCE, sweepEvery: 300_000, clock: systemClock }
/** As many ids as this process remembers to have had. */
const MOST = 50_000
/** Each attempt fails because another one got through, so this many say that the store does not compare as it should. */
const ATTEMPTS = 1_000

/** @param sweeps whether expired sessions are removed from the store from time to time */
export function hosted(store: Store, sweeps: boolean): Hosted {
  const seen = new Set<string>()
  const { inOrder } = memoryOf(store)
  const behind = backend(store, events({}))
  if (sweeps) sweeper({ options: SWEEPING, backend: behind })

  const ask: Hosted['ask'] = async (operation, send) => behind.ask(operation, PATIENCE, Date.now(), send)
  const remember = (id: string): void => {
    seen.delete(id)
    seen.add(id)
    if (seen.size > MOST) seen.delete(seen.values().next().value as string)
  }
  const entryOf = (value: string, expiresAt: number): StoreEntry => {
    const revision = (store as Partial<InPlaceStore>).revisionOf?.(value) ?? randomText(8)
    return { value, expiresAt: Math.round(expiresAt), revision }
  }
  const read = (key: string): Promise<StoreEntry | undefined> => ask('get', (its, call) => its.get(key, call))

  /** Tries until nobody else came between. */
  const untilDone = async (attempt: () => Promise<boolean>): Promise<void> => {
    for (let count = 0; count < ATTEMPTS; count++) if (await attempt()) return
    throw new SessionStateError('ERR_SESSION_CONFLICT', 'Other writers of the same session kept winning.', {
      retryable: true,
    })
  }

  return {
    ask,

    async load(id) {
      if (typeof id !== 'string') return undefined
      const entry = await read(keyOf(store, id))
      if (entry) remember(id)
      return entry
    },

    async save(id, value, expiresAt) {
      if (typeof id !== 'string') checkKey(id)
      const key = keyOf(store, id)
      const entry = entryOf(value, expiresAt)
      const attempt = async (): Promise<boolean> => {
        const there = await read(key)
        if (there) {
          const { revision } = there
          const { outcome } = await ask('update', (its, call) => its.update(key, entry, onlyIf(call, revision)))
          return outcome === 'updated'
        }
        if (seen.has(id)) return true
        return (await ask('insert', (its, call) => its.insert(key, entry, call))) === 'inserted'
      }
      await inOrder(id, () => untilDone(attempt).then(() => remember(id)))
    },

    async touch(id, expiresAt) {
      if (typeof id !== 'string') return
      const key = keyOf(store, id)
      const at = Math.round(expiresAt)
      const attempt = async (): Promise<boolean> => {
        const there = await read(key)
        if (!there) return true
        return (await ask('touch', (its, call) => its.touch(key, at, onlyIf(call, there.revision)))) !== 'conflict'
      }
      await inOrder(id, () => untilDone(attempt))
    },

    async remove(id) {
      if (typeof id !== 'string') return
      // At once: what is waiting to be written is not to bring it back.
      remember(id)
      await inOrder(id, () => ask('delete', (its, call) => its.delete(keyOf(store, id), call)))
    },
  }
}
