/**
 * Runs something while timers and `performance.now()` stand still: no deadline passes on a busy machine, and the short
 * pauses between retries take no time. For one test at a time, because timers belong to the whole process.
 */
export async function withFrozenTimers<T>(act: (timers: FrozenTimers) => Promise<T>): Promise<T> {
  const { setTimeout, clearTimeout, performance } = globalThis
  const realNow = performance.now
  const timers = new Map<object, { readonly ms: number; readonly fire: () => void }>()
  // A whole number: with a fraction, "now + 1000 - now" may be a little more than 1000.
  let now = Math.ceil(realNow.call(performance))
  Object.assign(globalThis, {
    setTimeout(fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) {
      const timer = { unref: () => timer, ref: () => timer, hasRef: () => true }
      // As Node does.
      timers.set(timer, { ms: Math.trunc(ms), fire: () => fire(...args) })
      return timer
    },
    clearTimeout: (timer: object) => timers.delete(timer),
  })
  performance.now = () => now
  try {
    return await act({
      fire(upTo) {
        const due = [...timers].filter(([, { ms }]) => ms <= upTo)
        for (const [timer, { ms, fire }] of due) {
          timers.delete(timer)
          now += ms
          fire()
        }
        return due.length
      },
    })
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout })
    performance.now = realNow
  }
}

export interface FrozenTimers {
  /** Fires all timers that were set for at most so many ms, and answers how many those were. */
  fire(upTo: number): number
}
