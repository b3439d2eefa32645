// What the report says, computed from the rounds of a comparison's JSON and nothing else.
import { KINDS, STORES, TARGETS } from '../compare/plan/targets.mjs'
import { added, apart, over, paired, ratio } from '../compare/results/stats.mjs'

/** Who is compared with whom: the same framework, and where it is there the same work. */
const PAIRS = [
  ['holdfast-http', 'minimum'],
  ['holdfast-koa', 'koa-session'],
  ['drop-in-koa', 'koa-session'],
  ['drop-in-koa-same', 'koa-session'],
  ['holdfast-express', 'express-session'],
  ['drop-in-express', 'express-session'],
  ['drop-in-express-same', 'express-session'],
]

const labelOf = (target) => TARGETS[target]?.label ?? target
const storeOf = (store) => STORES[store]?.label ?? store
export const kindLabel = (kind) => KINDS[kind]?.label ?? kind

/** `200 B`, `20 KB`. */
export const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${bytes / 1000} KB`)

const latency = (open) => ({
  p50: over(open, (round) => round.p50),
  p95: over(open, (round) => round.p95),
  p99: over(open, (round) => round.p99),
  late: over(open, (round) => round.lateP99),
  loopP99: over(open, (round) => round.loop.p99),
  loopMax: over(open, (round) => round.loop.max),
})

function row(cell, find) {
  const { target, kind, rounds, open, commands, parallel } = cell
  const base = find(cell.baseline, kind)
  const baseline = base?.rounds ?? []
  return {
    target,
    label: labelOf(target),
    role: TARGETS[target]?.role ?? 'theirs',
    keeps: undefined,
    cpu: over(rounds, (round) => round.cpuMicros),
    perSecond: over(rounds, (round) => round.perSecond),
    added: added(rounds, baseline),
    ratio: ratio(rounds, baseline),
    latency: open.length > 0 ? latency(open) : undefined,
    // Whether its p99 is another than that of the framework alone.
    otherP99: apart(
      over(open, (round) => round.p99),
      over(base?.open ?? [], (round) => round.p99),
    ),
    commands: commands && commands.commands / commands.requests,
    parallel,
  }
}

/** How much more CPU (microseconds) the one adds than the other, round by round, each less its framework. */
function difference(find, ours, theirs, kind) {
  const rounds = (target) => {
    const cell = find(target, kind)
    const baseline = cell && find(cell.baseline, kind)
    return cell?.rounds.map(
      (round, i) => round && baseline?.rounds[i] && round.cpuMicros - baseline.rounds[i].cpuMicros,
    )
  }
  const [a, b] = [rounds(ours), rounds(theirs)]
  if (!a || !b) return undefined
  const boxed = (list) => list.map((value) => (Number.isFinite(value) ? { value } : undefined))
  const by = paired(boxed(a), boxed(b), (one, other) => one.value - other.value)
  const of = over(boxed(b), (one) => one.value)
  return by && { kind, by, share: of && of.median > 0 ? by.median / of.median : undefined }
}

function group(data, number) {
  const find = (target, kind) => data.cells.find((cell) => cell.target === target && cell.kind === kind)
  const there = new Set(data.cells.map(({ kind }) => kind))
  const kinds = Object.keys(KINDS).filter((kind) => there.has(kind))
  const keeps = (target) => TARGETS[target]?.stores?.[data.store]
  const rows = (kind) =>
    Object.keys(TARGETS)
      .map((target) => find(target, kind))
      .filter(Boolean)
      .map((cell) => ({ ...row(cell, find), keeps: keeps(cell.target) }))
  const pairs = PAIRS.map(([ours, theirs]) => {
    const differences = kinds.map((kind) => difference(find, ours, theirs, kind)).filter(Boolean)
    return { ours: labelOf(ours), theirs: labelOf(theirs), differences }
  })
  return {
    id: `part-${number + 1}`,
    store: storeOf(data.store),
    bytes: data.bytes,
    users: data.users,
    inCookie: data.store === 'cookie',
    title: `${storeOf(data.store)}: ${size(data.bytes)} each, ${data.users.toLocaleString('en')} users`,
    kinds: kinds.map((kind) => ({ kind, label: kindLabel(kind), rows: rows(kind) })),
    pairs: pairs.filter(({ differences }) => differences.length > 0),
    memory: data.memory.map((one) => ({ label: labelOf(one.target), ...one })),
    failed: data.failed.map(({ target, why }) => ({ label: labelOf(target), why })),
  }
}

/** What was not measured, in words. */
const absent = ({ target, store, stores, bytes, users, why }) => ({
  what: [
    target && labelOf(target),
    stores ? stores.map(storeOf).join(', ') : store && storeOf(store),
    bytes && size(bytes),
    users && `${users.toLocaleString('en')} users`,
  ]
    .filter(Boolean)
    .join(', '),
  why,
})

export function model(results) {
  const groups = results.groups.map(group).filter(({ kinds }) => kinds.length > 0)
  return { ...results, groups, absent: results.leftOut.map(absent) }
}
