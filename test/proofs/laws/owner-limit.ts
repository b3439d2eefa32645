import { vi } from 'vitest'
import type { Store } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type Browser, browser } from '../../support/browser.ts'
import { type Engine, SECRET } from '../../support/engine.ts'
import { type MovableClock, movableClock } from '../../support/movable-clock.ts'
import { gatedStore, type Stage, stage } from '../../support/stage.ts'
import type { Free } from '../world/request.ts'

const STORE_TIMEOUT = 2000

type Policy = 'end-oldest' | 'refuse'
type Random = (below: number) => number

const generator = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** A store whose every call waits on the stage, those that list as well. */
export function stagedStore(store: Store, on: Stage): Store {
  return {
    ...gatedStore(store, on),
    async list(query, call) {
      await on.gate('list', query)
      return (store.list as NonNullable<Store['list']>)(query, call)
    },
  }
}

export const ownedBy = (store: Store, owner: string, clock: MovableClock): string[] =>
  memoryList(store, owner, clock.now()).sort()

const memoryList = (store: Store, owner: string, now: number): string[] => {
  const page = (store as ReturnType<typeof memoryStore>).list({ owner, limit: 1000 }, { now })
  return page.entries.map(({ key }) => key)
}

interface SignIn {
  readonly user: Browser<Free>
  outcome: 'under way' | 'in' | 'ended' | string
  handle: string
}

/** One sign-in as applications do it. */
async function signIn(it: SignIn, way: number): Promise<void> {
  try {
    const { result, setCookies } = await it.user.request(async (session) => {
      if (way !== 1) await session.regenerate({ keep: way === 2 })
      session.user = 'ada'
      if (way === 3) await session.save()
      return session.handle
    })
    it.handle = result
    it.outcome = way === 1 || setCookies.length > 0 ? 'in' : 'ended'
  } catch (error) {
    const { code } = error as { code?: string }
    it.outcome = code === 'ERR_SESSION_LOST' ? 'ended' : (code ?? String(error))
  }
}

/** Lets what waits on the stage go on in any order. Timers run out when nothing else is left to do, and a few before. */
async function play(on: Stage, random: Random, clocks: readonly MovableClock[], isOver: () => boolean): Promise<void> {
  for (let steps = 0; !isOver(); steps++) {
    if (steps > 50_000) throw new Error('the sign-ins never end')
    const gate = on.waiting[random(on.waiting.length)]
    const isIdle = random(12) === 0
    if (gate && !isIdle) await on.open(gate)
    else await vi.advanceTimersByTimeAsync(4)
    await on.settle()
    if (random(3) === 0) for (const clock of clocks) clock.advance(1)
  }
}

async function race(engine: Engine, policy: Policy, random: Random): Promise<void> {
  const most = 1 + random(3)
  const count = most + random(4)
  const on = stage()
  const store = memoryStore()
  const start = movableClock().now()
  // Two servers, whose clocks may differ.
  const clocks = [movableClock(start), movableClock(start - [0, 0, 1, 5000][random(4)]!)]
  const servers = clocks.map((clock) => ({
    clock,
    sessions: engine.createSessions<Free>({
      secrets: SECRET,
      clock,
      storeTimeout: STORE_TIMEOUT,
      sweepEvery: false,
      logger: {},
      owner: ({ user }) => user as string,
      ownerLimit: { sessions: most, policy },
      store: stagedStore(store, on),
    }),
  }))
  const newcomer = (server: number): SignIn => {
    const { clock, sessions } = servers[server]!
    return { user: browser(sessions, { clock }), outcome: 'under way', handle: '' }
  }
  const until = async (...acts: readonly Promise<unknown>[]): Promise<void> => {
    let isOver = false
    void Promise.allSettled(acts).then(() => void (isOver = true))
    await play(on, random, clocks, () => isOver)
  }
  const all = Array.from({ length: count }, () => newcomer(random(2)))
  for (const { user } of all) {
    if (random(2) === 0) await until(user.request((session) => void (session.cart = 1)))
  }
  // Some are in already, and go on with what they do.
  const early = all.slice(0, random(most + 1))
  for (const it of early) await until(signIn(it, random(4)))
  const busy = early.map(async ({ user }) => {
    for (let n = 0; n < 3; n++) await user.request((session) => void (session.n = n))
  })
  await until(...busy, ...all.filter((it) => !early.includes(it)).map((it) => signIn(it, random(4))))

  const told = `${policy}, ${most} of ${count}: ${all.map(({ outcome }) => outcome).join(', ')}`
  const check = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what} (${told})`)
  }
  const live = ownedBy(store, 'ada', clocks[0] as MovableClock)
  check(live.length <= most, `${live.length} sessions are live`)
  check(live.length === Math.min(most, count), `only ${live.length} sessions are live`)
  // Those that were ended after their response do not know it.
  const others = all.filter(({ outcome, handle }) => outcome !== 'in' || !live.includes(handle))
  if (policy === 'refuse') {
    const inside = all.filter(({ outcome }) => outcome === 'in').map(({ handle }) => handle)
    check(inside.sort().join() === live.join(), 'those that were told so are not those that are in')
    check(
      others.every(({ outcome }) => outcome === 'ERR_SESSION_LIMIT'),
      'somebody was told something else',
    )
  } else {
    check(
      all.every(({ outcome }) => outcome === 'ended' || outcome === 'in'),
      'a sign-in failed',
    )
  }
  for (const { user } of others) {
    let opened: unknown = 'nothing'
    await until(user.request((session) => session.user).then(({ result }) => void (opened = result)))
    check(opened === undefined, 'a browser that is not in opens the session')
  }

  // One more, from the server whose clock is behind, when nothing else happens.
  const last = newcomer(1)
  const asked = performance.now()
  await until(signIn(last, 0))
  const took = performance.now() - asked
  const after = ownedBy(store, 'ada', clocks[0] as MovableClock)
  if (policy === 'refuse') {
    const expected = live.length < most ? 'in' : 'ERR_SESSION_LIMIT'
    check(last.outcome === expected, `one more was told: ${last.outcome}`)
    check(took < STORE_TIMEOUT * 0.9, `one more had to wait for ${took} ms`)
    check(after.length === Math.min(most, live.length + 1), `one more made it ${after.length}`)
  } else {
    check(last.outcome === 'in' && after.includes(last.handle), `one more was ended by its own sign-in`)
    check(after.length === Math.min(most, live.length + 1), `one more made it ${after.length}`)
  }
  if (policy === 'refuse') return

  // In peace, the oldest sign-ins go, however old the sessions are that were kept.
  const inOrder = Array.from({ length: most + 1 }, () => newcomer(0))
  for (const { user } of inOrder) await until(user.request((session) => void (session.cart = 1)))
  for (const it of [...inOrder].reverse()) {
    clocks[0]!.advance(1000)
    await until(signIn(it, 2))
  }
  const newest = inOrder.slice(0, most).map(({ handle }) => handle)
  check(ownedBy(store, 'ada', clocks[0]!).join() === newest.sort().join(), 'those that remain are not the newest')
}

/**
 * T152: of any sign-ins at once, at two servers, in any order of their store calls, as many as the limit are in. With
 * `'refuse'` all others were told, and hold nothing; with `'end-oldest'` the last one that comes alone is always in.
 */
export async function ownerLimitLaws(engine: Engine, schedules: number, seed: number): Promise<void> {
  const random = generator(seed)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    for (let n = 0; n < schedules; n++) {
      for (const policy of ['refuse', 'end-oldest'] as const) await race(engine, policy, random)
    }
  } finally {
    vi.useRealTimers()
  }
}
