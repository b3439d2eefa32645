// Closed loop: each connection sends its next request when the last one was answered, so that the server is never idle. From
// this come requests per second and the CPU time of a request. Latency does not: a slow server is asked less often.
import { performance } from 'node:perf_hooks'
import { KINDS } from '../plan/targets.mjs'

const range = (count) => Array.from({ length: count }, (_, i) => i)

/** Makes `count` sessions over these connections. */
export async function signUp(child, users, count, connections, stop) {
  const lines = await child.lines(Math.min(connections, count))
  await Promise.all(
    lines.map(async (line, first) => {
      for (let user = first; user < count; user += lines.length) {
        stop.check()
        users.jars[user] = undefined
        await users.ask(line, user, KINDS.create.path)
      }
    }),
  )
}

/** One user's requests beside each other. Each sets a key of its own to `value`. */
export const burst = (lines, users, user, value, path = KINDS.parallel.path) =>
  Promise.all(lines.map((line, n) => users.ask(line, user, `${path}?${n}&${value}`)))

let values = 0
export const nextValue = () => ++values

async function bursts(child, users, count, until, stop) {
  const { burst: size } = KINDS.parallel
  let requests = 0
  // Two browsers take turns with the server, as several users would.
  const lines = await child.lines(2 * size)
  await Promise.all(
    [lines.slice(0, size), lines.slice(size)].slice(0, count).map(async (mine, first, all) => {
      let user = first
      do {
        stop.check()
        await burst(mine, users, user, nextValue())
        requests += size
        user = (user + all.length) % count
      } while (performance.now() < until)
    }),
  )
  return requests
}

async function steady(child, users, { path, anonymous }, count, connections, until, stop) {
  // Users are not shared between connections: two requests of one user are not under way at once.
  const lines = await child.lines(Math.min(connections, count))
  let requests = 0
  await Promise.all(
    lines.map(async (line, first) => {
      const mine = range(Math.ceil((count - first) / lines.length)).map((i) => first + i * lines.length)
      let i = 0
      do {
        stop.check()
        await (anonymous ? users.anonymous(line, path) : users.ask(line, mine[i], path))
        requests++
        i = (i + 1) % mine.length
      } while (performance.now() < until)
    }),
  )
  return requests
}

/** @returns `{ cpuMicros, perSecond }`: the server's CPU time for a request, and how many it answered. */
export async function closedRound({ child, users, kind, count, connections, ms, stop }) {
  const before = await child.ask('usage')
  const started = performance.now()
  const until = started + ms
  const requests = KINDS[kind].burst
    ? await bursts(child, users, count, until, stop)
    : await steady(child, users, KINDS[kind], count, connections, until, stop)
  const seconds = (performance.now() - started) / 1000
  const after = await child.ask('usage')
  return { cpuMicros: (after.cpuMicros - before.cpuMicros) / requests, perSecond: requests / seconds }
}
