/**
 * Runs something while timers stand still: no deadline passes on a busy machine, and the short pauses between retries
 * take no time. For one test at a time, because timers belong to the whole process.
 */
export async function withFrozenTimers<T>(act: (timers: FrozenTimers) => Promise<T>): Promise<T> {
  const { setTimeout, clearTimeout } = globalThis
  const timers = new Map<object, { readonly ms: number; readonly fire: () => void }>()
  const fake = {
    setTimeout(fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) {
      const timer = { unref: () => timer, ref: () => timer, hasRef: () => true }
      timers.set(timer, { ms, fire: () => fire(...args) })
      return timer
    },
    clearTimeout: (timer: object) => timers.delete(timer),
  }
  Object.assign(globalThis, fake)
  try {
    return await act({
      fire(upTo) {
        const due = [...timers].filter(([, { ms }]) => ms <= upTo)
        for (const [timer, { fire }] of due) {
          timers.delete(timer)
          fire()
        }
        return due.length
      },
    })
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout })
  }
}

export interface FrozenTimers {
  /** Fires all timers that were set for at most so many ms, and answers how many those were. */
  fire(upTo: number): number
}
