import { Agent, request } from 'node:http'

/**
 * The lab's browser: real HTTP and a cookie jar that believes every response, in the order in which they arrive, as
 * browsers do. `send` answers `{ status, body }`.
 */
export function createBrowser(origin) {
  const jar = new Map()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let requests = 0

  return {
    /** Sends with the jar's cookies, or with `cookie` in their place (then the jar learns nothing). */
    async send(method, path, { cookie } = {}) {
      requests += 1
      const answer = await exchange(new URL(path, origin), { method, agent, cookie: cookie ?? header(jar) })
      if (cookie === undefined) for (const line of answer.setCookie) learn(jar, line)
      return { status: answer.status, body: answer.body }
    },
    /** What the browser would send now. */
    cookies: () => header(jar),
    forget: () => jar.clear(),
    requests: () => requests,
    close: () => agent.destroy(),
  }
}

const header = (jar) => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')

function learn(jar, line) {
  const [pair, ...attributes] = line.split(';').map((part) => part.trim())
  const split = pair.indexOf('=')
  const [name, value] = [pair.slice(0, split), pair.slice(split + 1)]
  if (ended(attributes)) jar.delete(name)
  else jar.set(name, value)
}

function ended(attributes) {
  const read = (wanted) =>
    attributes.find((attribute) => attribute.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
  const maxAge = read('max-age')
  if (maxAge !== undefined) return Number(maxAge) <= 0
  const expires = read('expires')
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

function exchange(url, { method, agent, cookie }) {
  const { promise, resolve, reject } = settle()
  const headers = cookie ? { cookie } : {}
  const sent = request(url, { method, agent, headers }, (response) => {
    const chunks = []
    response.on('data', (chunk) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const setCookie = response.headers['set-cookie'] ?? []
      resolve({ status: response.statusCode, body: text, setCookie })
    })
  })
  sent.on('error', reject)
  sent.end()
  return promise
}

function settle() {
  let resolve
  let reject
  const promise = new Promise((done, fail) => {
    resolve = done
    reject = fail
  })
  return { promise, resolve, reject }
}
