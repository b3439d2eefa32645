// What the requests do with their session, the same for every target. A target says how to get at the session of a request
// (`get`) and how to give it a new id (`regenerate`), and the answer is the response's body.

const BASE = {
  user: { id: 'u_1815', name: 'Ada', roles: ['admin', 'author'] },
  views: 100_000,
  theme: 'dark',
  csrf: 'k3J9dLw0aZ5qRt7uXy2v',
}
export const PARALLEL = 20

/** Session data whose JSON has this many bytes: a user, some settings, and a cart as long as it takes. */
export function dataOf(bytes) {
  const data = { ...structuredClone(BASE), cart: [] }
  const length = () => JSON.stringify(data).length
  for (let i = 0; length() + 80 < bytes; i++) {
    data.cart.push({ sku: `A-${1000 + i}`, title: `Article number ${i}`, n: 1 + (i % 9), cents: 100 * i + 95 })
  }
  const missing = bytes - length() - ',"pad":""'.length
  return missing > 0 ? { ...data, pad: 'x'.repeat(missing) } : data
}

const key = (n) => `p${n}`

/** @returns `act(url, request, get, regenerate)`: the body, or a promise of it. */
export function acts(bytes) {
  const data = dataOf(bytes)
  const fill = (session) => Object.assign(session, structuredClone(data))
  return function act(url, request, get, regenerate) {
    const [path, k, v] = url.split(/[?&]/)
    switch (path) {
      case '/untouched':
        return 'ok'
      case '/read':
        return get(request).views > 0 ? 'ok' : 'gone'
      case '/write':
        get(request).views++
        return 'ok'
      case '/create':
        fill(get(request))
        return 'ok'
      case '/login':
        return regenerate(request).then(() => {
          fill(get(request))
          return 'ok'
        })
      case '/parallel':
        get(request)[key(k)] = Number(v)
        return 'ok'
      // How many of the keys that requests beside each other have set are there.
      case '/kept': {
        const session = get(request)
        return String(Array.from({ length: PARALLEL }, (_, n) => session[key(n)] === Number(k)).filter(Boolean).length)
      }
      default:
        throw new Error(`no such act: ${path}`)
    }
  }
}

/** Whether the session is looked at, and whether it is changed: for a target that has to say so itself. */
export const touches = (url) => !url.startsWith('/untouched')
export const changes = (url) => /^\/(write|create|login|parallel)/.test(url)
