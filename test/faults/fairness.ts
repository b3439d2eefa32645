import { readFileSync } from 'node:fs'

/** How much of a wait was the machine's doing, which other programs share. */
export interface Held {
  /**
   * While this process, which measures, was late itself, or the measured one was ready to run and got no processor.
   * What the measured process does with its own time, blocking included, is not in it.
   */
  readonly machineMs: number
  /** The share of the time, 0 to 1, in which some process of this machine waited for a processor. */
  readonly pressure: number
}

export interface Fairness {
  /** Begins to watch one request. The function that it answers ends that. */
  watch(): () => Held
}

const TICK_MS = 5
/** A timer that is so much late is a timer as usual. */
const USUAL_MS = 2

/** Watches this process and another one, while there is a request to watch. Only Linux says what is needed for all of it. */
export function fairness(pid: number): Fairness {
  let watched = 0
  let timer: NodeJS.Timeout | undefined
  let machineMs = 0
  let due = 0
  let waited = 0

  /** Being late here and waiting there at the same time are one delay, and not two. */
  const look = (): void => {
    const now = performance.now()
    const before = waited
    waited = waitedFor(pid)
    machineMs += Math.max(0, now - due - USUAL_MS, waited - before)
    due = Math.max(due, now + TICK_MS)
  }

  return {
    watch() {
      watched += 1
      if (timer === undefined) {
        due = performance.now() + TICK_MS
        waited = waitedFor(pid)
        timer = setInterval(look, TICK_MS)
      } else look()
      const from = { machineMs, pressure: pressureMs(), at: performance.now() }
      return () => {
        look()
        watched -= 1
        if (watched === 0) {
          clearInterval(timer)
          timer = undefined
        }
        const took = performance.now() - from.at
        return { machineMs: machineMs - from.machineMs, pressure: (pressureMs() - from.pressure) / Math.max(1, took) }
      }
    },
  }
}

/** How many ms a process's main thread has waited for a processor so far. */
function waitedFor(pid: number): number {
  const [, nanoseconds] = words(`/proc/${pid}/task/${pid}/schedstat`)
  return Number(nanoseconds ?? 0) / 1e6
}

/** In how many ms so far anybody has waited for a processor. */
function pressureMs(): number {
  const total = words('/proc/pressure/cpu').find((word) => word.startsWith('total='))
  return Number(total?.slice('total='.length) ?? 0) / 1e3
}

function words(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\s+/)
  } catch {
    return []
  }
}
