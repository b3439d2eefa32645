// The charts: rows of a name, a bar and its number. They are tables, so that they can be read aloud, copied and printed.
import { clear } from '../compare/results/stats.mjs'
import { number, percent, text, withSpread } from './words.mjs'

const share = (value, most) => `${Math.min(100, Math.max(0, (100 * value) / most)).toFixed(2)}%`

const frame = (caption, rows) =>
  `<table class="bars"><caption>${text(caption)}</caption><tbody>${rows.join('')}</tbody></table>`

const name = ({ label, keeps }) =>
  `<th scope="row">${text(label)}${keeps ? `<small class="keeps">${text(keeps)}</small>` : ''}</th>`

/** A bar to the median, and a line over the spread, of one figure of each row that has it. */
function spreadBars(caption, rows, of, show, unclear) {
  const shown = rows.filter((row) => row.role !== 'none' && of(row))
  if (shown.length === 0) return ''
  const most = Math.max(...shown.map((row) => of(row).high), Number.MIN_VALUE)
  return frame(
    caption,
    shown.map((row) => {
      const { median, low, high } = of(row)
      const bar = `<i class="bar" style="--to:${share(median, most)}"></i>`
      const line = `<i class="spread" style="--from:${share(Math.max(0, low), most)};--to:${share(high, most)}"></i>`
      return (
        `<tr class="${row.role}${unclear(of(row)) ? ' unclear' : ''}">${name(row)}<td class="track"><span>${bar}${line}</span></td>` +
        `<td class="figure">${withSpread(of(row), show)}</td></tr>`
      )
    }),
  )
}

/** CPU that each target adds. Grey where the spread reaches zero. */
export const addedBars = (caption, rows) =>
  spreadBars(
    caption,
    rows,
    ({ added }) => added,
    number,
    (added) => !clear(added),
  )

/** Requests per second as a share of the framework's. */
export const ratioBars = (caption, rows) =>
  spreadBars(
    caption,
    rows,
    ({ ratio }) => ratio,
    percent,
    () => false,
  )

/** Latency: a bar from half of the requests (p50) to all but one of a hundred (p99), with a mark at p95. Grey where it cannot be told from the framework alone. */
export function latencyBars(caption, rows) {
  const shown = rows.filter(({ latency }) => latency?.p99)
  if (shown.length === 0) return ''
  const most = Math.max(...shown.map(({ latency }) => latency.p99.median))
  return frame(
    caption,
    shown.map((row) => {
      const [p50, p95, p99] = [row.latency.p50, row.latency.p95, row.latency.p99].map(({ median }) => median)
      const bar = `<i class="range" style="--from:${share(p50, most)};--to:${share(p99, most)}"></i>`
      const mark = `<i class="mark" style="--from:${share(p95, most)}"></i>`
      return (
        `<tr class="${row.role}${row.otherP99 ? '' : ' unclear'}">${name(row)}<td class="track"><span>${bar}${mark}</span></td>` +
        `<td class="figure">${[p50, p95, p99].map(number).join(' · ')}</td></tr>`
      )
    }),
  )
}
