import type { CommitCall } from './commit.ts'
import type { Exchange } from './exchange.ts'
import type { SessionRecord, Unreadable } from './record.ts'
import type { StoreEntry } from './store.ts'
import type { Claim } from './token.ts'
import type { Bond, Kernel, Visit } from './visit.ts'

/**
 * What an engine agrees with its applications: how a request names its session, what counts as a change, how a record
 * looks, which cookie goes out. There is the native contract (`native.ts`), and one for each library that a drop-in replaces.
 * The flow is the engine's and the same for all: open, compare and set, merge, end for good.
 */
export interface Contract {
  /** The sessions that a request claims, in the order of its cookies. No I/O with the store. */
  claims(kernel: Kernel, exchange: Exchange): readonly Claim[]
  /** When the cookies of several sessions are alive, is it the first one, or is none trusted? */
  readonly several: 'first' | 'none'
  /** A claim for a session that does not exist yet. */
  issue(): Claim
  /** The same session under a new nonce: the old cookie is worth nothing from the commit on. */
  rotate(claim: Claim): Claim
  /** The application's data as the JSON text of one object: what is compared, patched and merged. Throws what cannot be kept. */
  text(live: object): string
  /** The record in a store's entry, or why it is none. What it throws is the application's to see. */
  decode(entry: StoreEntry): SessionRecord | Unreadable | 'too-large'
  /** What the store is given for a record. */
  encode(record: SessionRecord): string
  /** When the store's entry ends. `before` is when it would have ended, of a session that is only used and not changed. */
  expiresAt(record: SessionRecord, now: number, before?: number): number
  /** What a commit does. A table: it does nothing itself. */
  plan(visit: Visit, bond: Bond, call: CommitCall, text: string, now: number): Step
  /** Why this request cannot create a session, if so. */
  barred(visit: Visit, call: CommitCall): Visit['bar'] | 'headers-sent'
  /** Is a session that was never stored deleted at the store all the same, when the application destroys it? */
  readonly deletesUnstored: boolean
  /** Gives the browser what the commit decided, if the headers have not left. */
  send(visit: Visit): void
}

export type Step = 'nothing' | 'insert' | 'update' | 'touch'
