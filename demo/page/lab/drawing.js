import { byId, make } from '../dom.js'
import { RACES } from './races.js'

/** Draws the races: one card each, one lane per library, one cell per key or round. */

export function drawEmpty(libraries, rounds = 1, writers = 20) {
  byId('races').replaceChildren(...RACES.map((race) => card(race, libraries, race.id === 'writers' ? writers : rounds)))
}

function card(race, libraries, cells) {
  const lanes = make('div', { className: 'lanes' }, ...libraries.map((library) => lane(race, library, cells)))
  const reading = make('div', { className: 'reading', id: `reading-${race.id}`, hidden: true })
  const steps = make('ol', { className: 'steps' }, ...race.steps.map((step) => make('li', {}, step)))
  const title = make('h3', { id: `title-${race.id}` }, race.title)
  const properties = { className: 'race', 'aria-labelledby': `title-${race.id}` }
  return make('article', properties, title, make('p', {}, race.text), steps, lanes, reading)
}

function lane(race, { name, version, framework }, cells) {
  const about = version ? `${version} on ${framework}` : ' '
  const empty = Array.from({ length: cells }, () => make('span', { className: 'cell' }))
  const kind = race.id === 'writers' ? '' : cells > 10 ? ' rounds' : ' rounds few'
  const strip = make('div', { className: `cells${kind}`, id: `cells-${race.id}-${name}`, role: 'img' }, ...empty)
  strip.setAttribute('aria-label', `${name}: not run yet`)
  const verdicts = make('ul', { className: 'verdicts', id: `verdicts-${race.id}-${name}` })
  verdicts.append(...race.empty.map((text) => make('li', { className: 'verdict' }, text)))
  const library = make('div', { className: 'library' }, make('b', {}, name), make('small', {}, about))
  const chart = make('div', { className: 'chart' })
  if (race.life) chart.append(lifeline(race, name))
  // A single round of a race with a lifeline is told by the line alone.
  strip.hidden = Boolean(race.life) && cells === 1
  chart.append(strip)
  return make('div', { className: 'lane' }, library, chart, verdicts)
}

/** The life of the old cookie from left to right: it lives, it is ended, and then the late write arrives. */
function lifeline({ id, life }, name) {
  const part = (kind, text) => make('span', { className: `life ${kind}` }, make('span', {}, text))
  const line = make('div', { className: 'lifeline', id: `life-${id}-${name}`, 'aria-hidden': 'true' })
  line.append(part('lives', life.lives), part('ended', life.ended), part('open', 'after the late write'))
  return line
}

function drawLife({ id, life, again }, name, result) {
  const last = byId(`life-${id}-${name}`).lastChild
  const times = again(result)
  last.className = `life ${times > 0 ? 'again' : 'rest'}`
  last.firstChild.textContent = times > 0 ? life.again : life.rest
}

/** Draws what one library has reached in one race. */
export function drawResult(race, name, result) {
  const strip = byId(`cells-${race.id}-${name}`)
  const shares =
    race.id === 'writers'
      ? result.perKey.map((times) => times / result.rounds)
      : result.flaws.map(Number).map((flaw) => 1 - flaw)
  for (const [index, share] of shares.entries()) {
    const cell = strip.children[index]
    cell.className = `cell ${share === 1 ? 'kept' : share === 0 ? 'lost' : 'partly'}`
    cell.style.setProperty('--share', share)
  }
  if (race.life) drawLife(race, name, result)
  const verdicts = race.verdicts(result)
  strip.setAttribute('aria-label', `${name}: ${verdicts.map(inWords).join('; ')}`)
  byId(`verdicts-${race.id}-${name}`).replaceChildren(...verdicts.map(verdict))
}

export const inWords = ({ figure, text }) => (text.endsWith(':') ? `${text} ${figure}` : `${figure} ${text}`)

function verdict({ good, figure, text }) {
  const strong = make('b', {}, figure)
  const words = text.endsWith(':') ? [`${text} `, strong] : [strong, ` ${text}`]
  return make('li', { className: `verdict ${good ? 'good' : 'bad'}` }, make('span', {}, ...words))
}

/** Puts the race into plain words, from what was measured. */
export function drawReading(race, results) {
  const reading = byId(`reading-${race.id}`)
  reading.replaceChildren(...race.reading(results).map((sentence) => make('p', {}, sentence)))
  reading.hidden = false
}
