import { postForEvents } from '../api.js'
import { byId } from '../dom.js'
import { drawEmpty, drawReading, drawResult, inWords } from './drawing.js'
import { RACES } from './races.js'
import { drawTable } from './table.js'
import { add, createTally } from './tally.js'

/** The race lab: starts a run, follows its events, and draws them as they arrive. */

const BEFORE = ['Holdfast', 'express-session', 'koa-session'].map((name) => ({ name }))

let running

export function startLab() {
  drawEmpty(BEFORE)
  byId('lab-form').onsubmit = (event) => {
    event.preventDefault()
    run()
  }
  byId('lab-stop').onclick = () => running?.abort()
  document.querySelector('[data-action=race]').onclick = () => run()
}

async function run() {
  if (running) return
  running = new AbortController()
  const tally = createTally()
  setRunning(true)
  try {
    const rounds = Number(document.querySelector('[name=rounds]:checked').value)
    const onEvent = (event) => follow(tally, event)
    await postForEvents('/lab/run', { rounds }, { onEvent, signal: running.signal })
    if (!tally.done) throw new Error('The run ended before it was complete.')
  } catch (error) {
    say(error.name === 'AbortError' ? 'Stopped.' : error.message)
  } finally {
    running = undefined
    setRunning(false)
  }
}

function setRunning(yes) {
  byId('lab-run').disabled = yes
  byId('lab-run').textContent = yes ? 'Running …' : 'Run the races'
  byId('lab-stop').hidden = !yes
  for (const radio of document.querySelectorAll('[name=rounds]')) radio.disabled = yes
}

function follow(tally, event) {
  if (event.type === 'failed') throw new Error(event.error)
  const changed = add(tally, event)
  if (event.type === 'start') drawEmpty(tally.libraries, tally.rounds, tally.writers)
  byId('lab-progress').value = tally.seen / tally.expected
  const race = RACES.find(({ id }) => id === event.type)
  if (changed && race) {
    drawResult(race, event.library, tally.results[event.library][race.id])
    byId('lab-status').textContent = `${race.title}: round ${event.round} of ${tally.rounds}`
    if (isOver(tally, race)) finish(tally, race)
  }
  if (event.type === 'done') {
    drawTable(tally)
    say(`${event.requests.toLocaleString()} requests in ${(event.ms / 1000).toFixed(1)} s.`)
  }
}

const isOver = (tally, race) => Object.values(tally.results).every((result) => result[race.id].rounds === tally.rounds)

function finish(tally, race) {
  const results = tally.libraries.map(({ name }) => ({ name, ...tally.results[name] }))
  drawReading(race, results)
  const spoken = results.map((result) => `${result.name}: ${race.verdicts(result[race.id]).map(inWords).join(', ')}`)
  byId('lab-live').textContent = `${race.title}. ${spoken.join('. ')}.`
}

/** To the eye and, since it is the end of a run, to a screen reader. */
function say(message) {
  byId('lab-status').textContent = message
  byId('lab-live').textContent = message
}
