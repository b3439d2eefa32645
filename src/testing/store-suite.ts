/**
 * The conformance suite for stores: every rule of the store port as one test of your runner, with the rule as its title.
 *
 *     import { describe, it } from 'vitest' // or jest, mocha, node:test
 *     import { storeSuite } from 'holdfast/testing'
 *
 *     storeSuite({
 *       describe,
 *       it,
 *       name: 'my store',
 *       open: async () => ({ store: myStore(client, { prefix: fresh() }) }),
 *       weaknesses: ['single-process', 'volatile'],
 *     })
 *
 * A weakness that is not declared makes its rules fail; a declared one leaves them out, which their titles say.
 */

import assert from 'node:assert/strict'
import { SessionOptionError } from '../core/errors.ts'
import type { Answer, Store, StoreEntry } from '../core/store.ts'
import { at, type Bench, entryAt } from './internal/bench.ts'
import { type Fleet, type StoreProcesses, withFleet } from './internal/fleet.ts'
import type { Chapter } from './internal/rule.ts'
import { countRules } from './store-rules/count.ts'
import { deleteRules } from './store-rules/delete.ts'
import { deleteOwnedRules } from './store-rules/delete-owned.ts'
import { expiryRules } from './store-rules/expiry.ts'
import { insertRules } from './store-rules/insert.ts'
import { keyRules } from './store-rules/keys.ts'
import { lifecycleRules } from './store-rules/lifecycle.ts'
import { listRules } from './store-rules/list.ts'
import { ownerRules } from './store-rules/owner.ts'
import { processRules } from './store-rules/processes.ts'
import { raceRules } from './store-rules/races.ts'
import { refusalRules } from './store-rules/refusals.ts'
import { sweepRules } from './store-rules/sweeping.ts'
import { touchRules } from './store-rules/touch.ts'
import { updateRules } from './store-rules/update.ts'
import { valueRules } from './store-rules/values.ts'
import { WITNESSES } from './store-rules/weaknesses.ts'
import { checkWeaknesses, STORE_WEAKNESSES, type StoreWeakness } from './store-weaknesses.ts'

/** A store to try the rules on, and what to do after one rule. */
export interface OpenedStore {
  readonly store: Store
  /**
   * Another store object on the same data, as a restarted process would have it; also called while the first one is
   * open, unless 'single-process' is declared. Left out only with 'volatile'.
   */
  reopen?(): Answer<Store>
  /** Called after the rule, after `store.close`: closes the client, removes the data. */
  close?(): unknown
}

export interface SuiteTest {
  (title: string, body: () => Promise<void>, timeout?: number): unknown
  /** Used where the runner has it, so that rules that are left out are reported as skipped. */
  readonly skip?: (title: string, body: () => Promise<void>) => unknown
}

export interface StoreSuiteOptions {
  readonly describe: (title: string, body: () => void) => unknown
  readonly it: SuiteTest
  readonly name: string
  /** A fresh and empty store. Called once per rule; the suite calls `ready`. */
  open(): Answer<OpenedStore>
  /** What the store cannot do: words of `STORE_WEAKNESSES`. Default: none. */
  readonly weaknesses?: readonly StoreWeakness[]
  /** How to open the store in other processes. Left out only with 'single-process'. */
  readonly processes?: StoreProcesses
  /** Only with 'evicts', and then needed: a store with room for far less than 1,000 small entries. */
  small?(): Answer<OpenedStore>
  /** Milliseconds that the runner is asked to give each test. Default: 60,000. */
  readonly timeout?: number
}

const CHAPTERS: readonly Chapter<Bench>[] = [
  lifecycleRules,
  insertRules,
  updateRules,
  touchRules,
  deleteRules,
  expiryRules,
  raceRules,
  valueRules,
  keyRules,
  refusalRules,
  listRules,
  ownerRules,
  countRules,
  deleteOwnedRules,
  sweepRules,
]

/** Registers one test per rule. Throws a `SessionOptionError` when what it was given does not fit together. */
export function storeSuite(options: StoreSuiteOptions): void {
  const { describe, name, timeout = 60_000 } = options
  const weaknesses = checkSuite(options)
  const it = (title: string, body: () => Promise<void>) =>
    options.it(
      title,
      function limited(this: unknown) {
        // Mocha is told here how much time the test has, the others by the argument below.
        const { timeout: limit } = (this ?? {}) as { readonly timeout?: (milliseconds: number) => unknown }
        if (typeof limit === 'function') limit.call(this, timeout)
        return keepsPrototype(body)
      },
      timeout,
    )

  const chapter = <Subject>(
    { title, rules }: Chapter<Subject>,
    run: (check: (subject: Subject) => Promise<void>) => Promise<void>,
  ) =>
    describe(title, () => {
      for (const rule of rules) {
        const excuses = rule.unless.filter((weakness) => weaknesses.has(weakness))
        if (excuses.length === 0) it(rule.title, () => run(rule.check))
        else leaveOut(options.it, `${rule.title} (not promised: ${excuses.join(', ')})`)
      }
    })

  describe(`${name} keeps the rules of the store port`, () => {
    for (const rules of CHAPTERS) chapter(rules, (check) => withBench(options, check))
    // Without `processes` the store has declared 'single-process', and each of these rules is left out.
    chapter(processRules, (check: (fleet: Fleet) => Promise<void>) => withFleet(options.processes!, check))
    if (weaknesses.size > 0) {
      describe('declared weaknesses', () => {
        for (const weakness of weaknesses) {
          const title = `${weakness}: ${STORE_WEAKNESSES[weakness]}`
          const witness = WITNESSES[weakness]
          if (witness) it(title, () => withBench(options, witness))
          else leaveOut(options.it, `${title} (cannot be seen from outside)`)
        }
      })
    }
  })
}

function checkSuite({ weaknesses, processes, small }: StoreSuiteOptions): ReadonlySet<StoreWeakness> {
  const declared = checkWeaknesses(weaknesses ?? [])
  if (declared.has('single-process') === Boolean(processes)) {
    throw new SessionOptionError('processes', "is needed unless 'single-process' is declared, and only then.")
  }
  if (declared.has('evicts') !== Boolean(small)) {
    throw new SessionOptionError('small', "is needed when 'evicts' is declared, and only then.")
  }
  return declared
}

const leaveOut = (it: SuiteTest, title: string) => (it.skip ?? it)(title, async () => undefined)

async function keepsPrototype(body: () => Promise<void>): Promise<void> {
  const before = Reflect.ownKeys(Object.prototype)
  await body()
  assert.deepEqual(Reflect.ownKeys(Object.prototype), before, 'Object.prototype has been written on')
}

async function withBench(options: StoreSuiteOptions, check: (bench: Bench) => Promise<void>): Promise<void> {
  const now = Date.now()
  const stores: Store[] = []
  const opened: OpenedStore[] = []
  const take = async (store: Store) => {
    stores.push(store)
    await store.ready?.()
    return store
  }
  const open = async (how: () => Answer<OpenedStore>) => {
    const one = await how()
    opened.push(one)
    await take(one.store)
    return one
  }
  try {
    const { store, reopen } = await open(() => options.open())
    if (options.weaknesses?.includes('volatile') && reopen) {
      assert.fail("`open` offers `reopen`: leave it out, or take 'volatile' out of the weaknesses.")
    }
    await check({
      store,
      now,
      call: at(now),
      async put(key: string, over?: Partial<StoreEntry>) {
        const entry = entryAt(now, over)
        assert.strictEqual(await store.insert(key, entry, at(now)), 'inserted', 'insert under a free key')
        return entry
      },
      async reopen() {
        if (!reopen) assert.fail("`open` offers no `reopen`. If the data end with the object, declare 'volatile'.")
        return take(await reopen())
      },
      small: async () => (await open(() => options.small!())).store,
    })
  } finally {
    for (const store of stores) await store.close?.()
    for (const one of opened.reverse()) await one.close?.()
  }
}
