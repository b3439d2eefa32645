/** The published stores for express-session, opened on something real. */

import { createRequire } from 'node:module'
import type { PlainExpressStore } from '../../../src/compat/bridges/index.ts'

const require = createRequire(import.meta.url)
// biome-ignore lint/suspicious/noExplicitAny: most of these packages have no types
export type Untyped = any
export const load = (name: string): Untyped => require(name)

/** The published express-session. */
export const published: Untyped = load('express-session')

export interface OpenedStore {
  /** The store, as an application hands it over. */
  readonly store: PlainExpressStore
  /** Another object on the same data, as a restarted process has it. Absent where the data are the object's. */
  reopen?(): Promise<PlainExpressStore>
  close(): Promise<void>
}
export type OpenStore = () => Promise<OpenedStore>
