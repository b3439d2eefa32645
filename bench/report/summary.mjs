// The summary: sentences computed from the figures. Where the rounds do not show a difference, it says so and no more.
import { clear } from '../compare/results/stats.mjs'
import { size } from './model.mjs'
import { list, number, percent, text } from './words.mjs'

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const all = (groups) =>
  groups.flatMap((group) =>
    group.kinds.flatMap(({ kind, label, rows }) =>
      rows.map((row) => ({ ...row, kind, kindLabel: label, store: group.store, inCookie: group.inCookie })),
    ),
  )

/** The comparisons of each pair over all parts, as `theirs -> ours -> differences`. */
function pairsOf(groups) {
  const found = new Map()
  for (const { pairs, store, kinds } of groups) {
    for (const { ours, theirs, differences } of pairs) {
      const mine = found.get(theirs) ?? new Map()
      found.set(theirs, mine)
      const labelOf = (kind) => kinds.find((one) => one.kind === kind)?.label
      const located = differences.map((one) => ({ ...one, where: `${labelOf(one.kind)} on ${store}` }))
      mine.set(ours, [...(mine.get(ours) ?? []), ...located])
    }
  }
  return found
}

const byMost = ({ by, share, where }) =>
  `at most ${number(Math.abs(by.median))} µs${share === undefined ? '' : ` or ${percent(share)}`}, ${where}`

/** In how many comparisons it costs less, more, or nothing that is shown. */
function counted(ours, found) {
  const shown = found.filter(({ by }) => clear(by)).toSorted((a, b) => a.by.median - b.by.median)
  const less = shown.filter(({ by }) => by.median < 0)
  const more = shown.filter(({ by }) => by.median > 0)
  const unclear = found.length - shown.length
  const of = (some) => `in ${some} of ${found.length} comparison${found.length === 1 ? '' : 's'}`
  const parts = [
    less.length > 0 && `less CPU ${of(less.length)} (${byMost(less[0])})`,
    more.length > 0 && `more CPU ${of(more.length)} (${byMost(more.at(-1))})`,
    unclear > 0 && `no difference that these rounds show ${of(unclear)}`,
  ].filter(Boolean)
  return `${ours}: ${parts.join('; ')}`
}

/** What somebody gains or pays in CPU who has one of the other libraries, or would write it by hand. */
const replacing = (groups) =>
  [...pairsOf(groups)].map(([theirs, ours]) => {
    const lines = [...ours].map(([name, found]) => `<li>${text(counted(name, found))}.</li>`)
    const lead = theirs === 'hand-written minimum' ? 'What the promises cost beside a' : 'You have'
    return `<strong>${lead} ${text(theirs)}.</strong><ul>${lines.join('')}</ul>`
  })

/** Which stores cost a read least and most, with Holdfast on one framework throughout. */
function stores(groups) {
  const reads = all(groups).filter(({ target, kind, added }) => target === 'holdfast-http' && kind === 'read' && added)
  const perStore = reads.filter((one, i) => reads.findIndex(({ store }) => store === one.store) === i)
  if (perStore.length < 2) return []
  const sorted = perStore.toSorted((a, b) => a.added.median - b.added.median)
  const [first] = sorted
  const near = sorted.slice(1).filter(({ added }) => added.low <= first.added.high)
  const cost = ({ store, added }) => `${store} ${number(added.median)} µs`
  const also =
    near.length > 0
      ? ` ${list(near.map(({ store }) => store))} cannot be told from ${first.store} by these rounds.`
      : ''
  return [
    `<strong>A store for Holdfast.</strong> A read adds, from the least to the most: ${text(list(sorted.map(cost)))} of CPU in the web server.${text(also)} ` +
      'Memory and files are for one machine (memory for one process); for several machines choose among the servers, first the one that you run anyway.',
  ]
}

/** What it costs to do without a store, and what one does without then. */
function cookies(groups) {
  const rows = all(groups.filter(({ inCookie }) => inCookie)).filter(
    ({ kind, role, added }) => kind === 'read' && role !== 'none' && added,
  )
  if (rows.length === 0) return []
  const costs = rows
    .toSorted((a, b) => a.added.median - b.added.median)
    .map(({ label, added }) => `${label} ${number(added.median)} µs`)
  return [
    `<strong>No store at all.</strong> With the session in the cookie a read adds: ${text(list(costs))}. ` +
      'Nobody can end such a session before it expires, it holds about 4 KB, and every request carries it.',
  ]
}

/** What larger sessions cost, where several sizes were measured. */
function growth(groups) {
  const costs = groups.flatMap(({ kinds, bytes, users, store }) =>
    kinds
      .filter(({ kind }) => kind === 'write')
      .flatMap(({ rows }) => rows.filter(({ target, added }) => added && ['holdfast-http', 'minimum'].includes(target)))
      .map(({ label, added }) => ({
        label,
        bytes,
        cost: added.median,
        key: `${label} on ${store}, ${number(users)} users`,
      })),
  )
  const lines = [...new Set(costs.map(({ key }) => key))].flatMap((key) => {
    const found = costs.filter((one) => one.key === key).toSorted((a, b) => a.bytes - b.bytes)
    if (new Set(found.map(({ bytes }) => bytes)).size < 2) return []
    return [
      `<li>${text(`${key}: ${found.map(({ bytes, cost }) => `${size(bytes)} ${number(cost)} µs`).join(', ')}`)}</li>`,
    ]
  })
  return lines.length > 0
    ? [`<strong>Larger sessions.</strong> A read-modify-write adds:<ul>${lines.join('')}</ul>`]
    : []
}

const loss = ({ parallel: { kept, of } }) => 1 - kept / of

/** `express-session (91 % to 95 %)`, one for each name, with the stores where it was so if it was not so on all. */
const losers = (rows) =>
  [...new Set(rows.filter(loss).map(({ name }) => name))].map((name) => {
    const mine = rows.filter((row) => row.name === name)
    const lost = mine.filter(loss)
    const shares = lost.map(loss)
    const [least, most] = [Math.min(...shares), Math.max(...shares)].map(percent)
    const where = lost.length < mine.length ? `, on ${list([...new Set(lost.map(({ store }) => store))])}` : ''
    return `${name} (${least === most ? most : `${least} to ${most}`}${where})`
  })

/** What became of changes that requests of one browser made beside each other. */
function parallel(groups) {
  const named = (row) => ({ ...row, name: row.inCookie ? `${row.label} with the session in the cookie` : row.label })
  const rows = all(groups)
    .filter((row) => row.parallel)
    .map(named)
  if (rows.length === 0) return []
  const whole = [...new Set(rows.map(({ name }) => name))].filter(
    (name) => !rows.some((row) => row.name === name && loss(row) > 0),
  )
  const lost = losers(rows)
  const sentences = [
    whole.length > 0 && `Every change was kept, on every store here, by ${list(whole)}.`,
    lost.length > 0 &&
      `Changes were lost with ${list(lost)}. Where pages send requests beside each other, this decides before any microsecond does.`,
  ].filter(Boolean)
  return [`<strong>One browser sends twenty requests at once.</strong> ${text(sentences.join(' '))}`]
}

/** Whether latency at the fixed rate tells the targets apart at all. */
function latency(groups, rate) {
  const rows = all(groups).filter((row) => row.role !== 'none' && row.latency?.p99)
  if (rows.length === 0) return []
  const sorted = rows.toSorted((a, b) => a.latency.p99.median - b.latency.p99.median)
  const [best, worst] = [sorted[0], sorted.at(-1)]
  const say = ({ label, store, kindLabel, latency: { p99 } }) =>
    `${number(p99.median)} ms (${label}, ${store}, ${kindLabel})`
  const lag = median(rows.map((row) => row.latency.late.median))
  const apart = best.latency.p99.high < worst.latency.p99.low
  return [
    `<strong>Latency at ${number(rate)} requests per second.</strong> ` +
      text(
        `The p99 lies between ${say(best)} and ${say(worst)}${apart ? '' : ', a difference that these rounds do not show'}. ` +
          `The load generator itself was ${number(lag)} ms late at p99: do not read anything into differences of that size.`,
      ),
  ]
}

export const choices = ({ groups, plan }) => [
  ...parallel(groups),
  ...stores(groups),
  ...cookies(groups),
  ...growth(groups),
  ...replacing(groups),
  ...latency(groups, plan.rate),
]

/** How far the rounds of one and the same thing lie apart, as a share of it: half the spread, the median of all cells. */
export function noise({ groups }) {
  const shares = all(groups)
    .filter(({ cpu }) => cpu && cpu.rounds > 1)
    .map(({ cpu }) => (cpu.high - cpu.low) / 2 / cpu.median)
  return shares.length > 0 ? median(shares) : undefined
}

/** What the figures cannot say: what holds for every run, and what is so in this one. */
export function limits(results) {
  const { plan, machine, groups, stopped, changed } = results
  const found = noise(results)
  const on = (word) => groups.some(({ store }) => store.includes(word))
  return [
    found !== undefined &&
      `The CPU of one and the same request differs by ±${percent(found)} between rounds of this run. What is smaller than its spread is grey.`,
    plan.rounds < 5 &&
      (plan.rounds < 3
        ? 'There were fewer than three rounds, so that no difference can be told from noise: everything is grey.'
        : 'There were fewer than five rounds, so that the spread is all of them and not their middle half.'),
    stopped && `The run ended early (${stopped}): parts are missing or have fewer rounds.`,
    changed && 'The source was changed since the commit that is named.',
    machine.loadBefore > machine.cores / 4 &&
      `The machine was busy before it began (load ${number(machine.loadBefore)} on ${machine.cores} cores).`,
    'Server, load and store share one machine: requests per second and milliseconds are of this machine, and only ratios and differences travel.',
    'CPU is of the web server’s process. What the store’s server spends is not in it; the commands say how often it is asked.',
    'The libraries do not promise the same. A library that loses updates has less to do than one that does not.',
    'There is no network: a round trip costs next to nothing here, so a library that makes more of them pays more elsewhere.',
    on('FerretDB') && 'FerretDB is not MongoDB: it speaks its protocol, and is slower.',
    on('files') &&
      'Files and SQLite depend on the disk; Holdfast’s wait until a write is on it, the hand-written minimum’s does not.',
  ].filter(Boolean)
}
