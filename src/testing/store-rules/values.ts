import assert from 'node:assert/strict'
import type { StoreEntry } from '../../core/store.ts'
import { assertConflict, assertHolds, at, type Bench, entryAt, HOUR, newRevision } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

export const ILL_FORMED_TEXTS = ['\ud800', '\udfff', 'a\udc00\ud800b', '\0', 'before\0after', '"\ud83d"']

const TEXTS = [
  '',
  ' ',
  ' both ends ',
  'tab\tnewline\nreturn\r\nform\f',
  `'single' "double" \`back\` \\backslash\\ \\n \\u0000`,
  `'; DROP TABLE sessions; -- $1 ? :key @key %s {0} \${x}`,
  '{"__proto__":{"admin":true},"a":[]}',
  'null',
  'undefined',
  '0',
  '007',
  '1e999',
  '12345678901234567890.10',
  'true',
  '0x10',
  'é e\u0301 \u212b \u00c5', // Normalization would make the pairs equal.
  '\ufeffbyte order mark',
  '\uffff\ufffe\ufffd',
  '😀👨‍👩‍👧 𐍈 漢字 עברית العربية',
  '\u0001\u001b[31m\u007f\u0080\u2028\u2029',
  'c:AAECAwQ', // How compressed and sealed values look.
  'e:_-',
]

/** Writes the text by insert and by update, and meets it in get and in a conflict. */
async function assertKeepsText({ store, now, put }: Bench, texts: readonly string[]): Promise<void> {
  for (const [index, value] of texts.entries()) {
    const inserted = await put(`inserted-${index}`, { value })
    await assertHolds(store, `inserted-${index}`, inserted, now)
    const { revision: ifRevision } = await put(`updated-${index}`)
    const updated = entryAt(now, { value })
    await store.update(`updated-${index}`, updated, at(now, { ifRevision }))
    await assertHolds(store, `updated-${index}`, updated, now)
    await assertConflict(store, `updated-${index}`, ifRevision, updated, now)
  }
}

const megabyte = (unit: string, bytes = 1_048_576) => unit.repeat(bytes / Buffer.byteLength(unit))

/** Writes over everything it can reach. */
function spoil(entry: StoreEntry | undefined): void {
  for (const field of ['value', 'expiresAt', 'revision', 'owner'] as const) {
    try {
      Object.assign(entry ?? {}, { [field]: field === 'expiresAt' ? 1 : 'spoiled' })
    } catch {
      // Frozen: as good as a copy.
    }
  }
}

export const valueRules: Chapter<Bench> = {
  title: 'values',
  rules: [
    rule('text comes back exactly: empty, quotes, backslashes, line ends, numbers, emoji, JSON [T084]', (bench) =>
      assertKeepsText(bench, TEXTS),
    ),

    rule(
      'text comes back exactly: lone surrogates and U+0000 [T084]',
      (bench) => assertKeepsText(bench, ILL_FORMED_TEXTS),
      'lossy-text',
    ),

    rule('a value of 64 KiB comes back exactly [T212]', (bench) =>
      assertKeepsText(bench, [megabyte('x', 65_536), megabyte('😀', 65_536)]),
    ),

    rule(
      'a value of 1 MiB comes back exactly, also when its characters take three or four bytes',
      (bench) => assertKeepsText(bench, [megabyte('x'), megabyte('😀'), `${megabyte('漢', 1_048_575)}"`]),
      'small-values',
    ),

    rule('revisions come back exactly: 1 to 64 printable ASCII characters', async ({ store, now, put }) => {
      const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index))
      for (const revision of [ascii.slice(0, 64), ascii.slice(31), ' ', ' a ', '0', '00', '1e3', '~'.repeat(64)]) {
        const entry = await put(`with ${revision}`, { revision })
        await assertHolds(store, `with ${revision}`, entry, now)
        const next = entryAt(now)
        const { outcome } = await store.update(`with ${revision}`, next, at(now, { ifRevision: revision }))
        assert.strictEqual(outcome, 'updated')
      }
    }),

    rule('owners come back exactly: any well-formed text of 1 to 255 characters', async ({ store, now, put }) => {
      for (const owner of ['u', 'é', 'e\u0301', 'Ünïcödé 漢字 😀', '0', ' a ', "o'brien", '%', '漢'.repeat(255)]) {
        const key = newRevision()
        await assertHolds(store, key, await put(key, { owner }), now)
      }
    }),

    rule(
      'what get returns is a copy: writing on it changes nothing in the store [T258]',
      async ({ store, now, put }) => {
        const entry = await put('key', { owner: 'user-1' })
        spoil(await store.get('key', at(now)))
        await assertHolds(store, 'key', entry, now)
      },
    ),

    rule('what a conflict returns is a copy', async ({ store, now, put }) => {
      const entry = await put('key', { owner: 'user-1' })
      const answer = await store.update('key', entryAt(now), at(now, { ifRevision: 'another-revision' }))
      if (answer.outcome === 'conflict') spoil(answer.current)
      await assertHolds(store, 'key', entry, now)
    }),

    rule(
      'what insert and update were given is copied: writing on it later changes nothing in the store',
      async (bench) => {
        const { store, now } = bench
        const inserted = entryAt(now, { owner: 'user-1' })
        const given = { ...inserted }
        await store.insert('key', given, at(now))
        spoil(given)
        await assertHolds(store, 'key', inserted, now)
        const updated = entryAt(now, { owner: 'user-2', expiresAt: now + 2 * HOUR })
        const givenNext = { ...updated }
        await store.update('key', givenNext, at(now, { ifRevision: inserted.revision }))
        spoil(givenNext)
        await assertHolds(store, 'key', updated, now)
      },
    ),
  ],
}
