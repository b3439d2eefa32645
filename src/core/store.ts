/**
 * The store port: what Holdfast asks of a place that keeps sessions.
 *
 * A store is a plain object made by a factory. It keeps text under keys and never looks inside the text. Five methods
 * are required; the rest is optional and a store that has it says so by having it.
 *
 * Three rules make the promises possible, and every store keeps all three:
 *
 * 1. `insert` never overwrites a live entry; `update` and `touch` never create one. A request that outlives its
 *    session therefore cannot bring the session back.
 * 2. Every write names the revision it was based on. Of any number of writers with the same `ifRevision`, one wins
 *    and the others get `conflict`. Comparing and writing is one atomic step on the server.
 * 3. An entry with `expiresAt <= call.now` is absent to every method, whether or not anything has removed it yet.
 *    `call.now` is the caller's clock, so tests move time instead of waiting for it.
 *
 * Unknown, malformed and expired keys are answers (`undefined`, `'gone'`), never exceptions. A method that throws or
 * rejects says: the system failed, and whether a write took effect is unknown.
 *
 * What can be kept: a key is a string of 1 to 255 printable ASCII characters, compared byte for byte; an entry is as
 * `StoreEntry` says. Anything else is refused by `insert`, `update` and `touch` with `ERR_SESSION_KEY`; a key that is
 * none is unknown to every other method, and an `ifRevision` that is none matches nothing. Nothing is ever converted to
 * text, so that a query operator or an object with `toString` in a key's place means nothing.
 *
 * Methods may answer at once or with a promise. A store opens nothing before its first use and closes only what it
 * opened itself.
 */

/** An answer that is there already or comes later. */
export type Answer<T> = T | PromiseLike<T>

/** What one key holds. */
export interface StoreEntry {
  /** Opaque text. Any string that is well-formed or not (lone surrogates, U+0000): it comes back exactly. */
  readonly value: string
  /** The instant, in whole milliseconds since 1970, from which the entry is absent. */
  readonly expiresAt: number
  /** A token that the caller makes anew for each write (never a counter). At most 64 printable ASCII characters. */
  readonly revision: string
  /** The user that the session belongs to, for `list({ owner })`. At most 255 characters. Absent means: nobody's. */
  readonly owner?: string | undefined
}

/** What every call carries. */
export interface StoreCall {
  /** The caller's clock: milliseconds since 1970. */
  readonly now: number
  /**
   * Aborts when the caller stops waiting. Made on first access, because one signal per call would cost more than
   * the rest of the call. After an abort it is unknown whether a write took effect.
   */
  readonly signal?: AbortSignal | undefined
}

/** A call that holds only if the entry still has this revision. */
export interface ConditionalCall extends StoreCall {
  readonly ifRevision: string
}

/** A delete may be conditional; without `ifRevision` it removes whatever is there. */
export interface DeleteCall extends StoreCall {
  readonly ifRevision?: string | undefined
}

/** `current` is the entry that won, as of the moment of the comparison. */
export type UpdateOutcome =
  | { readonly outcome: 'updated' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'conflict'; readonly current: StoreEntry }

/** One row of a listing. It never carries the value. */
export interface StoreListing {
  readonly key: string
  readonly expiresAt: number
  readonly owner?: string | undefined
}

export interface ListQuery {
  /** Only this owner's entries, found through an index, without reading values. */
  readonly owner?: string | undefined
  /** Where the last page ended, as it was returned. A cursor that this store did not make starts from the front. */
  readonly cursor?: string | undefined
  /** At most this many rows (1 to 1000). */
  readonly limit: number
}

export interface ListPage {
  readonly entries: readonly StoreListing[]
  /**
   * Present while there may be more. A page may be empty and still have a cursor. An entry that lives through the whole
   * listing appears at least once.
   */
  readonly cursor?: string | undefined
}

export interface DeleteOwnedQuery {
  readonly owner: string
  /** Keys of entries that stay. */
  readonly except?: readonly string[] | undefined
  /** At most this many entries (1 to 1000). */
  readonly limit: number
}

export interface SweepResult {
  /** How many expired entries were removed. */
  readonly removed: number
  /** True while this pass has not been all around yet: call again. */
  readonly more: boolean
}

export interface Store {
  /** For messages and metrics: `'memory'`, `'sqlite'` ... Never a URL. */
  readonly name: string

  /** The live entry, or `undefined`. */
  get(key: string, call: StoreCall): Answer<StoreEntry | undefined>

  /**
   * Puts a new entry. `'taken'` when the key holds a live entry, which stays as it is. An entry whose deadline has
   * passed already is accepted and absent at once. Of many concurrent inserts of one key exactly one is `'inserted'`.
   */
  insert(key: string, entry: StoreEntry, call: StoreCall): Answer<'inserted' | 'taken'>

  /** Replaces value, deadline, revision and owner of a live entry that has `ifRevision`. Never creates. */
  update(key: string, entry: StoreEntry, call: ConditionalCall): Answer<UpdateOutcome>

  /** Moves the deadline of a live entry that has `ifRevision`; its revision, value and owner stay. Never creates. */
  touch(key: string, expiresAt: number, call: ConditionalCall): Answer<'touched' | 'gone' | 'conflict'>

  /** Removes a live entry. With `ifRevision`, only if it has that revision. */
  delete(key: string, call: DeleteCall): Answer<'deleted' | 'gone' | 'conflict'>

  /** Live entries, page by page, in no promised order. Memory use does not grow with the number of entries. */
  list?(query: ListQuery, call: StoreCall): Answer<ListPage>

  /** How many live entries there are, or how many of this owner's. */
  count?(query: { readonly owner?: string | undefined }, call: StoreCall): Answer<number>

  /**
   * Removes live entries of one owner, found through the index, and answers the keys of those that it removed. Fewer than
   * `limit` may be removed while there are more; no key at all says that there was none left. An entry that is inserted
   * meanwhile may be missed, so whoever wants all of them ended asks until the answer is empty.
   */
  deleteOwned?(query: DeleteOwnedQuery, call: StoreCall): Answer<readonly string[]>

  /** Removes expired entries in one bounded step: at most `limit` entries are looked at or removed. */
  sweep?(limit: number, call: StoreCall): Answer<SweepResult>

  /**
   * Makes tables, folders, indexes. Safe when several processes do it at once and when it was done before. The engine
   * calls it once before the first request; a failure is tried again at the next one. So is a call that failed with a
   * `SessionStoreError` whose `notReady` is true: what this makes was lost.
   */
  ready?(): Answer<void>

  /** Resolves when the backend answers, throws when it does not. */
  ping?(call: StoreCall): Answer<void>

  /** Releases what the store opened itself. Idempotent. Calls after it throw. */
  close?(): Answer<void>
}

/**
 * A store that keeps another library's records in place. They have no room for a revision, so theirs is a function of the
 * value: callers put `revisionOf(entry.value)` into `entry.revision`. Its keys are that library's session ids as they are.
 */
export interface InPlaceStore extends Store {
  revisionOf(value: string): string
  /** How long that library keeps a session without an end of its own, from its last use (ms). Default: a day. */
  readonly lifetime?: number | undefined
}
