import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createSessions } from 'holdfast'
import { openStore } from 'holdfast/stores'
import { expressApp } from './apps/express.mjs'
import { koaApp } from './apps/koa.mjs'
import { createPages } from './pages.mjs'
import { createLabEndpoint } from './race/endpoint.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** How long answers under way may take once the demo stops, in milliseconds. */
const PATIENCE = 2000

/**
 * Starts the demo: one HTTP server, one session engine, and the Koa and the Express application that share it.
 * Answers `{ url, store, close }`.
 */
export async function startDemo({ port, host, storeUrl, secret }) {
  const store = await openStore(storeUrl)
  const sessions = createSessions({
    secrets: secret,
    store,
    owner: (data) => data.user,
    idleTimeout: '2h',
    absoluteTimeout: '7d',
    // Longer than the default: the demo shares a machine with a browser, a build, and its own races.
    storeTimeout: '10s',
    cookie: { name: 'holdfast.demo', path: '/', persistent: true },
  })
  const lab = createLabEndpoint()
  const pages = createPages(root)
  const parts = { koa: koaApp(sessions, store.name), express: expressApp(sessions, store.name) }

  const server = createServer((request, response) => {
    const [path] = request.url.split('?', 1)
    const [, first] = path.split('/', 2)
    if (path === '/lab/run') lab.answer(request, response)
    else if (Object.hasOwn(parts, first)) parts[first](request, response)
    else pages(request, response)
  })

  try {
    await sessions.ready()
    await listen(server, port, host)
  } catch (error) {
    await sessions.close()
    throw error
  }

  return {
    url: `http://${host === '127.0.0.1' ? 'localhost' : host}:${server.address().port}`,
    store: store.name,
    async close() {
      lab.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      const cut = setTimeout(() => server.closeAllConnections(), PATIENCE)
      await closed
      clearTimeout(cut)
      await sessions.close()
    },
  }
}

function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}
