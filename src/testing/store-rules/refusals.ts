import assert from 'node:assert/strict'
import { assertAbsent, assertHolds, assertRefused, at, type Bench, entryAt } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

const canary = 'canary-7f3a'

const BAD_ENTRIES: Readonly<Record<string, readonly unknown[]>> = {
  value: [undefined, null, 0, {}, { canary }, [canary], Buffer.from(canary), new String(canary)],
  expiresAt: [
    undefined,
    null,
    Number.NaN,
    Infinity,
    -Infinity,
    1.5,
    2 ** 53,
    8n,
    '99999999999999',
    new Date(8.64e15),
    [],
  ],
  revision: [undefined, null, '', 1, {}, [canary], 'x'.repeat(65), 'é', 'a\0', 'a\n'],
  owner: [null, '', 0, 1, {}, [canary], { $ne: null }, 'x'.repeat(256), '\ud800', 'a\0b', new String(canary)],
}

/** Some stores can keep more than Holdfast asks of them: then it has to come back. What is not text never may. */
const MAY_KEEP = new Set(['x'.repeat(65), 'é', 'a\0', 'a\n', 'x'.repeat(256), '\ud800', 'a\0b'])

const badEntries = function* (now: number) {
  for (const [field, values] of Object.entries(BAD_ENTRIES)) {
    for (const value of values) {
      yield { what: `${field} (${typeof value})`, value, bad: { ...entryAt(now), [field]: value } }
    }
  }
}

export const refusalRules: Chapter<Bench> = {
  title: 'what cannot be kept is refused with ERR_SESSION_KEY, and the message does not repeat it',
  rules: [
    rule(
      'insert refuses a bad value, deadline, revision or owner, and keeps nothing of it [T053 T157]',
      async (bench) => {
        const { store, now } = bench
        for (const { what, value, bad } of badEntries(now)) {
          const insert = async () => store.insert('key', bad, at(now))
          if (MAY_KEEP.has(value as string) && (await insert().catch(() => '')) === 'inserted') {
            await assertHolds(store, 'key', bad, now)
            await store.delete('key', at(now))
          } else {
            await assertRefused(insert, `insert with a bad ${what}`, canary)
            await assertAbsent(store, 'key', now)
          }
        }
      },
    ),

    rule('update refuses the same, and the entry stays as it is', async ({ store, now, put }) => {
      for (const { what, value, bad } of badEntries(now)) {
        const entry = await put('key', { owner: 'user-1' })
        const update = async () => store.update('key', bad, at(now, { ifRevision: entry.revision }))
        const answer = MAY_KEEP.has(value as string) ? await update().catch(() => undefined) : undefined
        if (answer?.outcome === 'updated') {
          await assertHolds(store, 'key', bad, now)
        } else {
          await assertRefused(update, `update with a bad ${what}`, canary)
          await assertHolds(store, 'key', entry, now)
        }
        await store.delete('key', at(now))
      }
    }),

    rule(
      'touch refuses a deadline that is not whole milliseconds, and the entry stays as it is [T154]',
      async (bench) => {
        const { store, now, put } = bench
        const entry = await put('key')
        for (const expiresAt of BAD_ENTRIES.expiresAt as number[]) {
          const touch = () => store.touch('key', expiresAt, at(now, { ifRevision: entry.revision }))
          await assertRefused(touch, 'touch with a bad deadline')
        }
        await assertHolds(store, 'key', entry, now)
      },
    ),

    rule(
      'list and count find nothing under an owner that is not text, or that nobody can have',
      async ({ store, now, put }) => {
        await put('key')
        await put('key2', { owner: 'user-1' })
        for (const owner of [
          null,
          '',
          0,
          {},
          { $ne: null },
          ['user-1'],
          'x'.repeat(256),
          '\ud800',
          '%',
          '*',
        ] as string[]) {
          const page = await store.list?.({ owner, limit: 10 }, at(now))
          assert.deepEqual(page?.entries ?? [], [], 'list: no rows')
          assert.strictEqual((await store.count?.({ owner }, at(now))) ?? 0, 0, 'count: nobody')
        }
      },
      'no-list',
    ),
  ],
}
