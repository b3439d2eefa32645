// The users of one target: their cookies, as a browser with a few others sends them, and what they are sent anew.
const OTHERS = '_ga=GA1.2.3; theme=dark'

/** The header with the cookies that a response has set. */
export function merged(header, cookies) {
  const jar = new Map((header ?? OTHERS).split('; ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair]))
  for (const pair of cookies) jar.set(pair.slice(0, pair.indexOf('=')), pair)
  return [...jar.values()].join('; ')
}

/** @returns `{ jars, ask }`: `ask(line, user, path)` sends one request of a user over a connection, and keeps the cookies. */
export function browsers() {
  const jars = []
  const take = (user, { status, cookies, body }, path) => {
    if (status !== 200) throw new Error(`${status} for ${path}: ${body.slice(0, 200)}`)
    if (body === 'gone') throw new Error(`the session is gone: ${path}`)
    if (cookies.length > 0) jars[user] = merged(jars[user], cookies)
    return body
  }
  return {
    jars,
    ask: async (line, user, path) => take(user, await line.send(path, jars[user] ?? OTHERS), path),
    /** One that has no session yet and forgets the one it gets. */
    async anonymous(line, path) {
      const { status } = await line.send(path, OTHERS)
      if (status !== 200) throw new Error(`${status} for ${path}`)
    },
  }
}
