// One part of the comparison: the targets of one store, with sessions of one size and so many users, in alternating rounds.
// Every target's server lives for the whole part; the ones that wait cost nothing.
import { baselineOf, can, KINDS, TARGETS } from '../plan/targets.mjs'
import { browsers } from './browsers.mjs'
import { startTarget } from './child.mjs'
import { burst, closedRound, nextValue, signUp } from './closed.mjs'
import { counted } from './counted.mjs'
import { openRound } from './open.mjs'
import { Stopped } from './stop.mjs'

const KEPT_BURSTS = 10

/** A target with its server and its users. */
async function entrant(name, { store, bytes, users: count }, database, plan, stop) {
  const child = await startTarget(name, store, database?.url, bytes)
  try {
    const users = browsers()
    // Nobody gives them a session there: they only send their other cookies.
    if (TARGETS[name].role !== 'none') await signUp(child, users, count, plan.connections, stop)
    return { name, child, users, role: TARGETS[name].role }
  } catch (error) {
    await child.stop()
    throw error
  }
}

/** How many changes of requests beside each other are there afterwards. */
async function kept({ child, users }, count) {
  const lines = await child.lines(KINDS.parallel.burst)
  let found = 0
  for (let i = 0; i < KEPT_BURSTS; i++) {
    const value = nextValue()
    await burst(lines, users, i % count, value)
    found += Number(await users.ask(lines[0], i % count, `/kept?${value}`))
  }
  return { kept: found, of: KEPT_BURSTS * KINDS.parallel.burst }
}

/** What the sessions take in the process that keeps them itself. */
async function memoryOf({ child }, sessions, plan, stop) {
  const resting = async () => {
    await child.ask('collect')
    return (await child.ask('usage')).rssBytes
  }
  const before = await resting()
  await signUp(child, browsers(), sessions, plan.connections, stop)
  const after = await resting()
  return { before, after, sessions }
}

/**
 * Fills `group`, step by step, so that what is complete is there when it is stopped.
 *
 * @param group `{ store, bytes, users, targets }`; gets `cells`, `memory` and `failed`
 */
export async function measureGroup({ group, names, database, plan, stop, show }) {
  const { users: count } = group
  const entrants = []
  const fail = (target, error) => {
    if (error instanceof Stopped || stop.reason !== undefined) throw error
    group.failed.push({ target, why: error.message.split('\n')[0].slice(0, 300) })
  }
  const drop = async (one, error) => {
    fail(one.name, error)
    entrants.splice(entrants.indexOf(one), 1)
    await one.child.stop()
  }
  /** Runs a step for each target that can; one that fails is taken out, and its failure is told. */
  const each = async (kind, step) => {
    for (const one of [...entrants]) {
      stop.check()
      if (!can(one.name, kind)) continue
      try {
        await step(one)
      } catch (error) {
        await drop(one, error)
      }
    }
  }
  const cell = (target, kind) => {
    const found = group.cells.find((other) => other.target === target && other.kind === kind)
    if (found) return found
    const made = { target, kind, baseline: baselineOf(target), rounds: [], open: [] }
    group.cells.push(made)
    return made
  }
  try {
    for (const name of names) {
      stop.check()
      show(`starting ${name}`)
      try {
        entrants.push(await entrant(name, group, database, plan, stop))
      } catch (error) {
        fail(name, error)
      }
    }
    // The first round warms up. Kinds alternate too, so that a slow minute of the machine does not fall on one of them.
    for (let round = 0; round <= plan.rounds; round++) {
      for (const kind of plan.kinds) {
        await each(kind, async ({ name, child, users }) => {
          show(`round ${round} of ${plan.rounds}: ${name}, ${kind}`)
          const figures = await closedRound({
            child,
            users,
            kind,
            count,
            connections: plan.connections,
            ms: round === 0 ? 2 * plan.closedMs : plan.closedMs,
            stop,
          })
          if (round > 0) cell(name, kind).rounds[round - 1] = figures
        })
      }
    }
    for (let round = 1; round <= plan.openRounds; round++) {
      for (const kind of plan.openKinds.filter((name) => plan.kinds.includes(name))) {
        await each(kind, async ({ name, child, users }) => {
          show(`arrivals ${round} of ${plan.openRounds}: ${name}, ${kind}`)
          const figures = await openRound({ child, users, kind, count, rate: plan.rate, ms: plan.openMs, stop })
          cell(name, kind).open.push(figures)
        })
      }
    }
    if (plan.kinds.includes('parallel'))
      await each('parallel', async (one) => {
        if (one.role !== 'none') cell(one.name, 'parallel').parallel = await kept(one, count)
      })
    if (database)
      for (const kind of plan.kinds)
        await each(kind, async (one) => {
          if (one.role === 'none') return
          show(`counting commands: ${one.name}, ${kind}`)
          cell(one.name, kind).commands = await counted(one, kind, group, database, plan, stop)
        })
    if (group.store === 'memory' && plan.memorySessions > 0)
      await each('create', async (one) => {
        if (one.role === 'none') return
        show(`memory: ${one.name}`)
        const figures = await memoryOf(one, plan.memorySessions, plan, stop)
        group.memory.push({ target: one.name, ...figures })
      })
  } finally {
    await Promise.all(entrants.map(({ child }) => child.stop()))
  }
}
