/** How many of a user's browsers the page shows. */
const MOST_BROWSERS = 50

/**
 * What the page shows of a session: `{ store, session, browsers }`. `session` is null for a visitor who has stored
 * nothing yet; else it is what the store keeps under its handle.
 */
export async function describe({ session, sessions, store }) {
  const kept = session.isNew ? undefined : await sessions.find(session.handle)
  if (!kept) return { store, session: null, browsers: [] }
  const { handle, createdAt, expiresAt, absoluteAt, bytes, data } = kept
  const browsers = data.user ? await browsersOf(data.user, sessions, handle) : []
  return { store, session: { handle, id: session.id, createdAt, expiresAt, absoluteAt, bytes, data }, browsers }
}

/** The live sessions of a user: this one first, then the others by their last use. */
async function browsersOf(user, sessions, own) {
  const { sessions: listed } = await sessions.list({ owner: user, limit: MOST_BROWSERS })
  const found = await Promise.all(listed.map(({ handle }) => sessions.find(handle)))
  return found
    .filter((detail) => detail !== undefined)
    .map(({ handle, expiresAt, data }) => ({ handle, expiresAt, name: data.browser, current: handle === own }))
    .sort((a, b) => b.current - a.current || b.expiresAt - a.expiresAt)
}

/** "Firefox on Linux", as far as the browser's own word goes. */
export function browserName(userAgent = '') {
  const first = (names) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = first([
    [/Edg\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ])
  const system = first([
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux'],
  ])
  return [browser ?? 'A browser', system].filter(Boolean).join(' on ')
}
