import { AsyncLocalStorage } from 'node:async_hooks'
import type { Answer, Sessions, Store, StoreEntry, Visit } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { browser } from '../../support/browser.ts'
import { type CookieJar, cookieJar } from '../../support/cookie-jar.ts'
import { type Engine, SECRET } from '../../support/engine.ts'
import { withFrozenTimers } from '../../support/frozen-timers.ts'
import { memoryExchange } from '../../support/memory-exchange.ts'
import { type MovableClock, movableClock, NOON } from '../../support/movable-clock.ts'
import { type Gate, type Stage, stage } from '../../support/stage.ts'
import { type Around, type StoreRequest, wrappedStore } from '../../support/wrapped-store.ts'
import { type Actor, newActor } from './actor.ts'
import type { Data } from './data.ts'
import { claimOf, type Model, model, uncounted } from './model.ts'
import { COUNTER, type Program, type Step, type Verb } from './program.ts'
import { type Verdict, verdict } from './verdict.ts'

/**
 * Runs requests on an engine (or on several, as several processes would have them) over one store, one event after the
 * other in an order that somebody chooses, and lets the model judge all that happens.
 */
export interface Bench {
  /** Runs the programs, each as one request of one browser, and answers the rules that were broken. */
  run(programs: readonly Program[], choose: Choose): Promise<string[]>
  close(): Promise<void>
}

/** Of so many things that can happen next: which one? */
export type Choose = (options: readonly Option[]) => number

export interface Option {
  readonly label: string
  readonly act: () => Promise<unknown>
}

export interface BenchOptions {
  /** How many engines serve the requests. Default 1. With several, request `i` goes to engine `i % processes`. */
  readonly processes?: number
  /** Whether store calls wait at gates. Without, they are answered at once, as the memory store does. Default true. */
  readonly calls?: boolean
  /** Whether a handler waits at a gate before each verb. Default true. */
  readonly pauses?: boolean
  /** Whether requests start and responses arrive at gates of their own. Default false: all start at once. */
  readonly network?: boolean
  /** How many store calls may fail in one run. Default 0. */
  readonly faults?: number
  /** How often the clock may move in one run, and how far. Default: never. */
  readonly ticks?: { readonly most: number; readonly steps: readonly number[] }
  /** Default: never. */
  readonly renewAfter?: number
  /** Signs the browser's cookie at the start with a secret that is on its way out. Default false. */
  readonly outdated?: boolean
  readonly onLost?: 'event' | 'error'
}

const IDLE = 30 * 60_000
const ABSOLUTE = 2 * 60 * 60_000
const GRACE = 60_000
/** What the session holds at the start. */
const DATA: Data = { old: 'old', cart: { here: 'first' }, [COUNTER]: 7 }
const COOKIE = 'holdfast.sid'

interface Run {
  readonly model: Model
  readonly verdict: Verdict
  readonly jar: CookieJar
  readonly stage: Stage
  /** A request that is not part of the race: its calls are judged and wait for nobody. */
  readonly audit: boolean
}

interface Place {
  readonly run: Run
  readonly actor: Actor
}

type Fate = 'ok' | 'lost' | 'unheard'

const detached = ({ actor }: Place): string => actor.id

export async function bench(engine: Engine, secrets: readonly string[], options: BenchOptions = {}): Promise<Bench> {
  const { processes = 1, calls = true, pauses = true, network = false, faults = 0, ticks, onLost = 'event' } = options
  const clock = movableClock()
  const memory = memoryStore()
  const place = new AsyncLocalStorage<Place>()

  const around: Around = (request, forward) => {
    const here = place.getStore()
    if (!here) return forward()
    const { run, actor } = here
    const { now } = request.rest.at(-1) as { readonly now: number }
    run.model.rule(actor, now === clock.now(), 'used an old clock')
    if (calls && !run.audit) return gated(here, request, forward)
    const answer = forward()
    run.model.effect(actor, request, answer, true)
    return answer
  }
  const gated = async (here: Place, request: StoreRequest, forward: () => Answer<unknown>): Promise<unknown> => {
    const { run, actor } = here
    const fate = (await run.stage.gate(request.operation, here)) as Fate
    if (fate !== 'ok') actor.excused = true
    if (fate === 'lost') throw new Error('the connection is lost')
    const answer = await forward()
    run.model.effect(actor, request, answer, fate === 'ok')
    if (fate === 'unheard') throw new Error('the connection broke before the answer came')
    return answer
  }
  const store = wrappedStore(memory, around)
  const sessionsWith = (storeTouched: Store, keys: readonly string[]): Sessions<Record<string, unknown>> =>
    engine.createSessions<Record<string, unknown>>({
      secrets: keys,
      store: storeTouched,
      clock,
      idleTimeout: IDLE,
      absoluteTimeout: ABSOLUTE,
      renewGrace: GRACE,
      storeTimeout: '1h',
      sweepEvery: false,
      logger: {},
      onLost,
      ...(options.renewAfter === undefined ? {} : { renewAfter: options.renewAfter }),
    })
  const engines = Array.from({ length: processes }, () => sessionsWith(store, secrets))
  const start = await begun(sessionsWith(memory, secrets.slice(options.outdated ? 1 : 0)), memory, clock)

  /** One request from its cookie to its response. */
  const request = async (here: Place, sessions: Sessions<Record<string, unknown>>, program: Program): Promise<void> => {
    const { run, actor } = here
    const { verdict, stage, jar } = run
    if (network) await stage.gate('send', here)
    const exchange = memoryExchange({ cookieHeader: jar.header() })
    let visit: Visit<Record<string, unknown>>
    try {
      visit = await sessions.open(exchange)
    } catch (error) {
      run.model.rule(actor, actor.excused, `could not open: ${error}`)
      return
    }
    verdict.opened(actor, jarValue(exchange.cookieHeader), visit.session.isNew, liveOf(visit))
    const unsettled: Promise<void>[] = []
    for (const step of program) {
      if (step.do === 'headers') await finish(here, sessions, visit, exchange)
      else if (isVerb(step)) {
        if (step.do === 'destroy' || step.do === 'reload') await Promise.all(unsettled)
        if (pauses) await stage.gate('step', here)
        const done = perform(here, visit, step)
        if (step.wait === false) unsettled.push(done)
        else await done
      } else change(visit, step)
      verdict.viewed(actor, liveOf(visit))
    }
    if (pauses) await stage.gate('step', here)
    await finish(here, sessions, visit, exchange)
    await Promise.all(unsettled)
    if (network) await stage.gate('arrive', here)
    verdict.arrived(actor, exchange.setCookies)
    jar.take(exchange.setCookies)
  }

  const finish = async (
    { run, actor }: Place,
    sessions: Sessions<Record<string, unknown>>,
    visit: Visit<Record<string, unknown>>,
    exchange: ReturnType<typeof memoryExchange>,
  ): Promise<void> => {
    run.verdict.viewed(actor, liveOf(visit))
    let error: unknown
    try {
      await sessions.finish(visit)
    } catch (caught) {
      error = caught
    }
    run.verdict.finished(actor, exchange.setCookies, error)
    exchange.sendHeaders()
  }

  const audit = async (run: Run, cookie: string | undefined): Promise<void> => {
    const actor = newActor('the audit')
    const here = { run: { ...run, audit: true }, actor }
    const cookieHeader = cookie && `${COOKIE}=${cookie}`
    await place.run(here, async () => {
      const visit = await (engines[0] as Sessions<Record<string, unknown>>).open(memoryExchange({ cookieHeader }))
      run.verdict.opened(actor, cookie, visit.session.isNew, liveOf(visit))
    })
  }

  const run: Bench['run'] = (programs, choose) =>
    withFrozenTimers(async (timers) => {
      clock.set(NOON)
      await memory.insert(start.handle, start.entry, { now: NOON })
      const law = model({
        now: clock.now,
        idle: IDLE,
        absolute: ABSOLUTE,
        renewAfter: options.renewAfter,
        orderly: options.renewAfter === undefined && options.outdated !== true,
        grace: GRACE,
        onLost,
      })
      law.given(start.handle, start.entry)
      const jar = cookieJar(clock)
      jar.set(COOKIE, start.cookie)
      const all: Run = { model: law, verdict: verdict(law), jar, stage: stage(), audit: false }
      let running = programs.length
      for (const [index, program] of programs.entries()) {
        const here = { run: all, actor: newActor(String.fromCharCode(65 + index)) }
        const sessions = engines[index % processes] as Sessions<Record<string, unknown>>
        place.run(here, () =>
          request(here, sessions, program)
            .catch((error) => law.violations.push(`${here.actor.id} met ${(error as Error).stack}`))
            .finally(() => running--),
        )
      }
      let faultsLeft = faults
      let ticksLeft = ticks?.most ?? 0
      const settle = async (): Promise<void> => {
        do await all.stage.settle()
        while (timers.fire(100) > 0)
      }
      await settle()
      while (all.stage.waiting.length > 0) {
        const options: Option[] = []
        for (const gate of all.stage.waiting) {
          const label = `${detached(gate.detail as Place)} ${gate.name}`
          options.push({ label, act: () => all.stage.open(gate, 'ok') })
          if (faultsLeft === 0 || !isCall(gate)) continue
          for (const fate of ['lost', 'unheard'] satisfies Fate[]) {
            const act = (): Promise<void> => {
              faultsLeft--
              return all.stage.open(gate, fate)
            }
            options.push({ label: `${label} ${fate}`, act })
          }
        }
        for (const ms of ticksLeft > 0 ? (ticks?.steps ?? []) : []) {
          const act = async (): Promise<void> => {
            ticksLeft--
            clock.advance(ms)
          }
          options.push({ label: `${ms} ms pass`, act })
        }
        await options[choose(options)]?.act()
        await settle()
      }
      if (running > 0) law.violations.push(`${running} requests were never answered`)
      await auditAll(all)
      return law.violations
    })

  const auditAll = async (all: Run): Promise<void> => {
    await audit(all, start.cookie)
    await audit(all, all.jar.get(COOKIE))
    const { sessions } = await (engines[0] as Sessions<Record<string, unknown>>).list({ limit: 100 })
    const alive = [...all.model.lives].filter(([, life]) => all.model.isAlive(life)).map(([handle]) => handle)
    const held = sessions.map(({ handle }) => handle)
    if (held.toSorted().join() !== alive.toSorted().join()) {
      all.model.violations.push(`the store holds ${held.length} sessions where ${alive.length} are alive`)
    }
    for (const handle of [start.handle, ...all.model.lives.keys()]) memory.delete(handle, { now: NOON })
  }

  return {
    run,
    async close() {
      for (const sessions of engines) await sessions.close()
    },
  }
}

/** A session that a browser has, as the store holds it. */
async function begun(
  sessions: Sessions<Record<string, unknown>>,
  memory: ReturnType<typeof memoryStore>,
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

const jarValue = (header: unknown): string | undefined =>
  typeof header === 'string' ? header.slice(header.indexOf('=') + 1) : undefined

const liveOf = (visit: Visit<Record<string, unknown>>): Data => uncounted(JSON.parse(JSON.stringify(visit.session)))

const isVerb = (step: Step): step is Verb => !['set', 'unset', 'deep', 'replace', 'headers'].includes(step.do)

const isCall = ({ name }: Gate): boolean => !['send', 'step', 'arrive'].includes(name)

function change(visit: Visit<Record<string, unknown>>, step: Exclude<Step, Verb>): void {
  if (step.do === 'replace') {
    visit.session = { ...step.data, [COUNTER]: visit.session[COUNTER] }
    return
  }
  const data = visit.session as Record<string, unknown>
  if (step.do === 'set') data[step.key] = step.value
  else if (step.do === 'unset') delete data[step.key]
  else if (step.do === 'deep') {
    const inner = data[step.key]
    if (typeof inner === 'object' && inner !== null) Object.assign(inner, { here: step.value })
    else data[step.key] = { here: step.value }
  }
}

async function perform({ run, actor }: Place, visit: Visit<Record<string, unknown>>, verb: Verb): Promise<void> {
  const { session } = visit
  const call = run.verdict.called(actor, verb)
  let error: unknown
  try {
    if (verb.do === 'update') await session.update(COUNTER, (n) => Number(n ?? 0) + 1)
    else if (verb.do === 'regenerate') await session.regenerate({ keep: verb.keep })
    else await session[verb.do]()
  } catch (caught) {
    error = caught ?? new Error('nothing was thrown')
  }
  run.verdict.settled(actor, call, error, liveOf(visit))
}

export const SECRETS: readonly string[] = [SECRET]
