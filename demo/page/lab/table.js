import { byId, make } from '../dom.js'

/** The results once more, as figures. */
export function drawTable({ libraries, results, rounds, done }) {
  const head = make('tr', {}, make('td'), ...libraries.map(({ name }) => make('th', { scope: 'col' }, name)))
  const rows = ROWS.map(([title, read]) => {
    const figures = libraries.map(({ name }) => make('td', {}, read(results[name])))
    return make('tr', {}, make('th', { scope: 'row' }, title), ...figures)
  })
  const seconds = (done.ms / 1000).toFixed(1)
  const caption = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of each race, ${done.requests.toLocaleString()} real HTTP requests in ${seconds} seconds.`
  const table = make('table', {}, make('caption', {}, caption), make('thead', {}, head), make('tbody', {}, ...rows))
  byId('lab-table').querySelector('.scroll').replaceChildren(table)
}

const times = (happened, rounds) => `${happened} of ${rounds}`

const ROWS = [
  ['Control: 20 changes one after the other, kept', ({ control }) => times(control.kept, control.of)],
  ['20 changes at once, kept', ({ writers }) => times(writers.kept, writers.of)],
  ['… kept in each round', ({ writers: { fewest, most } }) => (fewest === most ? `${fewest}` : `${fewest} to ${most}`)],
  ['… until all 20 were answered, on average', ({ writers }) => `${Math.round(writers.ms / writers.rounds)} ms`],
  ['Signed-out session works again', ({ logout }) => times(logout.revived, logout.rounds)],
  ['… browser is signed in again', ({ logout }) => times(logout.signedInAgain, logout.rounds)],
  ['Old id is valid again after sign-in', ({ rotation }) => times(rotation.oldIdValid, rotation.rounds)],
  ['… browser sent back to the old cookie', ({ rotation }) => times(rotation.sentBack, rotation.rounds)],
  ['… the new sign-in still works', ({ rotation }) => times(rotation.signedIn, rotation.rounds)],
]
