import assert from 'node:assert/strict'
import { assertHolds, at, type Bench, entryAt, HOUR, need } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

const REQUIRED = ['get', 'insert', 'update', 'touch', 'delete'] as const

/** Runs a call whose signal aborts. Whether it takes effect is unknown, and so is how it ends. */
async function aborted(when: string, attempt: (signal: AbortSignal) => unknown): Promise<void> {
  const controller = new AbortController()
  if (when === 'before') controller.abort()
  else setImmediate(() => controller.abort())
  await Promise.resolve()
    .then(() => attempt(controller.signal))
    .catch(() => undefined)
}

export const lifecycleRules: Chapter<Bench> = {
  title: 'the object and its life',
  rules: [
    rule('is a plain object with a name and the five methods', async ({ store }) => {
      assert.ok([Object.prototype, null].includes(Object.getPrototypeOf(store)), 'a factory makes it, not a class')
      for (const method of REQUIRED) assert.strictEqual(typeof store[method], 'function', method)
      assert.match(store.name, /^[\w .+-]{1,40}$/, 'a word for messages and metrics, never an address')
    }),

    rule('works with methods taken off the object', async ({ store, now }) => {
      const { get, insert, update, touch, delete: remove, list, count, deleteOwned, sweep, ping } = store
      const entry = entryAt(now)
      assert.strictEqual(await insert('key', entry, at(now)), 'inserted')
      const next = entryAt(now)
      assert.strictEqual((await update('key', next, at(now, { ifRevision: entry.revision }))).outcome, 'updated')
      assert.strictEqual(await touch('key', now + HOUR, at(now, { ifRevision: next.revision })), 'touched')
      assert.strictEqual((await get('key', at(now)))?.value, next.value)
      if (list) await list({ limit: 1 }, at(now))
      if (count) await count({}, at(now))
      if (deleteOwned) await deleteOwned({ owner: 'user-1', limit: 1 }, at(now))
      if (sweep) await sweep(1, at(now))
      if (ping) await ping(at(now))
      assert.strictEqual(await remove('key', at(now)), 'deleted')
    }),

    rule('does not write on what it is given', async ({ store, now }) => {
      const entry = entryAt(now, { owner: 'user-1' })
      const call = { now, ifRevision: entry.revision }
      const query = { limit: 10, owner: 'user-1' }
      const except = ['b', 'a']
      for (const round of ['first', 'second']) {
        await store.insert(round, entry, Object.freeze({ now }))
        await store.get(round, call)
        await store.list?.(query, call)
        await store.count?.(query, call)
        await store.touch(round, now + HOUR, call)
        await store.update(round, entry, call)
        await store.delete(round, call)
        await store.deleteOwned?.({ ...query, except }, call)
        assert.deepEqual(call, { now, ifRevision: entry.revision })
        assert.deepEqual(query, { limit: 10, owner: 'user-1' })
        assert.deepEqual(except, ['b', 'a'])
      }
    }),

    rule('settles each answer once', async ({ store, now, put }) => {
      const { revision: ifRevision } = await put('key')
      const answers: unknown[] = [
        store.get('key', at(now)),
        store.insert('key', entryAt(now), at(now)),
        store.touch('key', now + HOUR, at(now, { ifRevision })),
        store.update('key', entryAt(now), at(now, { ifRevision: 'another-revision' })),
        store.delete('other', at(now)),
        (async () => store.insert(undefined as unknown as string, entryAt(now), at(now)))(),
      ]
      const times = await Promise.all(
        answers.map(async (answer) => {
          let settled = 0
          const count = () => {
            settled += 1
          }
          ;(answer as PromiseLike<unknown> | undefined)?.then?.(count, count)
          await Promise.allSettled([answer])
          await new Promise((resolve) => setImmediate(resolve))
          return typeof (answer as { then?: unknown } | undefined)?.then === 'function' ? settled : 1
        }),
      )
      assert.deepEqual(times, [1, 1, 1, 1, 1, 1])
    }),

    rule('stays whole when calls are aborted, before they begin or under way', async ({ store, now }) => {
      const entry = entryAt(now, { owner: 'old' })
      for (const abort of ['before', 'under way']) {
        const key = `aborted ${abort}`
        const next = entryAt(now, { owner: 'new' })
        await aborted(abort, (signal) => store.insert(key, entry, at(now, { signal })))
        await store.insert(key, entry, at(now))
        await assertHolds(store, key, entry, now)
        await aborted(abort, (signal) => store.update(key, next, at(now, { signal, ifRevision: entry.revision })))
        const found = await store.get(key, at(now))
        await assertHolds(store, key, found?.revision === next.revision ? next : entry, now)
        await aborted(abort, (signal) => store.get(key, at(now, { signal })))
        await aborted(abort, (signal) => store.delete(key, at(now, { signal })))
        await store.delete(key, at(now))
        assert.strictEqual(await store.insert(key, entry, at(now)), 'inserted', 'nothing is stuck')
        await assertHolds(store, key, entry, now)
      }
    }),

    rule(
      'never looks at a signal that is not there, and bears one that is made on first access',
      async ({ store, now }) => {
        const lazy = () => ({
          now,
          ifRevision: 'any-revision',
          get signal() {
            return new AbortController().signal
          },
        })
        assert.strictEqual(await store.insert('key', entryAt(now), lazy()), 'inserted')
        assert.strictEqual((await store.update('key', entryAt(now), lazy())).outcome, 'conflict')
        assert.strictEqual(await store.touch('key', now + HOUR, lazy()), 'conflict')
        assert.strictEqual(await store.delete('key', { now, signal: undefined }), 'deleted')
      },
    ),

    rule('ready may be called again and several times at once, and harms no entry', async ({ store, now, put }) => {
      const entry = await put('key', { owner: 'user-1' })
      await store.ready?.()
      await Promise.all([store.ready?.(), store.ready?.(), store.ready?.()])
      await assertHolds(store, 'key', entry, now)
    }),

    rule(
      'answers a ping',
      async ({ store, now }) => {
        assert.strictEqual(await need(store, 'ping')(at(now)), undefined)
      },
      'no-ping',
    ),

    rule(
      'close, where there is one, may be called again and at once, and calls after it fail',
      async ({ store, now, put }) => {
        const { revision: ifRevision } = await put('key')
        if (!store.close) return
        await Promise.all([store.close(), store.close()])
        await store.close()
        const calls = [
          async () => store.get('key', at(now)),
          async () => store.insert('new', entryAt(now), at(now)),
          async () => store.update('key', entryAt(now), at(now, { ifRevision })),
          async () => store.touch('key', now + HOUR, at(now, { ifRevision })),
          async () => store.delete('key', at(now)),
        ]
        for (const call of calls) await assert.rejects(call, 'a closed store that answers would hide a mistake')
      },
    ),

    rule(
      'another store object on the same data has every entry, at once and after the first one was closed',
      async ({ store, now, put, reopen }) => {
        const entry = await put('key', { owner: 'user-1', value: '"lasts"' })
        await put('deleted')
        await store.delete('deleted', at(now))
        await store.close?.()
        const second = await reopen()
        await assertHolds(second, 'key', entry, now)
        assert.strictEqual(await second.get('deleted', at(now)), undefined)
        assert.strictEqual(
          (await second.update('key', entryAt(now), at(now, { ifRevision: entry.revision }))).outcome,
          'updated',
        )
      },
      'volatile',
    ),
  ],
}
