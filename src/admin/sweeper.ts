import type { Kernel } from '../core/visit.ts'

const BATCH = 1000

/**
 * Removes expired sessions from the store, in small steps with room for requests between them. Nothing depends on it
 * but room: an expired session is absent already.
 */
export interface Sweeper {
  /** One whole pass now. Answers how many were removed. */
  sweep(): Promise<number>
  stop(): void
}

export interface Swept {
  readonly options: Pick<Kernel['options'], 'storeTimeout' | 'sweepEvery' | 'clock'>
  readonly backend: Kernel['backend']
}

export function sweeper({ options, backend }: Swept): Sweeper {
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const sweep = async (): Promise<number> => {
    let removed = 0
    for (let more = backend.store.sweep !== undefined; more && !stopped; ) {
      const step = await backend.ask('sweep', options.storeTimeout, options.clock.now(), (store, call) =>
        store.sweep?.(BATCH, call),
      )
      removed += step?.removed ?? 0
      more = step?.more === true
      if (more) await new Promise((resolve) => setImmediate(resolve))
    }
    return removed
  }

  const schedule = (every: number): void => {
    // Spread out, so that many processes do not sweep one store at the same moment.
    timer = setTimeout(
      () => {
        // A failure has been an event already, and the next pass tries again.
        sweep().then(
          () => !stopped && schedule(every),
          () => !stopped && schedule(every),
        )
      },
      Math.min(every * (0.75 + Math.random() / 2), 2 ** 31 - 1),
    )
    timer.unref()
  }

  if (backend.store.sweep && options.sweepEvery !== undefined) schedule(options.sweepEvery)
  return {
    sweep,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
