import { setTimeout as pause } from 'node:timers/promises'

/** A store as applications of koa-session write them: JSON text under the id, and the last write wins. */
export interface OtherStore {
  readonly entries: Map<string, string>
  /** Calls of this method fail from now on; of none, without a name. */
  fail(method?: 'get' | 'set' | 'destroy'): void
  get(key: string): Promise<unknown>
  set(key: string, data: object): Promise<void>
  destroy(key: string): Promise<void>
}

/** @param ms how long each call takes */
export function otherStore(ms = 2): OtherStore {
  const entries = new Map<string, string>()
  let failing: string | undefined
  const call = async <T>(method: string, act: () => T): Promise<T> => {
    await pause(ms)
    if (failing === method) throw new Error('the store is down')
    const answer = act()
    await pause(ms)
    return answer
  }
  return {
    entries,
    fail(method) {
      failing = method
    },
    get: (key) =>
      call('get', () => {
        const text = entries.get(key)
        return text === undefined ? null : JSON.parse(text)
      }),
    set: (key, data) => call('set', () => void entries.set(key, JSON.stringify(data))),
    destroy: (key) => call('destroy', () => void entries.delete(key)),
  }
}
