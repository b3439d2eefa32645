// Holdfast and today's session libraries on real stores over HTTP. docs/benchmarks.md says what is measured and how:
//
//   npm run bench -- compare                                  about a quarter of an hour
//   npm run bench -- compare --quick                          less exact, under three minutes
//   npm run bench -- compare --stores postgres --kinds read   [--targets a,b] [--sizes 200,20000] [--users 10,100000]
//
// Ctrl-C ends it early: servers are stopped, and what was measured until then is written.
import { freemem } from 'node:os'
import { relative } from 'node:path'
import { startDatabase } from './compare/measure/databases.mjs'
import { measureGroup } from './compare/measure/group.mjs'
import { Stopped, stopping } from './compare/measure/stop.mjs'
import { readFlags } from './compare/plan/flags.mjs'
import { COOKIE_BYTES, STORES, TARGETS, targetsOn } from './compare/plan/targets.mjs'
import { progress } from './compare/progress.mjs'
import { FORMAT, fileName, writeResults } from './compare/results/file.mjs'
import { commit, machine, versions } from './compare/results/machine.mjs'

/** So much memory for the sessions of all targets of a part, which keep them at once. JSON is about a third of what it becomes. */
const MOST_BYTES = freemem() / 6

/** The parts: stores times sizes times users, and what is left out of them. */
function parts(plan, leftOut) {
  const all = plan.stores.flatMap((store) =>
    plan.sizes.flatMap((bytes) => plan.users.map((users) => ({ store, bytes, users }))),
  )
  return all.filter(({ store, bytes, users }) => {
    const names = targetsOn(store, plan.targets)
    const leave = (why) => void leftOut.push({ store, bytes, users, why })
    if (names.length === 0) return leave('none of the targets has this store')
    if (store === 'cookie' && bytes > COOKIE_BYTES) return leave('browsers take 4 KB in a cookie')
    if (bytes * users * names.length > MOST_BYTES)
      return leave('the sessions of all targets at once would take too much of the free memory; name fewer targets')
    return true
  })
}

async function compare(plan, out) {
  const show = progress()
  const stop = stopping(plan.limitMs)
  const started = new Date()
  const flags = process.argv.slice(2)
  const results = { format: FORMAT, started, ...commit(), flags, plan, machine: machine() }
  Object.assign(results, { leftOut: [], groups: [] })
  let database
  let kind
  const closeDatabase = async () => {
    await database?.close()
    database = undefined
  }
  try {
    for (const part of parts(plan, results.leftOut)) {
      stop.check()
      const { store, bytes, users } = part
      if (STORES[store].server !== kind) {
        await closeDatabase()
        kind = STORES[store].server
        if (kind) show.part(`starting ${kind}`)
        try {
          database = kind && (await startDatabase(kind))
        } catch (error) {
          results.leftOut.push({ store, why: error.message.split('\n')[0] })
          kind = undefined
          continue
        }
      }
      show.part(`${STORES[store].label}: sessions of ${bytes} bytes, ${users} users`)
      const group = { ...part, cells: [], memory: [], failed: [] }
      results.groups.push(group)
      const names = targetsOn(store, plan.targets)
      await measureGroup({ group, names, database, plan, stop, show: (text) => show.step(`${store}: ${text}`) })
      for (const { target, why } of group.failed) show.part(`${TARGETS[target].label} failed: ${why}`)
    }
  } catch (error) {
    if (!(error instanceof Stopped) && stop.reason === undefined) throw error
  } finally {
    await closeDatabase()
    show.clear()
    // The list of servers is looked up when the first one is started.
    Object.assign(results, { ended: new Date(), stopped: stop.reason, versions: versions() })
    results.leftOut.push(...notThere(plan))
    const { json, html } = writeResults(JSON.parse(JSON.stringify(results)), fileName(started), out)
    if (stop.reason !== undefined) console.log(`Ended early (${stop.reason}); what was measured until then is there.`)
    stop.done()
    console.log(`report  ${relative('', html)}\nfigures ${relative('', json)}`)
  }
  // Ended by its time limit it has done what --quick promises.
  return stop.reason === undefined || stop.reason === 'the time limit' ? 0 : 130
}

/** Which of the chosen targets do not exist on which of the chosen stores. */
const notThere = (plan) =>
  plan.targets
    .filter((target) => TARGETS[target].role !== 'none')
    .map((target) => ({ target, stores: plan.stores.filter((store) => !TARGETS[target].stores[store]) }))
    .filter(({ stores }) => stores.length > 0)
    .map(({ target, stores }) => ({ target, stores, why: 'does not exist' }))

let options
try {
  options = readFlags(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exit(2)
}
process.exit(await compare(options.plan, options.out))
