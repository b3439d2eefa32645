import { readFileSync } from 'node:fs'

/**
 * How long a request was held up by the machine and not by who is measured: while the measuring process was late itself,
 * and while the measured one was ready to run and got no processor. What the measured process does with its own time,
 * blocking included, is never taken off.
 */
export interface Fairness {
  /** Begins to watch one request. The function that it answers says how many ms are to be taken off. */
  watch(pid: number): () => number
  close(): void
}

const TICK_MS = 5
/** A timer that is so much late is a timer as usual. */
const USUAL_MS = 2

export function fairness(): Fairness {
  let late = 0
  let due = performance.now() + TICK_MS
  const timer = setInterval(() => {
    const now = performance.now()
    late += Math.max(0, now - due - USUAL_MS)
    due = now + TICK_MS
  }, TICK_MS)
  /** With a tick that is overdue at this moment, because an answer may be handled before it. */
  const lateUntilNow = (): number => late + Math.max(0, performance.now() - due - USUAL_MS)
  return {
    watch(pid) {
      const before = lateUntilNow()
      const waited = waitedFor(pid)
      return () => lateUntilNow() - before + waitedFor(pid) - waited
    },
    close: () => clearInterval(timer),
  }
}

/** How many ms a process's main thread has waited for a processor so far. Linux counts; elsewhere nothing is taken off. */
function waitedFor(pid: number): number {
  try {
    const [, nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds) / 1e6
  } catch {
    return 0
  }
}
