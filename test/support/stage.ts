import type { Store } from '../../src/index.ts'
import { type StoreRequest, wrappedStore } from './wrapped-store.ts'

/**
 * A stage on which nothing happens by itself: whatever is to happen waits at a gate, and the test decides which gate
 * opens next. One order of events can so be replayed exactly, and all orders can be tried.
 */
export interface Stage {
  /** What waits now, in the order of arrival. */
  readonly waiting: readonly Gate[]
  /** Waits until the test opens the gate, and answers what the test says as it does. */
  gate(name: string, detail?: unknown): Promise<unknown>
  /** Opens one gate and runs until everything waits again. */
  open(gate: Gate, word?: unknown): Promise<void>
  /** Runs until everything waits. */
  settle(): Promise<void>
}

export interface Gate {
  readonly name: string
  readonly detail: unknown
}

interface Closed extends Gate {
  readonly go: (word: unknown) => void
}

export function stage(): Stage {
  const waiting: Closed[] = []
  // One turn of the event loop runs everything that only promises hold up.
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    waiting,
    settle,
    gate: (name, detail) => new Promise((go) => waiting.push({ name, detail, go })),
    open(gate, word) {
      const index = waiting.indexOf(gate as Closed)
      if (index < 0) throw new Error(`the gate "${gate.name}" is not waiting`)
      waiting.splice(index, 1)[0]?.go(word)
      return settle()
    },
  }
}

/** A store each of whose calls waits at a gate named after its operation before it takes effect. */
export function gatedStore(store: Store, on: Stage): Store {
  return wrappedStore(store, async (request: StoreRequest, forward) => {
    await on.gate(request.operation, request)
    return forward()
  })
}
