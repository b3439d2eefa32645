import { browserName, describe } from './describe.mjs'

/**
 * What a browser can ask for, apart from any framework: the Koa and the Express application answer with the same
 * actions. An action gets `{ session, sessions, store, request, framework, input }` and answers the JSON to send, or
 * throws a `Refusal`.
 */

const LIMITS = Object.freeze({ name: 40, note: 200, notes: 20, item: 40, items: 20 })

/** The client asked for something that cannot be done. The message is for people. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

export const actions = {
  async 'GET /views'({ session, framework }) {
    const views = await session.update('views', (count = 0) => count + 1)
    return { views, framework }
  },

  'GET /api/session': describe,

  async 'POST /api/sign-in'(visit) {
    const { session, request, input } = visit
    const user = text(input.name, 'a name', LIMITS.name)
    // What an anonymous visitor collected is kept; what another user left in this browser is not.
    await session.regenerate({ keep: session.user === undefined })
    session.user = user
    session.browser = browserName(request.headers['user-agent'])
    await session.save()
    return describe(visit)
  },

  async 'POST /api/notes'(visit) {
    const note = text(visit.input.text, 'a note', LIMITS.note)
    await visit.session.update('notes', (notes = []) => [...notes, note].slice(-LIMITS.notes))
    return describe(visit)
  },

  async 'POST /api/counter'(visit) {
    const by = visit.input.by === -1 ? -1 : 1
    await visit.session.update('counter', (counter = 0) => counter + by)
    return describe(visit)
  },

  async 'POST /api/cart'(visit) {
    const item = text(visit.input.item, 'an item', LIMITS.item)
    await visit.session.update('cart', (cart = []) => withOneMore(cart, item))
    return describe(visit)
  },

  async 'POST /api/revoke'(visit) {
    const { sessions, session, input } = visit
    const user = signedIn(session)
    const target = typeof input.handle === 'string' ? await sessions.find(input.handle) : undefined
    if (target?.owner !== user) throw new Refusal(404, 'That browser is signed out already.')
    await sessions.revoke(target.handle)
    return describe(visit)
  },

  async 'POST /api/sign-out'({ session, store }) {
    await session.destroy()
    return { store, session: null, browsers: [] }
  },

  async 'POST /api/sign-out-everywhere'({ session, sessions, store }) {
    const revoked = await sessions.revokeAll({ owner: signedIn(session) })
    // It is ended already; this tells the browser to drop its cookie.
    await session.destroy()
    return { store, session: null, browsers: [], revoked }
  },
}

function withOneMore(cart, item) {
  if (cart.some(({ name }) => name === item)) {
    return cart.map((line) => (line.name === item ? { ...line, count: line.count + 1 } : line))
  }
  if (cart.length >= LIMITS.items) throw new Refusal(400, 'The cart is full.')
  return [...cart, { name: item, count: 1 }]
}

function signedIn(session) {
  if (session.user === undefined) throw new Refusal(401, 'Sign in first.')
  return session.user
}

function text(value, what, most) {
  const trimmed = typeof value === 'string' ? value.trim() : ''
  if (trimmed === '') throw new Refusal(400, `Please give ${what}.`)
  if (trimmed.length > most) throw new Refusal(400, `Please give ${what} of at most ${most} characters.`)
  return trimmed
}
