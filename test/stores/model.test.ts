import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import Database from 'libsql'
import { describe, it } from 'vitest'
import type { Store, StoreEntry } from '../../src/core/store.ts'
import { fileStore } from '../../src/stores/file.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sqliteStore } from '../../src/stores/sqlite.ts'
import { expiryBugs } from '../seeded/stores/expiry.ts'
import { writeBugs } from '../seeded/stores/writes.ts'
import { modelStore } from '../support/model-store.ts'

/**
 * Two clients do anything in any order while the clock moves on, and every answer is the model's. Clients name the
 * revision that they saw last, another one's, or none that ever was.
 */

const KEYS = ['a', 'A', 'ab', '__proto__'] as const
const OWNERS = [undefined, 'user-1', 'USER-1'] as const
const START = 1_800_000_000_000

const key = fc.constantFrom(...KEYS)
const client = fc.constantFrom(0, 1)
/** So few milliseconds that deadlines and the clock meet. Some lie in the past. */
const lifetime = fc.integer({ min: -1, max: 8 })
const owner = fc.constantFrom(...OWNERS)
const basis = fc.constantFrom('seen', 'first', 'never')

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), client, key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('insert' as const), client, key, lifetime, owner }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('update' as const), client, key, lifetime, owner, basis }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('touch' as const), client, key, lifetime, basis }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), client, key, basis: fc.option(basis) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('list' as const), owner, limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('count' as const), owner }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('deleteOwned' as const),
      owner: fc.constantFrom('user-1', 'USER-1'),
      except: fc.option(fc.array(key, { maxLength: 2 }), { nil: undefined }),
      limit: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const), limit: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 3 }) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const plain = (entry: StoreEntry | undefined) =>
  entry && { value: entry.value, expiresAt: entry.expiresAt, revision: entry.revision, owner: entry.owner }

/** What the run of a sequence knows besides the store: the clock, and which revisions each client has seen. */
interface Run {
  now: number
  writes: number
  readonly seen: [Map<string, string>, Map<string, string>]
  readonly first: Map<string, string>
}

async function perform(store: Store, run: Run, it: Step): Promise<unknown> {
  const call = { now: run.now }
  const revisionFor = (who: number, name: string, what: 'seen' | 'first' | 'never') =>
    (what === 'seen' ? run.seen[who]?.get(name) : what === 'first' ? run.first.get(name) : undefined) ?? 'never-was'
  const write = (it: { lifetime: number; owner?: string | undefined }) => {
    run.writes += 1
    const expiresAt = run.now + it.lifetime
    return { value: `"${run.writes}"`, expiresAt, revision: `r${run.writes}`, ...(it.owner ? { owner: it.owner } : {}) }
  }
  const saw = (who: number, name: string, revision: string) => {
    run.seen[who]?.set(name, revision)
    if (!run.first.has(name)) run.first.set(name, revision)
  }

  switch (it.do) {
    case 'get': {
      const entry = await store.get(it.key, call)
      if (entry) saw(it.client, it.key, entry.revision)
      return plain(entry)
    }
    case 'insert': {
      const entry = write(it)
      const outcome = await store.insert(it.key, entry, call)
      if (outcome === 'inserted') saw(it.client, it.key, entry.revision)
      return outcome
    }
    case 'update': {
      const entry = write(it)
      const ifRevision = revisionFor(it.client, it.key, it.basis)
      const answer = await store.update(it.key, entry, { ...call, ifRevision })
      if (answer.outcome === 'updated') saw(it.client, it.key, entry.revision)
      return answer.outcome === 'conflict' ? { ...answer, current: plain(answer.current) } : answer
    }
    case 'touch': {
      const ifRevision = revisionFor(it.client, it.key, it.basis)
      return store.touch(it.key, run.now + it.lifetime, { ...call, ifRevision })
    }
    case 'delete': {
      const condition = it.basis ? { ifRevision: revisionFor(it.client, it.key, it.basis) } : {}
      return store.delete(it.key, { ...call, ...condition })
    }
    case 'list': {
      const rows = new Map<string, unknown>()
      let cursor: string | undefined
      do {
        const page = await store.list!({ limit: it.limit, owner: it.owner, ...(cursor ? { cursor } : {}) }, call)
        for (const row of page.entries) rows.set(row.key, { expiresAt: row.expiresAt, owner: row.owner })
        cursor = page.cursor
      } while (cursor !== undefined)
      return Object.fromEntries([...rows].map(([name, row]) => [`${name} `, row]).sort())
    }
    case 'count':
      return store.count!({ owner: it.owner }, call)
    case 'deleteOwned': {
      // Which ones a step takes is the store's choice, so all steps are made.
      const { owner, except, limit } = it
      const keys: string[] = []
      for (;;) {
        const some = await store.deleteOwned!({ owner, except, limit }, call)
        assert.ok(some.length <= limit)
        keys.push(...some)
        if (some.length === 0) return keys.sort()
      }
    }
    case 'sweep':
      // How much of it is left depends on how the store removes; that nothing changes by it, on nothing.
      await store.sweep!(it.limit, call)
      return undefined
    case 'wait':
      run.now += it.milliseconds
      return undefined
  }
}

const newRun = (): Run => ({ now: START, writes: 0, seen: [new Map(), new Map()], first: new Map() })

async function assertAgrees(store: Store, steps: readonly Step[]): Promise<void> {
  const model = modelStore()
  const [real, modelled] = [newRun(), newRun()]
  for (const [index, it] of steps.entries()) {
    const answer = await perform(store, real, it)
    assert.deepEqual(answer, await perform(model, modelled, it), `step ${index}, ${it.do}`)
  }
}

interface Place {
  readonly store: Store
  close?(): unknown
}

/** `SEED=2 npx vitest run ...` tries other sequences than everybody's. */
const seed = Number(process.env.SEED ?? 1)

const agreement = (open: () => Place | Promise<Place>) =>
  fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
    const { store, close } = await open()
    try {
      await store.ready?.()
      await assertAgrees(store, steps)
    } finally {
      await store.close?.()
      await close?.()
    }
  })

describe('a store answers like the model, whatever two clients do', () => {
  it('memoryStore: 500 sequences', async () => {
    await fc.assert(
      agreement(() => ({ store: memoryStore() })),
      { seed, numRuns: 500 },
    )
  })

  it('sqliteStore: 200 sequences', async () => {
    const open = () => {
      const database = new Database(':memory:')
      return { store: sqliteStore(database), close: () => database.close() }
    }
    await fc.assert(agreement(open), { seed, numRuns: 200 })
  })

  it('fileStore: 60 sequences', async () => {
    const open = async () => {
      const directory = await mkdtemp(join(tmpdir(), 'holdfast-model-'))
      return { store: fileStore({ directory, durable: false }), close: () => rm(directory, { recursive: true }) }
    }
    await fc.assert(agreement(open), { seed, numRuns: 60 })
  })
})

describe('and a store that does not is found out', () => {
  // What these get wrong does not show here: revisions that differ by little, clocks with fractions, far deadlines.
  const beyond = /^compares (revisions|only)|^has room|^insert says|^rounds|^keeps deadlines|^takes the later|^sweep/
  for (const bug of [...writeBugs, ...expiryBugs].filter(({ name }) => !beyond.test(name))) {
    it(bug.name, async () => {
      const { failed } = await fc.check(agreement(bug.open), { seed: 1, numRuns: 2000, endOnFailure: true })
      assert.ok(failed, 'no sequence has shown it')
    })
  }
})
