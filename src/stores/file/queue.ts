import { SessionStoreError } from '../../core/errors.ts'
import type { StoreCall } from '../../core/store.ts'

/** Writers of one record in this process wait for each other here, and only the first in line asks for the file lock. */
export interface Queue {
  /** Runs `work` when what came before it under this name is over. Rejects if the caller stops waiting before that. */
  run<T>(name: string, call: StoreCall, work: () => Promise<T>): Promise<T>
  /** When nobody is in any line. */
  idle(): Promise<void>
}

export function queue(): Queue {
  const lines = new Map<string, Promise<void>>()
  return {
    run(name, call, work) {
      const before = lines.get(name)
      const mine = before === undefined ? work() : patiently(before, call).then(work)
      // One that gave up is over before those that it waited for.
      const end = Promise.allSettled([before, mine]).then(() => {
        if (lines.get(name) === end) lines.delete(name)
      })
      lines.set(name, end)
      return mine
    },
    async idle() {
      while (lines.size > 0) await Promise.all(lines.values())
    },
  }
}

function patiently(before: Promise<void>, call: StoreCall): Promise<void> {
  const { signal } = call
  if (!signal) return before
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(
        new SessionStoreError(
          'ERR_SESSION_STORE_TIMEOUT',
          'The caller stopped waiting for earlier writes of an entry.',
          {
            cause: signal.reason,
            retryable: true,
          },
        ),
      )
    }
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    void before.then(() => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    })
  })
}
