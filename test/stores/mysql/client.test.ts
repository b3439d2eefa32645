import { EventEmitter } from 'node:events'
import mysql from 'mysql2/promise'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { mysqlStore } from '../../../src/stores/mysql.ts'
import { failureOf } from './failure-of.ts'
import { call, entry, now } from './open.ts'
import { done, serverError, toldPool } from './told-pool.ts'

describe('a connection that the pool lends', () => {
  it('is given back, once, after success and after an ordinary error', async () => {
    for (const end of [done, serverError(1146)]) {
      const { pool, told } = toldPool(end)
      await mysqlStore(pool)
        .delete('key', call)
        .catch(() => undefined)
      expect(told).toEqual({ statements: 1, released: 1, destroyed: 0 })
    }
  })

  it.each([1290, 1792, 1836])(
    'is given up when the server is read-only (%i): a new one finds the new primary',
    async (errno) => {
      const { pool, told } = toldPool(serverError(errno))
      expect(await failureOf(() => mysqlStore(pool).delete('key', call))).toMatchObject({ retryable: true })
      expect(told).toEqual({ statements: 1, released: 0, destroyed: 1 })
    },
  )

  it.each([
    ['autocommit is off', 0],
    ['a transaction is open', 3],
  ])('is given up when %s, so that no lock stays, and the write is no success', async (_, serverStatus) => {
    const { pool, told } = toldPool({ affectedRows: 1, serverStatus })
    await failureOf(() => mysqlStore(pool).delete('key', call))
    expect(told).toEqual({ statements: 1, released: 0, destroyed: 1 })
  })

  describe('and that does not answer', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    it('is given up after queryTimeout [T182]', async () => {
      const { pool, told } = toldPool('never')
      const ends = failureOf(() => mysqlStore(pool, { queryTimeout: 700 }).delete('key', call))
      vi.advanceTimersByTime(699)
      expect(told.destroyed).toBe(0)
      vi.advanceTimersByTime(1)
      expect(await ends).toMatchObject({ retryable: true, message: expect.stringContaining('took too long') })
      expect(told).toEqual({ statements: 1, released: 0, destroyed: 1 })
    })

    it('leaves no timer behind once it has answered', async () => {
      const { pool } = toldPool(done)
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      await mysqlStore(pool).delete('key', call)
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  it('has a listener for its errors, as the pool has [T188]', () => {
    const pool = Object.assign(new EventEmitter(), toldPool(done).pool)
    mysqlStore(pool)
    mysqlStore(pool)
    const connection = new EventEmitter()
    pool.emit('connection', connection)
    for (const emitter of [pool, connection]) expect(emitter.listenerCount('error')).toBe(1)
  })

  it('that throws where it should call back is given back', async () => {
    const { pool, told } = toldPool(done)
    const throwing = {
      ...pool,
      getConnection: (callback: Parameters<typeof pool.getConnection>[0]) =>
        pool.getConnection((error, connection) =>
          callback(error, {
            ...connection,
            execute() {
              throw new TypeError('no')
            },
          }),
        ),
    }
    await expect(mysqlStore(throwing).delete('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(told).toEqual({ statements: 0, released: 1, destroyed: 0 })
  })
})

describe('mysqlStore', () => {
  it('opens nothing before its first use', async () => {
    const pool = mysql.createPool('mysql://nobody@127.0.0.1:1/nowhere')
    onTestFinished(() => pool.end())
    const asked = vi.spyOn(pool.pool, 'getConnection')
    const store = mysqlStore(pool)
    await store.get('not a key\n', call)
    await store.count({ owner: '' }, call)
    expect(asked).not.toHaveBeenCalled()
  })

  it('moves a touch again that another one overtook', async () => {
    const met = [{ expires_at: now + 5, revision: Buffer.from('r1') }]
    const { pool, told } = toldPool({ affectedRows: 0, serverStatus: 2 }, met, done)
    expect(await mysqlStore(pool).touch('key', now + 9, { now, ifRevision: 'r1' })).toBe('touched')
    expect(told.statements).toBe(3)
  })

  it('takes rows that are not its own for a failure, not for an entry', async () => {
    const row = { expires_at: now + 9, revision: Buffer.from('r'), owner: null, value: Buffer.from('v') }
    const broken = [{ ...row, expires_at: 'soon' }, { ...row, value: 'text' }, { ...row, revision: null }, { id: 1 }]
    expect(await mysqlStore(toldPool([row]).pool).get('key', call)).toEqual(
      entry('r', { value: 'v', expiresAt: now + 9 }),
    )
    for (const one of broken) {
      const { pool } = toldPool([one])
      await expect(mysqlStore(pool).get('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    }
    for (const answer of [{}, { affectedRows: 'many' }, []]) {
      const { pool } = toldPool(answer)
      await expect(mysqlStore(pool).delete('key', call)).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    }
  })
})
