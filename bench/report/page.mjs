// The report: one HTML file that needs nothing else, neither a network nor a script.
import { addedBars, latencyBars, ratioBars } from './bars.mjs'
import { model, size } from './model.mjs'
import { style } from './style.mjs'
import { choices, limits } from './summary.mjs'
import { differences, figures, kept, memory } from './tables.mjs'
import { number, text } from './words.mjs'

const items = (list) => `<ul>${list.map((item) => `<li>${item}</li>`).join('')}</ul>`

const KEY = `<ul class="key"><li class="ours"><i></i>Holdfast</li><li class="theirs"><i></i>other libraries</li>
<li class="floor"><i></i>hand-written, no promise</li><li class="none"><i></i>no difference from no session shown</li></ul>`

const charts = (kinds, chart) =>
  `<div class="charts">${kinds.map(({ label, rows }) => chart(label, rows)).join('')}</div>`

const section =
  ({ plan }) =>
  (part) => {
    const { id, title, kinds, failed } = part
    const slow = charts(kinds, latencyBars)
    return `<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>
<h3>Server CPU that a session adds to a request, microseconds</h3>${KEY}
<p class="note">Less is better. The bar is the median of the rounds, the thin line their spread. 100 µs are a tenth of a core at 1,000 requests per second.</p>
${charts(kinds, addedBars)}
${differences(part)}${kept(part)}
${
  slow.includes('<table')
    ? `<h3>Latency, milliseconds: p50 · p95 · p99</h3><p class="note">At ${number(plan.rate)} requests per second, from the instant at which a request should have
arrived. The bar goes from p50 to p99, the mark is p95. Grey: the rounds do not tell its p99 from that of the framework without a session.</p>${slow}`
    : ''
}
${memory(part)}
<details><summary>Requests per second, in per cent of the same framework without a session</summary>
<p class="note">More is better. With one core for the server and one for the load; the spread of the rounds.</p>${charts(kinds, ratioBars)}</details>
<details><summary>All figures</summary>${kinds.map(figures).join('')}</details>
${failed.length > 0 ? `<p class="warn">Failed, and left out: ${failed.map(({ label, why }) => text(`${label} (${why})`)).join('; ')}</p>` : ''}
</section>`
  }

const pairs = (entries) =>
  `<dl>${entries.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('')}</dl>`

function setting({ machine, versions, plan, commit, changed, started, ended }) {
  const named = (object) => Object.entries(object ?? {}).map(([name, version]) => `${name} ${version}`)
  return `<h2 id="machine">The machine, and what ran on it</h2>${pairs([
    ['Processor', `${machine.cpu}, ${machine.cores} cores, ${number(machine.memoryBytes / 2 ** 30)} GB of memory`],
    ['System', machine.system],
    ['Node', `${machine.node}, V8 ${machine.v8}`],
    ['Load before', number(machine.loadBefore)],
    ['Commit', `${commit ?? 'unknown'}${changed ? ', with changes' : ''}`],
    ['Packages', named(versions?.packages).join(', ')],
    ['Servers', Object.values(versions?.servers ?? {}).join(', ')],
    ['Measured', `from ${started} to ${ended}`],
    [
      'Rounds',
      `${plan.rounds} of ${plan.closedMs} ms over ${plan.connections} connections; ${plan.openRounds} of ${plan.openMs} ms at ${plan.rate} requests per second`,
    ],
    ['Sizes', plan.sizes.map(size).join(', ')],
    ['Users', plan.users.join(', ')],
  ])}`
}

/** @param results a comparison's JSON */
export function page(results) {
  const report = model(results)
  const { groups, absent, flags, started, quick = report.plan.quick } = report
  const links = groups.map(({ id, title }) => `<li><a href="#${id}">${text(title)}</a></li>`)
  const command = ['npm run bench -- compare', ...flags.filter((flag) => !flag.startsWith('--out'))].join(' ')
  const found = choices(report)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Session libraries compared, ${text(started)}</title><style>${style}</style></head>
<body><a class="skip" href="#summary">To the summary</a>
<header><h1>Session libraries compared</h1>
<p>${text(started.slice(0, 16).replace('T', ' '))} UTC, Node ${text(report.machine.node)}, commit ${text((report.commit ?? 'unknown').slice(0, 10))}${quick ? ', quick: less exact' : ''}</p>
${report.stopped ? `<p class="warn">This run ended early: ${text(report.stopped)}. What is here was complete by then.</p>` : ''}</header>
<nav aria-label="Parts"><ul><li><a href="#summary">Summary</a></li>${links.join('')}<li><a href="#machine">Machine</a></li></ul></nav>
<main><h2 id="summary">What to choose when</h2>
${found.length > 0 ? items(found) : '<p>There are too few figures to say anything.</p>'}
<h3>What these figures cannot say</h3>${items(limits(report).map(text))}
${groups.map(section(report)).join('\n')}
${setting(report)}
${
  absent.length > 0
    ? `<details><summary>What was left out</summary>${items(absent.map(({ what, why }) => `${text(what)}: ${text(why)}`))}</details>`
    : ''
}
<h3>To repeat it</h3><p><code>${text(command)}</code></p></main><footer></footer></body></html>
`
}
