import { startContestant } from './contestant.mjs'
import * as expressSession from './contestants/express-session.mjs'
import * as holdfast from './contestants/holdfast.mjs'
import * as koaSession from './contestants/koa-session.mjs'
import { LATENCY } from './latency.mjs'
import { control, logout, rotation, WRITERS, writers } from './scenarios.mjs'

export const CONTESTANTS = [holdfast, expressSession, koaSession]
export const ROUNDS = [1, 10, 50]

const RACES = { writers, logout, rotation }

/**
 * Runs every race in every library and reports each result through `emit` as it is measured:
 *
 *     { type: 'start', rounds, writers, latency, libraries: [{ name, version, framework }] }
 *     { type: 'control', library, round, kept: [boolean] }
 *     { type: 'writers', library, round, kept: [boolean], ms }
 *     { type: 'logout', library, round, revived, signedInAgain, slowStatus }
 *     { type: 'rotation', library, round, oldIdValid, sentBack, signedIn, slowStatus }
 *     { type: 'done', rounds, requests, ms }
 *
 * The libraries take turns, round by round, so that none of them shares the processor with another. Ends early,
 * without `done`, once `signal` aborts.
 */
export async function runLab({ rounds, emit, signal, contestants = CONTESTANTS }) {
  const startedAt = performance.now()
  const running = await Promise.all(contestants.map(startContestant))
  const libraries = running.map(({ name, version, framework }) => ({ name, version, framework }))

  const round = async (type, race, number) => {
    for (const contestant of running) {
      if (signal?.aborted) return
      emit({ type, library: contestant.name, round: number, ...(await contestant.play(race)) })
    }
  }

  try {
    emit({ type: 'start', rounds, writers: WRITERS, latency: LATENCY, libraries })
    await round('control', control, 1)
    for (const [type, race] of Object.entries(RACES)) {
      for (let number = 1; number <= rounds; number += 1) await round(type, race, number)
    }
    const requests = running.reduce((sum, contestant) => sum + contestant.requests(), 0)
    if (!signal?.aborted) emit({ type: 'done', rounds, requests, ms: performance.now() - startedAt })
  } finally {
    await Promise.all(running.map((contestant) => contestant.close()))
  }
}
