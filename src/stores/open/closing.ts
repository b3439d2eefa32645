import type { Store } from '../../core/store.ts'

/** The store, whose `close` also ends the connection that was opened for it. Once. */
export function closing(store: Store, end: () => unknown): Store {
  let closed: Promise<void> | undefined
  return {
    ...store,
    close() {
      closed ??= (async () => {
        await store.close?.()
        await end()
      })()
      return closed
    },
  }
}
