import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { SessionStoreError } from '../../src/core/errors.ts'

const CANARY = 'canary-0123'

/** What a logger could print of it. */
const printed = (cause: unknown): string => {
  const error = new SessionStoreError('ERR_SESSION_STORE', 'The store failed.', { cause })
  return inspect(error, { depth: 10, showHidden: true })
}

describe('T293 the cause of a store error', () => {
  it.each([
    ['a reply to a Redis command', { command: { name: 'set', args: ['key', CANARY] } }, 'ERR syntax error'],
    [
      'a PostgreSQL error',
      { code: '23505', detail: `Key (key)=(${CANARY})`, where: `$1 = '${CANARY}'` },
      'duplicate key',
    ],
    ['a MySQL error', { errno: 1062, sql: `INSERT '${CANARY}'`, parameters: [CANARY] }, `Duplicate entry '${CANARY}'`],
    ['a MongoDB error', { code: 11000, keyValue: { _id: CANARY } }, `E11000 dup key: { _id: "${CANARY}" }`],
  ])('says nothing of sessions: %s', (_whose, members, message) => {
    const text = printed(Object.assign(new Error(message), members))
    expect(text).not.toContain(CANARY)
    expect(text).toContain(message.split(/['{]/)[0]?.trim())
  })

  it('keeps codes, the name, the place it was thrown, and what the system says', () => {
    const system = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), {
      ...{ code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '127.0.0.1', port: 6379 },
      command: CANARY,
    })
    const text = printed(system)
    expect(text).toContain('connect ECONNREFUSED 127.0.0.1:6379')
    expect(text).toContain('port: 6379')
    expect(text).not.toContain(CANARY)
    class MongoServerError extends Error {
      override readonly name = 'MongoServerError'
      readonly code = 11000
    }
    const { cause } = new SessionStoreError('ERR_SESSION_STORE', 'x', { cause: new MongoServerError('dup') })
    expect(cause).toMatchObject({ name: 'MongoServerError', code: 11000, message: 'dup' })
    expect((cause as Error).stack).toContain('condensed.test.ts')
  })

  it('takes the first of several attempts, and anything that is no error', () => {
    const both = new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('other')])
    expect(printed(both)).toContain('connect ECONNREFUSED ::1')
    for (const thrown of [CANARY, [CANARY], 5, null, { text: CANARY }, () => CANARY]) {
      expect(printed(thrown)).not.toContain(CANARY)
    }
    expect(new SessionStoreError('ERR_SESSION_STORE', 'x').cause).toBeUndefined()
  })
})
