import {
  Binary,
  BSON,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'mongodb'
import { describe, expect, it } from 'vitest'
import { canonical, toDocument, toText } from '../../src/formats/mongodb/session-document.ts'

/** As it comes from a server to a store. */
const stored = (document: object): Record<string, unknown> =>
  BSON.deserialize(BSON.serialize(document), { promoteValues: false, promoteLongs: false, bsonRegExp: true })

const TYPES: Readonly<Record<string, readonly [unknown, unknown]>> = {
  Date: [new Date(0), '1970-01-01T00:00:00.000Z'],
  ObjectId: [new ObjectId('0123456789abcdef01234567'), '0123456789abcdef01234567'],
  UUID: [new UUID('01234567-89ab-4def-8123-456789abcdef'), '01234567-89ab-4def-8123-456789abcdef'],
  Binary: [new Binary(new Uint8Array([1, 2])), 'AQI='],
  Decimal128: [Decimal128.fromString('1.10'), { $numberDecimal: '1.10' }],
  Int32: [new Int32(3), 3],
  Double: [new Double(3), 3],
  'minus zero': [new Double(-0), 0],
  NaN: [new Double(Number.NaN), null],
  Infinity: [new Double(Number.NEGATIVE_INFINITY), null],
  Long: [Long.fromNumber(3), 3],
  'a large Long': [Long.fromString('9007199254740993'), 9007199254740992],
  'a regular expression': [new BSONRegExp('a', 'i'), {}],
  Timestamp: [new Timestamp({ t: 1, i: 2 }), { $timestamp: '4294967298' }],
  Symbol: [new BSONSymbol('s'), 's'],
  Code: [new Code('f', { a: 1 }), { code: 'f', scope: { a: 1 } }],
  MinKey: [new MinKey(), {}],
  MaxKey: [new MaxKey(), {}],
  null: [null, null],
}

describe('values of a sub-document', () => {
  it.each(Object.entries(TYPES))('%s has its JSON, and stays as it was', (_, [value, json]) => {
    const before = stored({ a: value, list: [value, { deep: value }] })
    const text = toText(before)
    expect(JSON.parse(text)).toEqual({ a: json, list: [json, { deep: json }] })
    const after = toDocument(text, before)
    expect(BSON.serialize(after)).toEqual(BSON.serialize(before))
    const grown = toDocument(JSON.stringify({ ...JSON.parse(text), more: 1 }), before)
    expect(BSON.serialize(grown)).toEqual(BSON.serialize({ ...before, more: 1 }))
  })

  it('a value that has changed is what JSON makes of it', () => {
    const before = stored({ at: new Date(0), id: new ObjectId(), list: [new Date(0), new Date(1)], plain: { a: 1 } })
    const next = { at: '1970-01-01T00:00:00.001Z', id: null, list: ['1970-01-01T00:00:00.001Z'], plain: 'text' }
    expect(toDocument(JSON.stringify(next), before)).toEqual(next)
    const other = { at: { now: 'an object' }, id: [1], list: { now: 'none' }, plain: [{ a: 1 }] }
    expect(toDocument(JSON.stringify(other), before)).toEqual(other)
  })

  it('the cookie has all keys, in order, and a date', () => {
    const text = '{"cookie":{"path":"/","more":1,"expires":"1970-01-01T00:00:00.000Z","originalMaxAge":5},"n":1}'
    const document = toDocument(text)
    expect(JSON.stringify(document)).toBe(
      '{"cookie":{"originalMaxAge":5,"partitioned":null,"priority":null,"expires":"1970-01-01T00:00:00.000Z",' +
        '"secure":null,"httpOnly":null,"domain":null,"path":"/","sameSite":null,"more":1},"n":1}',
    )
    expect(document).toMatchObject({ cookie: { expires: new Date(0) } })
    for (const expires of ['Thu, 01 Jan 1970 00:00:00 GMT', 'soon', null, false, 5]) {
      expect(toDocument(JSON.stringify({ cookie: { expires } }))).toMatchObject({ cookie: { expires } })
    }
    for (const other of [{ cookie: null }, { cookie: 'text' }, {}]) {
      expect(toDocument(JSON.stringify(other))).toEqual(other)
    }
  })

  it('texts that become the same document have one canonical text, others have not', () => {
    const same = ['{"a":1,"b":[1,2]}', ' {"b":[1.0, 2],"a":1e0}']
    expect(new Set(same.map(canonical)).size).toBe(1)
    const cookies = ['{"cookie":{}}', '{"cookie":{"path":null}}', '{"cookie":{"sameSite":null,"domain":null}}']
    expect(new Set(cookies.map(canonical)).size).toBe(1)
    const different = ['{}', '[]', '{"a":null}', '{"a":"1"}', '{"a":1}', '{"a":[1]}', '{"a":{"b":1}}', '{"a,b":1}', 'a']
    expect(new Set(different.map(canonical)).size).toBe(different.length)
    for (const text of ['{"cookie":{"expires":"1970-01-01T00:00:00.000Z"},"x":1e400,"y":-0,"z":"\\ud800"}']) {
      expect(canonical(toText(stored(toDocument(text))))).toBe(canonical(text))
    }
  })

  it('any session comes back with its revision, and a second write of its text changes no byte', () => {
    const random = generator(20_261_122)
    for (let n = 0; n < 500; n += 1) {
      const session = { ...(random(2) ? { cookie: anything(random, 2) } : {}), data: anything(random, 4) }
      const text = JSON.stringify(session)
      const before = stored(toDocument(text))
      const read = toText(before)
      expect(canonical(read)).toBe(canonical(text))
      expect(BSON.serialize(toDocument(read, before))).toEqual(BSON.serialize(before))
      expect(BSON.serialize(toDocument(text, before))).toEqual(BSON.serialize(toDocument(text)))
    }
  })
})

const LEAVES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    2 ** 63,
    0.1,
    5e-324,
    1e308,
    '',
    'text',
    '\u0000',
    'é👋',
  ],
  ...['1970-01-01T00:00:00.000Z', '\ud800', '$where', 'a.b'],
]
const NAMES = [
  'a',
  'b',
  '',
  '$set',
  'a.b',
  '0',
  '10',
  '__proto__',
  'constructor',
  'toJSON',
  'expires',
  'path',
  'é',
  'length',
]

/** The same numbers each time: whole ones below `most`. */
const generator = (seed: number) => {
  let state = seed
  return (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}

const anything = (random: (most: number) => number, depth: number): unknown => {
  const kind = depth === 0 ? 0 : random(3)
  if (kind === 0) return LEAVES[random(LEAVES.length)]
  const items = Array.from({ length: random(5) }, () => anything(random, depth - 1))
  if (kind === 1) return items
  return Object.fromEntries(items.map((item) => [NAMES[random(NAMES.length)], item]))
}
