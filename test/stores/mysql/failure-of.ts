import { expect } from 'vitest'
import { SessionStoreError } from '../../../src/core/errors.ts'
import type { MysqlStore } from '../../../src/stores/mysql.ts'
import { call, entry, now } from './open.ts'

export const CANARY = 'canary-in-a-parameter'

/** The error that the call ends with, which every one of them must, with nothing of the parameters in it. */
export async function failureOf(act: () => PromiseLike<unknown>): Promise<SessionStoreError> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof SessionStoreError)) throw error
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503, help: expect.stringMatching(/./) })
    const cause = error.cause as Error | undefined
    const said = `${error.stack}${error.help}${cause?.stack}${JSON.stringify(cause)}`
    for (const secret of [CANARY, 'secret']) expect(said).not.toContain(secret)
    return error
  }
  return expect.unreachable('the call was expected to fail')
}

export const writesOf = (store: MysqlStore): readonly (() => PromiseLike<unknown>)[] => [
  () => store.insert(CANARY, entry('r1', { value: CANARY.repeat(1000), owner: CANARY }), call),
  () => store.update('key', entry('r2', { value: CANARY.repeat(1000) }), { now, ifRevision: 'r1' }),
  () => store.touch('key', now + 5, { now, ifRevision: 'r1' }),
  () => store.delete('key', { now, ifRevision: 'r1' }),
  () => store.delete('key', call),
]

export const readsOf = (store: MysqlStore): readonly (() => PromiseLike<unknown>)[] => [
  () => store.get(CANARY, call),
  () => store.list({ limit: 1 }, call),
  () => store.list({ owner: CANARY, limit: 1 }, call),
  () => store.count({ owner: CANARY }, call),
  () => store.ping(call),
]

export const callsOf = (store: MysqlStore): readonly (() => PromiseLike<unknown>)[] => [
  ...readsOf(store),
  ...writesOf(store),
  () => store.deleteOwned({ owner: CANARY, limit: 10 }, call),
  () => store.sweep(1, call),
  () => store.ready(),
]
