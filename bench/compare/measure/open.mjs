// Open loop: requests arrive at fixed instants, whether or not earlier ones were answered, and each one's latency counts from
// the instant it should have arrived at. A server that stands still for 100 ms is so slow for all that came meanwhile, not
// for the few that a closed loop had under way (the "coordinated omission").
import { performance } from 'node:perf_hooks'
import { KINDS } from '../plan/targets.mjs'
import { percentile } from '../results/stats.mjs'
import { nextValue } from './closed.mjs'

const MOST_CONNECTIONS = 64

/** Resolves at this instant. Timers are late by up to a millisecond, so the last one is waited for by turns of the loop. */
async function instant(at) {
  const ms = at - performance.now()
  if (ms > 2) await new Promise((resolve) => setTimeout(resolve, ms - 1.5))
  while (performance.now() < at) await new Promise((resolve) => setImmediate(resolve))
}

/** Which requests come together, and when: one at a time, or a browser's twenty. */
function arrivals(kind, rate, ms) {
  const together = KINDS[kind].burst ?? 1
  const everyMs = (1000 * together) / rate
  return { together, everyMs, times: Math.max(1, Math.floor(ms / everyMs)) }
}

/** @returns milliseconds: `{ p50, p95, p99, max, lateP99, requests, loop }`; `lateP99`: how late the generator itself was. */
export async function openRound({ child, users, kind, count, rate, ms, stop }) {
  const { path, anonymous } = KINDS[kind]
  const { together, everyMs, times } = arrivals(kind, rate, ms)
  const free = [...(await child.lines(MOST_CONNECTIONS))]
  const queue = []
  const latencies = []
  const late = []
  const under = []

  const serve = async (line, job) => {
    late.push(performance.now() - job.due)
    if (anonymous) await users.anonymous(line, path)
    else await users.ask(line, job.user, together > 1 ? `${path}?${job.n}&${job.value}` : path)
    latencies.push(performance.now() - job.due)
    const next = queue.shift()
    if (next) await serve(line, next)
    else free.push(line)
  }

  await child.ask('loopStart')
  const started = performance.now() + 5
  for (let i = 0; i < times; i++) {
    stop.check()
    const due = started + i * everyMs
    await instant(due)
    const value = together > 1 ? nextValue() : undefined
    for (let n = 0; n < together; n++) {
      const job = { due, user: i % count, n, value }
      const line = free.pop()
      if (line) {
        const served = serve(line, job)
        // Looked at below; until then it is not an error of nobody.
        served.catch(() => {})
        under.push(served)
      } else queue.push(job)
    }
  }
  await Promise.all(under)
  const loop = await child.ask('loopStop')
  const sorted = latencies.toSorted((a, b) => a - b)
  const lateSorted = late.toSorted((a, b) => a - b)
  return {
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    max: sorted.at(-1),
    lateP99: percentile(lateSorted, 99),
    requests: sorted.length,
    loop,
  }
}
