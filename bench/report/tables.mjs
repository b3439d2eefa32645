// The tables of the report.
import { clear } from '../compare/results/stats.mjs'
import { number, percent, signed, text, withSpread } from './words.mjs'

/** Wide tables scroll by themselves, also with the keyboard; what they are stays where it is. */
export const table = (caption, head, rows) =>
  `<p class="caption">${text(caption)}</p>` +
  `<div class="scroll" role="region" tabindex="0" aria-label="${text(caption)}"><table class="figures">` +
  `<thead><tr>${head.map((cell) => `<th scope="col">${text(cell)}</th>`).join('')}</tr></thead>` +
  `<tbody>${rows.join('')}</tbody></table></div>`

const cells = (label, values) =>
  `<tr><th scope="row">${text(label)}</th>${values.map((value) => `<td>${value ?? '–'}</td>`).join('')}</tr>`

export function figures({ label, rows }) {
  const head = ['', 'CPU µs', 'added µs', 'per second', 'of its framework', 'commands', 'p50 ms', 'p95 ms', 'p99 ms']
  const short = (spread) => spread && number(spread.median)
  return table(
    label,
    [...head, 'event loop p99 ms', 'its longest ms'],
    rows.map((row) =>
      cells(row.label, [
        withSpread(row.cpu),
        row.role === 'none' ? undefined : withSpread(row.added),
        short(row.perSecond),
        row.role === 'none' || !row.ratio ? undefined : withSpread(row.ratio),
        row.commands === undefined ? undefined : number(row.commands),
        ...['p50', 'p95', 'p99'].map((name) => withSpread(row.latency?.[name])),
        ...['loopP99', 'loopMax'].map((name) => short(row.latency?.[name])),
      ]),
    ),
  )
}

/** One difference, grey where the rounds do not show it. */
const differing = (found) => {
  if (!found) return undefined
  const { by, share } = found
  const said = `${signed(by.median)} µs${share === undefined ? '' : ` <small>(${percent(share)})</small>`}`
  if (!clear(by)) return `<span class="unclear" title="${number(by.low)} to ${number(by.high)} µs">${said}</span>`
  return `<span class="${by.median < 0 ? 'less' : 'more'}">${said}</span>`
}

export function differences({ pairs, kinds }) {
  if (pairs.length === 0) return ''
  const rows = pairs.map(({ ours, theirs, differences: found }) =>
    cells(
      `${ours} − ${theirs}`,
      kinds.map(({ kind }) => differing(found.find((one) => one.kind === kind))),
    ),
  )
  const caption = 'Difference in added CPU; grey: under the spread, so these rounds show none'
  return table(caption, ['', ...kinds.map(({ label }) => label)], rows)
}

export function kept({ kinds }) {
  const rows = (kinds.find(({ kind }) => kind === 'parallel')?.rows ?? []).filter(({ parallel }) => parallel)
  if (rows.length === 0) return ''
  return table(
    'Changes of requests beside each other that are there afterwards',
    ['', 'kept', 'of'],
    rows.map(({ label, parallel }) => cells(label, [number(parallel.kept), number(parallel.of)])),
  )
}

/** With fewer, what a process takes from the system by and by weighs more than the sessions. */
const ENOUGH_SESSIONS = 10_000

export function memory({ memory: list }) {
  if (list.length === 0) return ''
  const mb = (bytes) => `${number(bytes / 2 ** 20)} MB`
  return table(
    'Memory of the process that keeps the sessions (RSS after a collection)',
    ['', 'sessions added', 'before', 'after', 'bytes for each'],
    list.map(({ label, sessions, before, after }) => {
      const each = (after - before) / sessions
      return cells(label, [
        number(sessions),
        mb(before),
        mb(after),
        each > 0 && sessions >= ENOUGH_SESSIONS ? number(Math.round(each)) : undefined,
      ])
    }),
  )
}
