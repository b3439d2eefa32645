import assert from 'node:assert/strict'
import { assertAbsent, assertHolds, assertRefused, at, type Bench, entryAt, HOUR, listAll } from '../internal/bench.ts'
import { type Chapter, rule } from '../internal/rule.ts'

/** All of them are proper keys (1 to 255 printable ASCII characters), and all of them live side by side. */
const PATHS = [
  '../../etc/passwd',
  '..\\..\\x',
  '%2e%2e/x',
  '....//x',
  '/etc/cron.d/x',
  'C:\\x',
  '.',
  '..',
  '/',
  'a/b',
  'a/',
]
const DEVICES = [
  'CON',
  'NUL',
  'a:stream',
  'x',
  'x.',
  'x ',
  ' x',
  'x..',
  '~',
  '~root',
  '-rf',
  'index.json',
  'x.tmp',
  'x.lock',
]
const PROTOTYPE = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__']
const CASES = ['abc', 'ABC', 'Abc', 'aBc', 'k', 'K', 'i', 'I']
const PATTERNS = [
  'tenant[AB]:',
  'a*',
  'a?',
  'a%',
  'a_',
  'ab',
  'a\\*',
  '*',
  '%',
  '_',
  '[^a]',
  '{a,b}',
  '.*',
  '^$',
  '(a+)+$',
]
const PUNCTUATION = [
  '{tag}1',
  '{tag}2',
  '{}',
  "o'brien",
  '"; DROP TABLE x; --',
  '`',
  '$where',
  '$1',
  '?',
  ':a',
  '@a',
  '#',
  '&=',
  '0',
  '00',
]
const LONG = ['x'.repeat(255), `${'x'.repeat(254)}y`, 'x'.repeat(254)]

/** Not keys by Holdfast's own rule. A store may keep more, but then exactly. */
const ODD_KEYS = [
  '',
  'x'.repeat(256),
  'x'.repeat(1_048_576),
  'a\0b',
  '\0',
  'line\nbreak',
  '\x7f',
  '\x1b[31m',
  'é',
  '😀',
  '\ud800',
]

const canary = 'canary-7f3a'
const converting = () => ({
  toString: () => 'key',
  valueOf: () => 'key',
  toJSON: () => 'key',
  [Symbol.toPrimitive]: () => 'key',
})
const NOT_TEXT: readonly unknown[] = [
  undefined,
  null,
  0,
  1,
  10n,
  Number.NaN,
  true,
  Symbol('key'),
  ['key'],
  [],
  {},
  { $ne: null },
  { $gt: '' },
  { _bsontype: 'ObjectId', id: 'key' },
  /key/,
  () => 'key',
  new String('key'),
  Buffer.from('key'),
  converting(),
]

async function assertKeepsApart({ store, now, put }: Bench, keys: readonly string[]): Promise<void> {
  const entries = new Map<string, Awaited<ReturnType<Bench['put']>>>()
  for (const key of keys) {
    await assertAbsent(store, key, now)
    entries.set(key, await put(key, { owner: key }))
  }
  for (const [key, entry] of entries) await assertHolds(store, key, entry, now)
  for (const [key, entry] of entries) {
    const next = { ...entryAt(now), owner: key }
    const call = at(now, { ifRevision: entry.revision })
    assert.strictEqual((await store.update(key, next, call)).outcome, 'updated')
    entries.set(key, next)
  }
  if (store.list) {
    const rows = await listAll(store, { limit: 1000 }, now)
    assert.deepEqual(new Set(rows.map((row) => row.key)), new Set(keys), 'list: the keys come back exactly')
  }
  for (const key of keys) {
    assert.strictEqual(await store.delete(key, at(now)), 'deleted')
    entries.delete(key)
    assert.strictEqual(await store.get(key, at(now)), undefined)
    for (const [other, entry] of entries) await assertHolds(store, other, entry, now)
  }
}

async function assertAsksForNothing({ store, now }: Bench, key: unknown): Promise<void> {
  const name = key as string
  const ifRevision = 'any-revision'
  assert.strictEqual(await store.get(name, at(now)), undefined, 'get of what is not a key')
  assert.strictEqual((await store.update(name, entryAt(now), at(now, { ifRevision }))).outcome, 'gone')
  assert.strictEqual(await store.touch(name, now + HOUR, at(now, { ifRevision })), 'gone')
  assert.strictEqual(await store.delete(name, at(now)), 'gone')
  assert.strictEqual(await store.delete(name, at(now, { ifRevision })), 'gone')
}

export const keyRules: Chapter<Bench> = {
  title: 'keys: 1 to 255 printable ASCII characters, compared byte for byte',
  rules: [
    rule('that look like paths are just keys [T046 T048]', (bench) => assertKeepsApart(bench, PATHS)),
    rule('that name devices, streams or hidden files are just keys [T048]', (bench) =>
      assertKeepsApart(bench, DEVICES),
    ),
    rule('that name members of Object.prototype are just keys [T052]', (bench) => assertKeepsApart(bench, PROTOTYPE)),
    rule('that differ by case only are different keys [T050]', (bench) => assertKeepsApart(bench, CASES)),
    rule('with pattern characters match only themselves [T057]', (bench) => assertKeepsApart(bench, PATTERNS)),
    rule('with braces, quotes and operators are just keys [T054 T060]', (bench) =>
      assertKeepsApart(bench, PUNCTUATION),
    ),
    rule('of 255 characters are kept whole [T049]', (bench) => assertKeepsApart(bench, LONG)),

    rule(
      'of another shape (empty, too long, control characters, not ASCII) are never an error when asked for [T014 T049]',
      async (bench) => {
        await bench.put('key')
        for (const key of ODD_KEYS) await assertAsksForNothing(bench, key)
      },
    ),

    rule('of another shape are refused by insert with ERR_SESSION_KEY, or else kept exactly', async (bench) => {
      const { store, now } = bench
      for (const key of [...ODD_KEYS, `${canary}\0`]) {
        const entry = entryAt(now)
        const insert = async () => store.insert(key, entry, at(now))
        const outcome = await insert().catch(() => 'refused')
        if (outcome === 'inserted') await assertHolds(store, key, entry, now)
        else await assertRefused(insert, 'insert of what is not a key', canary)
      }
    }),

    rule('that are not text find nothing and are never turned into text [T053 T054]', async (bench) => {
      const entry = await bench.put('key')
      for (const key of NOT_TEXT) await assertAsksForNothing(bench, key)
      await assertHolds(bench.store, 'key', entry, bench.now)
    }),

    rule('that are not text are refused by insert with ERR_SESSION_KEY [T053 T054]', async ({ store, now }) => {
      for (const key of NOT_TEXT) {
        await assertRefused(() => store.insert(key as string, entryAt(now), at(now)), 'insert under what is not text')
      }
      assert.strictEqual(await store.get('key', at(now)), undefined)
    }),

    rule('leave Object.prototype as it is [T052]', async ({ store, now, put }) => {
      const before = Reflect.ownKeys(Object.prototype)
      for (const key of PROTOTYPE) {
        await put(key, { owner: '__proto__', value: '{"__proto__":{"polluted":true}}' })
        await store.delete(key, at(now))
      }
      assert.deepEqual(Reflect.ownKeys(Object.prototype), before)
      assert.strictEqual(({} as Record<string, unknown>).polluted, undefined)
    }),
  ],
}
