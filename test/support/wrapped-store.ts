import type { Answer, Store } from '../../src/index.ts'

/** The calls of the store port that requests make. */
export type Operation = 'get' | 'insert' | 'update' | 'touch' | 'delete'

export interface StoreRequest {
  readonly operation: Operation
  readonly key: string
  /** The call's arguments after the key. */
  readonly rest: readonly unknown[]
}

/** Stands between the engine and a store: may wait before `forward`, after it, answer something else, or never. */
export type Around = (request: StoreRequest, forward: () => Answer<unknown>) => Answer<unknown>

const OPERATIONS: readonly Operation[] = ['get', 'insert', 'update', 'touch', 'delete']

/** A store whose five calls go through `around`. The rest of its methods stay as they are. */
export function wrappedStore(store: Store, around: Around): Store {
  const wrapped: Record<string, unknown> = { ...store }
  for (const operation of OPERATIONS) {
    const method = store[operation] as (...args: unknown[]) => Answer<unknown>
    wrapped[operation] = (key: string, ...rest: unknown[]) =>
      around({ operation, key, rest }, () => method.call(store, key, ...rest))
  }
  return wrapped as unknown as Store
}

/** A store that takes its time: every call reaches it `before` ms late, and its answer is `after` ms late. */
export function slowStore(store: Store, before: number, after = 0): Store {
  return wrappedStore(store, async (_, forward) => {
    await delay(before)
    const answer = await forward()
    await delay(after)
    return answer
  })
}

export const delay = (ms: number): Promise<void> =>
  ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()

/**
 * What happens to one call:
 * - `ok`: it arrives, and its answer too.
 * - `lost`: it does not arrive, and fails.
 * - `unheard`: it arrives and takes effect, and its answer does not come back: it fails.
 * - `hung`: it arrives and takes effect, and is never answered.
 * - `silent`: it does not arrive and is never answered.
 */
export type Fate = 'ok' | 'lost' | 'unheard' | 'hung' | 'silent'

/** A store that fails as it is told. */
export function failingStore(store: Store, fate: (request: StoreRequest) => Fate): Store {
  return wrappedStore(store, async (request, forward) => {
    const mine = fate(request)
    if (mine === 'lost') throw new Error('the connection is lost')
    if (mine === 'silent') return new Promise(() => {})
    const answer = await forward()
    if (mine === 'unheard') throw new Error('the connection broke before the answer came')
    return mine === 'hung' ? new Promise(() => {}) : answer
  })
}

/** A store whose calls are written down, in the order in which they were made. */
export function recordingStore(store: Store): { readonly store: Store; readonly calls: StoreRequest[] } {
  const calls: StoreRequest[] = []
  const recording = wrappedStore(store, (request, forward) => {
    calls.push(request)
    return forward()
  })
  return { store: recording, calls }
}
