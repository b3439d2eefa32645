import { describe, it } from 'vitest'
import { fromExpressStore } from '../../../src/compat/bridges/index.ts'
import { type StoreWeakness, storeSuite } from '../../../src/testing/index.ts'
import type { OpenStore } from './open.ts'

/** What no bridged store can do, whichever it is. */
export const BRIDGED: readonly StoreWeakness[] = [
  'single-process',
  'no-list',
  'no-owner-index',
  'no-count',
  'no-delete-owned',
  'no-sweep',
]

/** The rules of the store port on a published store under `fromExpressStore`. */
export function bridgeSuite(name: string, open: OpenStore, weaknesses: readonly StoreWeakness[] = []): void {
  storeSuite({
    describe,
    it,
    name: `fromExpressStore over ${name}`,
    weaknesses: [...BRIDGED, ...weaknesses],
    async open() {
      const { store, reopen, close } = await open()
      if (!reopen) return { store: fromExpressStore(store), close }
      return { store: fromExpressStore(store), reopen: async () => fromExpressStore(await reopen()), close }
    },
  })
}
