import { byId, make } from './dom.js'

/** Shows what the server keeps of this session. */
export function showFacts(session) {
  byId('no-session').hidden = Boolean(session)
  byId('facts').hidden = !session
  byId('data').hidden = !session
  if (!session) return
  const { handle, id, createdAt, expiresAt, absoluteAt, bytes, data } = session
  byId('facts').replaceChildren(
    ...fact('Handle', make('code', {}, handle), 'The name for logs and lists. It opens nothing.'),
    ...fact('Id', make('code', {}, id), 'New after every sign-in.'),
    ...fact('Began', instant(createdAt)),
    ...fact('Idle until', instant(expiresAt), 'Moves while you use it.'),
    ...fact('Ends at', instant(absoluteAt), 'However busy it is.'),
    ...fact('Size', `${bytes.toLocaleString()} bytes of JSON`),
  )
  byId('json').textContent = JSON.stringify(data, null, 2)
}

function fact(name, value, note) {
  const kept = make('dd', {}, value)
  if (note) kept.append(make('small', {}, note))
  return [make('dt', {}, name), kept]
}

const instant = (ms) => new Date(ms).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' })
