import { setTimeout as pause } from 'node:timers/promises'
import { aftermath, recovery } from './aftermath.ts'
import { isCrowded } from './application.ts'
import { gather } from './cast.ts'
import type { Fault } from './faults.ts'
import { counted, type FaultReport } from './report.ts'
import type { Scene } from './scene.ts'
import { CALLS_IN_A_ROW, type Entry, ROUND, traffic } from './traffic.ts'

export interface TrialOptions {
  readonly storeTimeout: number
  /** How long requests arrive, from the moment that the fault is there. */
  readonly forMs: number
  readonly everyMs: number
}

/** More than a deadline that an answer may take, because a timer, the response and its way take their time. */
const ALLOWANCE_MS = 50
const RECOVERED_WITHIN_MS = 5000

/** One fault, from the last moment before it to the time after it, and whether every promise was kept. */
export async function trial(scene: Scene, fault: Fault, options: TrialOptions): Promise<FaultReport> {
  const { app, proxy } = scene
  const { storeTimeout, forMs, everyMs } = options
  const forgets = fault.forgets ?? false
  const size = Math.ceil((2 * forMs) / everyMs / ROUND.length) + 2
  const cast = await gather(app, { leavers: 2 * size, returning: size })
  const { seen, send, steady } = traffic({ app, cast, forgets })
  const acceptedBefore = proxy.accepted

  // Slower, so that at its beginning the fault meets requests at each of their steps.
  await proxy.set({ delayMs: 8 })
  const early: Promise<void>[] = []
  for (const act of ROUND) {
    early.push(send(act))
    await pause(4)
  }
  let thereSince = Number.POSITIVE_INFINITY
  const begin = async (): Promise<void> => {
    await proxy.set({ delayMs: 0 })
    try {
      await fault.begin(scene)
    } finally {
      thereSince = performance.now()
    }
  }
  const isOver = (): boolean => performance.now() > thereSince + forMs
  try {
    await Promise.all([...early, begin(), steady(isOver, everyMs)])
  } finally {
    await fault.end(scene)
  }
  const recovered = await recovery(app, cast, performance.now())
  const after = await aftermath(app, cast, seen, forgets)

  const own = ({ reply }: Entry): number => reply.ms - reply.held.machineMs
  const limit = ({ act, reply }: Entry): number =>
    (fault.total && reply.startedAt > thereSince ? 1 : CALLS_IN_A_ROW[act]) * storeTimeout + ALLOWANCE_MS
  const late = seen.entries.filter((entry) => own(entry) > limit(entry))

  const failed = ({ reply }: Entry): boolean => reply.status !== 200
  const excused = ({ reply }: Entry): boolean => isCrowded(reply) && reply.ms > 0.8 * storeTimeout
  const meanwhile = seen.entries.filter(({ reply }) => reply.startedAt > thereSince)
  const works = fault.works === 'all' ? meanwhile : meanwhile.filter(({ act }) => fault.works && act.startsWith('read'))
  const wrong = [
    ...seen.entries.flatMap((entry) => entry.wrong),
    ...after.wrong,
    ...late.map((entry) => `${entry.act} took ${Math.round(own(entry) - limit(entry))} ms too long`),
    ...works
      .filter((entry) => failed(entry) && !excused(entry))
      .map(({ act, reply }) => `${act} failed, which this fault is no reason for: ${reply.code}`),
    ...(recovered.ms - recovered.crowdedMs <= RECOVERED_WITHIN_MS ? [] : ['it did not work again within 5 s']),
    ...(fault.works === 'all' || forgets || seen.entries.some(failed) ? [] : ['nobody noticed the fault']),
    ...(app.ended() === undefined ? [] : [`the application ended: ${app.ended()}`]),
  ]
  return {
    fault: fault.name,
    requests: seen.entries.length,
    inTime: seen.entries.length - late.length,
    worstMs: Math.max(...seen.entries.map(own)),
    answers: counted(seen.entries.map(({ reply: { status, code } }) => [status, code].filter(Boolean).join(' '))),
    recoveryMs: recovered.ms,
    connections: proxy.accepted - acceptedBefore,
    acknowledgedWrites: forgets ? 0 : after.acknowledgedWrites,
    signedIn: forgets ? 0 : after.signedIn,
    ended: after.ended,
    broken: counted(wrong),
  }
}
