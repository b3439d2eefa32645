import fc from 'fast-check'
import type { SessionRecord } from '../../../src/core/record.ts'
import type { Engine } from '../../support/engine.ts'
import { key } from './patch.ts'

const id = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/)
const instant = fc.nat({ max: 8_640_000_000_000_000 })
const absentOr = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const data = fc.dictionary(key, fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' })), { maxKeys: 6 })

const record: fc.Arbitrary<SessionRecord> = fc.record({
  proof: id,
  formers: fc.array(fc.record({ proof: id, until: instant }), { maxLength: 4 }),
  createdAt: instant,
  absoluteAt: instant,
  idleTimeout: absentOr(fc.integer({ min: 1, max: 8_640_000_000_000_000 })),
  persistent: absentOr(fc.boolean()),
  renewal: fc.nat(),
  renewedAt: instant,
  confirmedAt: absentOr(instant),
  text: data.map((object) => JSON.stringify(object)),
})

/** What is written is what is read, and what was not written whole is not read. */
export function recordLaws({ encodeRecord, decodeRecord }: Engine, numRuns: number, seed: number): void {
  const plain = (value: object): string => JSON.stringify(value, Object.keys(value).concat('until').sort())
  fc.assert(
    fc.property(record, (given) => {
      const value = encodeRecord(given)
      const found = decodeRecord(value)
      if (typeof found !== 'object' || plain(found) !== plain(given)) throw new Error(`${value} was read as ${found}`)
      if (JSON.stringify(JSON.parse(value).d) !== JSON.stringify(JSON.parse(given.text)))
        throw new Error(`${value} is not JSON of the data`)
    }),
    { numRuns, seed },
  )
  fc.assert(
    fc.property(record, fc.integer({ min: 2, max: 99 }), (given, version) => {
      const found = decodeRecord(encodeRecord(given).replace('"v":1', `"v":${version}`))
      if (found !== 'newer-version') throw new Error(`version ${version} was read as ${found}`)
    }),
    { numRuns, seed },
  )
  fc.assert(
    fc.property(record, fc.nat(), (given, at) => {
      const value = encodeRecord(given)
      const found = decodeRecord(value.slice(0, at % value.length))
      if (typeof found === 'object' && isJson(found.text)) throw new Error(`the torn ${value} was read as whole`)
    }),
    { numRuns, seed },
  )
  // T092 T093 T094: what others wrote is a word, never an exception and never a session.
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc.json().map((text) => `{"v":${text}`),
      ),
      (value) => {
        const found = decodeRecord(value)
        if (typeof found === 'object') throw new Error(`${value} was read as a session`)
      },
    ),
    { numRuns, seed },
  )
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
