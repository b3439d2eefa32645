import type { Sessions, Visit } from '../../../src/index.ts'
import type { CookieJar } from '../../support/cookie-jar.ts'
import { type MemoryExchange, memoryExchange } from '../../support/memory-exchange.ts'
import type { Stage } from '../../support/stage.ts'
import type { Actor } from './actor.ts'
import type { Data } from './data.ts'
import { type Model, uncounted } from './model.ts'
import { COUNTER, type Program, type Step, type Verb } from './program.ts'
import type { Verdict } from './verdict.ts'

/** Data of any keys. */
export type Free = Record<string, unknown>

/** What the requests of one run share. */
export interface Run {
  readonly model: Model
  readonly verdict: Verdict
  readonly jar: CookieJar
  readonly stage: Stage
}

/** Where a store call comes from. */
export interface Place {
  readonly run: Run
  readonly actor: Actor
  /** Its calls are judged and wait for nobody. */
  readonly waits: boolean
}

export interface Gates {
  /** Handlers wait before each verb and before the commit. */
  readonly pauses: boolean
  /** Requests wait before they start, responses before they arrive. */
  readonly network: boolean
}

/** One request from its cookie to its response, with a verdict on everything that its handler and its browser see. */
export async function request(place: Place, sessions: Sessions<Free>, program: Program, gates: Gates): Promise<void> {
  const { run, actor } = place
  const { verdict, stage, jar } = run
  const pause = async (name: string, wanted: boolean): Promise<void> => {
    if (wanted) await stage.gate(name, place)
  }
  await pause('send', gates.network)
  const exchange = memoryExchange({ cookieHeader: jar.header() })
  let visit: Visit<Free>
  try {
    visit = await sessions.open(exchange)
  } catch (error) {
    run.model.rule(actor, actor.excused, `could not open: ${error}`)
    return
  }
  verdict.opened(actor, sentCookie(exchange), visit.session.isNew, liveOf(visit))
  const unsettled: Promise<void>[] = []
  for (const step of program) {
    if (step.do === 'wait') await Promise.all(unsettled)
    else if (step.do === 'headers') await finish(place, sessions, visit, exchange)
    else if (isVerb(step)) {
      // What these two leave behind is another session or other data, which the model cannot tell apart in time.
      if (step.do === 'destroy' || step.do === 'reload') await Promise.all(unsettled)
      await pause('step', gates.pauses)
      const done = perform(place, visit, step)
      if (step.wait === false) unsettled.push(done)
      else await done
    } else change(visit, step)
    verdict.viewed(actor, liveOf(visit))
  }
  await pause('step', gates.pauses)
  await finish(place, sessions, visit, exchange)
  await Promise.all(unsettled)
  await pause('arrive', gates.network)
  verdict.arrived(actor, exchange.setCookies)
  jar.take(exchange.setCookies)
}

async function finish(
  place: Place,
  sessions: Sessions<Free>,
  visit: Visit<Free>,
  exchange: MemoryExchange,
): Promise<void> {
  const { run, actor } = place
  run.verdict.viewed(actor, liveOf(visit))
  let error: unknown
  try {
    await sessions.finish(visit)
  } catch (caught) {
    error = caught ?? new Error('nothing was thrown')
  }
  run.verdict.finished(actor, exchange.setCookies, error)
  exchange.sendHeaders()
}

async function perform({ run, actor }: Place, visit: Visit<Free>, verb: Verb): Promise<void> {
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

function change(visit: Visit<Free>, step: Exclude<Step, Verb>): void {
  if (step.do === 'replace') {
    visit.session = { ...step.data, [COUNTER]: visit.session[COUNTER] }
    return
  }
  const data = visit.session as Free
  if (step.do === 'set') data[step.key] = step.value
  else if (step.do === 'unset') delete data[step.key]
  else if (step.do === 'deep') {
    const inner = data[step.key]
    if (typeof inner === 'object' && inner !== null) Object.assign(inner, { here: step.value })
    else data[step.key] = { here: step.value }
  }
}

const isVerb = (step: Step): step is Verb => !['set', 'unset', 'deep', 'replace', 'wait', 'headers'].includes(step.do)

export const liveOf = (visit: Visit<Free>): Data => uncounted(JSON.parse(JSON.stringify(visit.session)))

const sentCookie = ({ cookieHeader }: MemoryExchange): string | undefined =>
  typeof cookieHeader === 'string' ? cookieHeader.slice(cookieHeader.indexOf('=') + 1) : undefined
