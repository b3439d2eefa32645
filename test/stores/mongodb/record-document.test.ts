import fc from 'fast-check'
import { BSON } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../../../src/core/record.ts'
import { type RecordDocument, toRecordDocument, toRecordText } from '../../../src/stores/mongodb/record-document.ts'

const ROOM = 16_000_000
const record = (data: string): string =>
  encodeRecord({
    proof: 'p'.repeat(22),
    createdAt: 1_700_000_000_000,
    absoluteAt: 1_700_000_000_001,
    idleTimeout: 60_000,
    persistent: true,
    renewal: 2,
    renewedAt: 1_700_000_000_002,
    confirmedAt: undefined,
    formers: [{ proof: 'q'.repeat(22), until: 1_700_000_000_003 }],
    text: data,
  })

/** As the server gives it back. */
const through = (document: RecordDocument): RecordDocument =>
  BSON.deserialize(BSON.serialize(document)) as unknown as RecordDocument

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

describe('a record as a document', () => {
  it.each([
    '{}',
    '{"userId":42,"name":"Ünïcödé 😀","tags":["a",1,true,null,{}],"at":1.5}',
    '{"big":9007199254740991,"small":5e-324,"huge":1.7976931348623157e+308,"e":1e+21,"neg":-2147483649}',
    '{"constructor":1,"toString":{"hasOwnProperty":2},"toBSON":3,"toJSON":4,"length":5,"id":6,"d":7,"v":8}',
    '{"1":1,"2":{"0":0},"a":1}',
    '{"zero":"\\u0000","line":"\u2028","quote":"\\""}',
    '{"arrays":[[1,[2]],[]]}',
    nested(60),
  ])('comes back exactly: %s', (data) => {
    const text = record(data)
    const document = toRecordDocument(text, ROOM)
    expect(document).toBeDefined()
    expect(document?.header).toMatchObject({ v: 1, i: 60_000, r: 2 })
    expect(toRecordText(through(document!))).toBe(text)
  })

  it.each([
    ['a number that JSON writes otherwise', '{"a":-0}'],
    ['a number that JSON writes otherwise', '{"a":1E5}'],
    ['a number that JSON writes otherwise', '{"a":1.0}'],
    ['a number that loses digits', '{"a":12345678901234567890}'],
    ['a number out of range', '{"a":1e999}'],
    ['a key twice', '{"a":1,"a":2}'],
    ['keys that objects put in another order', '{"b":1,"2":2,"1":1}'],
    ['spaces', '{"a": 1}'],
    ['escapes that JSON would not write', '{"a":"\\u0041\\/"}'],
    ['a key with a dot', '{"a.b":1}'],
    ['a key with a dollar sign in front', '{"x":[{"$where":1}]}'],
    ['a key of a reference', '{"$ref":"a","$id":1}'],
    ['a key with U+0000', '{"a\\u0000b":1}'],
    ['an empty key', '{"":1}'],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['a type of the driver [T053]', '{"_bsontype":"ObjectId","id":"000000000000000000000000"}'],
    ['a lone surrogate in a value', '{"a":"\\ud800"}'],
    ['a lone surrogate in a key', '{"\\udc00":1}'],
    ['a lone surrogate as it is', '{"a":"\ud800"}'],
    ['too many levels', nested(95)],
    ['levels without end', nested(200_000)],
  ])('stays text with %s', (_, data) => {
    expect(toRecordDocument(record(data), ROOM)).toBeUndefined()
  })

  it.each([
    '',
    'null',
    '0',
    '[]',
    '{}',
    '{"v":1}',
    '{"v":1,"d":[]}',
    '{"v":1,"d":null}',
    '{"v":1,"d":{},"x":1}',
    '{"d":{},"v":1}',
    '{"v":1,"n":"p","d":{}',
    'e:AAECAwQ',
    'c:AAECAwQ',
    '{"v":1,"$where":1,"d":{}}',
  ])('stays text when it is no record: %s', (text) => {
    expect(toRecordDocument(text, ROOM)).toBeUndefined()
  })

  it('stays text when it takes more room than there is: numbers in arrays are longer as BSON than as text', () => {
    const text = record(`{"a":[${'1,'.repeat(9_999)}1]}`)
    const { byteLength } = BSON.serialize(toRecordDocument(text, ROOM)!)
    expect(text.length).toBeLessThan(30_000)
    expect(toRecordDocument(text, byteLength / 2)).toBeUndefined()
  })

  it('is never longer as BSON than what was reckoned, and always the same text again', () => {
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', '$a', 'a.b', '__proto__', '1', '0', ''))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    let documents = 0
    fc.assert(
      fc.property(fc.dictionary(key, tree, { maxKeys: 5, noNullPrototype: true }), (data) => {
        const text = record(JSON.stringify(data))
        const document = toRecordDocument(text, ROOM)
        if (!document) return
        documents += 1
        expect(toRecordText(through(document))).toBe(text)
        expect(toRecordDocument(text, BSON.serialize(document).byteLength - 20)).toBeUndefined()
      }),
      { numRuns: 3_000 },
    )
    expect(documents).toBeGreaterThan(500)
  })
})
