import { AsyncLocalStorage } from 'node:async_hooks'
import type { Answer, Sessions, Store, StoreEntry } from '../../../src/index.ts'
import { type MemoryStore, memoryStore } from '../../../src/stores/memory.ts'
import { browser } from '../../support/browser.ts'
import { cookieJar } from '../../support/cookie-jar.ts'
import { type Engine, OLD_SECRET, SECRET } from '../../support/engine.ts'
import { withFrozenTimers } from '../../support/frozen-timers.ts'
import { memoryExchange } from '../../support/memory-exchange.ts'
import { type MovableClock, movableClock, NOON } from '../../support/movable-clock.ts'
import { type Gate, stage } from '../../support/stage.ts'
import { type StoreRequest, wrappedStore } from '../../support/wrapped-store.ts'
import { newActor } from './actor.ts'
import type { Data } from './data.ts'
import { claimOf, type Limits, model } from './model.ts'
import { COUNTER, type Program } from './program.ts'
import { type Free, liveOf, type Place, type Run, request } from './request.ts'
import { verdict } from './verdict.ts'

/**
 * Runs requests on an engine (or on several, as several processes would have them) over one store, one event after the
 * other in an order that somebody chooses, and lets the model judge all that happens.
 */
export interface Bench {
  /** Runs the programs, each as one request of one browser, and answers the rules that were broken. */
  run(programs: readonly Program[], choose: Choose): Promise<readonly string[]>
}

/** Of the things that can happen next, given by their names: which one? */
export type Choose = (options: readonly string[]) => number

export interface BenchOptions {
  /** How many engines serve the requests. Default 1. With several, request `i` goes to engine `i % processes`. */
  readonly processes?: number
  /** Whether store calls wait at gates. Without, they are answered at once, as the memory store does. Default true. */
  readonly calls?: boolean
  /** Whether a handler waits at a gate before each verb. Default true. */
  readonly pauses?: boolean
  /** Whether requests start and responses arrive at gates of their own. Default false: all start at once. */
  readonly network?: boolean
  /**
   * How many store calls may go wrong in one run: not arrive, arrive without an answer, or arrive twice, as from a client
   * that repeats what it thinks was lost. Default 0.
   */
  readonly faults?: number
  /** How often the clock may move in one run, and how far. Default: never. */
  readonly ticks?: { readonly most: number; readonly steps: readonly number[] }
  /** Default: never. */
  readonly renewAfter?: number
  /** Signs the browser's cookie at the start with a secret that is on its way out. Default false. */
  readonly outdated?: boolean
  readonly onLost?: 'event' | 'error'
}

export const IDLE = 30 * 60_000
/** Soon after, so that few steps of the clock meet both deadlines. */
export const ABSOLUTE = 40 * 60_000
const GRACE = 60_000
/** What the session holds at the start. */
const DATA: Data = { old: 'old', cart: { here: 'first' }, [COUNTER]: 7 }
const COOKIE = 'holdfast.sid'
const FAULTS = ['lost', 'unheard', 'twice']
const MOST_EVENTS = 1000
/** Pauses between retries are shorter, deadlines longer. */
const PAUSE = 100

/** One for all benches: each makes every promise of the process dearer. */
const place = new AsyncLocalStorage<Place>()

interface Option {
  readonly name: string
  readonly act: () => unknown
}

export async function bench(engine: Engine, options: BenchOptions = {}): Promise<Bench> {
  const { processes = 1, calls = true, pauses = true, network = false, onLost = 'event', outdated = false } = options
  const clock = movableClock()
  const memory = memoryStore()

  const gated = async (here: Place, call: StoreRequest, forward: () => Answer<unknown>): Promise<unknown> => {
    const { run, actor } = here
    const fate = await run.stage.gate(call.operation, here)
    if (fate === 'lost' || fate === 'unheard') actor.excused = true
    if (fate === 'lost') throw new Error('the connection is lost')
    const answer = await forward()
    run.model.effect(actor, call, answer, fate !== 'unheard')
    if (fate === 'unheard') throw new Error('the connection broke before the answer came')
    return fate === 'twice' ? forward() : answer
  }
  const judged = wrappedStore(memory, (call, forward) => {
    const here = place.getStore()
    if (!here) return forward()
    const { run, actor } = here
    const { now } = call.rest.at(-1) as { readonly now: number }
    run.model.rule(actor, now === clock.now(), 'used an old clock')
    if (calls && here.waits) return gated(here, call, forward)
    const answer = forward()
    run.model.effect(actor, call, answer, true)
    return answer
  })

  const secrets = outdated ? [SECRET, OLD_SECRET] : [SECRET]
  const sessionsOn = (store: Store, keys: readonly string[]): Sessions<Free> =>
    engine.createSessions<Free>({
      secrets: keys,
      store,
      clock,
      onLost,
      idleTimeout: IDLE,
      absoluteTimeout: ABSOLUTE,
      renewGrace: GRACE,
      storeTimeout: '1h',
      sweepEvery: false,
      logger: {},
      ...(options.renewAfter === undefined ? {} : { renewAfter: options.renewAfter }),
    })
  const engines = Array.from({ length: processes }, () => sessionsOn(judged, secrets))
  const [first] = engines as [Sessions<Free>]
  const start = await begun(sessionsOn(memory, secrets.slice(-1)), memory, clock)
  const limits: Limits = {
    now: clock.now,
    idle: IDLE,
    absolute: ABSOLUTE,
    grace: GRACE,
    renewAfter: options.renewAfter,
    orderly: options.renewAfter === undefined && !outdated,
    onLost,
  }

  /** What can happen next. */
  const optionsOf = (run: Run, left: { faults: number; ticks: number }): Option[] => {
    const found: Option[] = []
    for (const gate of run.stage.waiting) {
      const name = `${(gate.detail as Place).actor.id} ${gate.name}`
      found.push({ name, act: () => run.stage.open(gate, 'ok') })
      for (const fate of left.faults > 0 && isCall(gate) ? FAULTS : []) {
        const act = (): Promise<void> => {
          left.faults--
          return run.stage.open(gate, fate)
        }
        found.push({ name: `${name} ${fate}`, act })
      }
    }
    // No call is under way for as long as these steps take, so none is when they end a session, and no read ever.
    const calling = run.stage.waiting.filter(isCall)
    const ends = Math.min(...[...run.model.lives.values()].map(({ expiresAt }) => expiresAt))
    const mayTick = (ms: number): boolean =>
      calling.length === 0 || (clock.now() + ms < ends && calling.every(({ name }) => name !== 'get'))
    for (const ms of left.ticks > 0 ? (options.ticks?.steps ?? []).filter(mayTick) : []) {
      const act = (): void => {
        left.ticks--
        clock.advance(ms)
      }
      found.push({ name: `${ms} ms pass`, act })
    }
    return found
  }

  /** After everything: what the first cookie and the browser's last one open, and what the store holds. */
  const audit = async (run: Run): Promise<void> => {
    for (const cookie of [start.cookie, run.jar.get(COOKIE)]) {
      const actor = newActor('the audit')
      await place.run({ run, actor, waits: false }, async () => {
        const visit = await first.open(memoryExchange({ cookieHeader: cookie && `${COOKIE}=${cookie}` }))
        run.verdict.opened(actor, cookie, visit.session.isNew, liveOf(visit))
      })
    }
    const { sessions } = await first.list({ limit: 100 })
    const alive = [...run.model.lives].filter(([, life]) => run.model.isAlive(life)).map(([handle]) => handle)
    const held = sessions.map(({ handle }) => handle)
    if (held.sort().join() !== alive.sort().join())
      run.model.violations.push(`the store holds ${held.length} sessions where ${alive.length} are alive`)
    for (const handle of run.model.lives.keys()) memory.delete(handle, { now: NOON })
  }

  return {
    run: (programs, choose) =>
      withFrozenTimers(async (timers) => {
        clock.set(NOON)
        memory.insert(start.handle, start.entry, { now: NOON })
        const law = model(limits)
        const run: Run = { model: law, verdict: verdict(law), jar: cookieJar(clock), stage: stage() }
        law.given(start.handle, start.entry)
        run.jar.set(COOKIE, start.cookie)

        let running = programs.length
        let events = 0
        for (const [index, program] of programs.entries()) {
          const here = { run, actor: newActor(String.fromCharCode(65 + index)), waits: true }
          const sessions = engines[index % processes] as Sessions<Free>
          place.run(here, () =>
            request(here, sessions, program, { pauses, network })
              .catch((error) => law.violations.push(`${here.actor.id} met ${error}`))
              .finally(() => running--),
          )
        }
        const settle = async (): Promise<void> => {
          do {
            if (++events > MOST_EVENTS) throw new Error('the requests went on for ever')
            await run.stage.settle()
          } while (timers.fire(PAUSE) > 0)
        }
        await settle()
        for (
          const left = { faults: options.faults ?? 0, ticks: options.ticks?.most ?? 0 };
          run.stage.waiting.length > 0;
        ) {
          const possible = optionsOf(run, left)
          await possible[choose(possible.map(({ name }) => name))]?.act()
          await settle()
        }
        if (running > 0) law.violations.push(`${running} requests were never answered`)
        await audit(run)
        return law.violations
      }),
  }
}

const isCall = ({ name }: Gate): boolean => !['send', 'step', 'arrive'].includes(name)

/** A session that a browser has, as the store holds it. */
async function begun(
  sessions: Sessions<Free>,
  memory: MemoryStore,
  clock: MovableClock,
): Promise<{ readonly cookie: string; readonly handle: string; readonly entry: StoreEntry }> {
  const user = browser(sessions, { clock })
  await user.request((session) => {
    Object.assign(session, DATA)
  })
  const cookie = user.jar.get(COOKIE) as string
  const handle = claimOf(cookie)?.handle as string
  const entry = memory.get(handle, { now: clock.now() }) as StoreEntry
  memory.delete(handle, { now: clock.now() })
  return { cookie, handle, entry }
}
