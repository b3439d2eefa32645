import type { Answer, Store } from '../../core/store.ts'

type Operation = 'get' | 'insert' | 'update' | 'touch' | 'delete'

/** How a store misbehaves: calls of one kind fail, or are never answered. */
export type Fault = { readonly operations: readonly Operation[]; readonly how: 'fails' | 'hangs' } | undefined

export interface WatchedStore {
  readonly store: Store
  /** How many calls of a kind have reached the store, and how many of them it has answered. */
  calls(operation: Operation): number
  acknowledged(operation: Operation): number
  fault: Fault
}

const OPERATIONS: readonly Operation[] = ['get', 'insert', 'update', 'touch', 'delete']

/** A store that is slow or misbehaves as it is told, and counts. */
export function watchedStore(inner: Store, latency: number): WatchedStore {
  const begun = new Map<Operation, number>()
  const done = new Map<Operation, number>()
  const count = (map: Map<Operation, number>, operation: Operation) => map.set(operation, (map.get(operation) ?? 0) + 1)
  const store: Record<string, unknown> = { ...inner }
  const watched: WatchedStore = {
    store: store as unknown as Store,
    calls: (operation) => begun.get(operation) ?? 0,
    acknowledged: (operation) => done.get(operation) ?? 0,
    fault: undefined,
  }
  for (const operation of OPERATIONS) {
    const method = inner[operation] as (...args: unknown[]) => Answer<unknown>
    store[operation] = async (...args: unknown[]) => {
      count(begun, operation)
      if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency))
      const { fault } = watched
      if (fault?.operations.includes(operation)) {
        if (fault.how === 'fails') throw new Error('The connection is lost.')
        await new Promise(() => {})
      }
      const answer = await method.apply(inner, args)
      count(done, operation)
      return answer
    }
  }
  return watched
}
