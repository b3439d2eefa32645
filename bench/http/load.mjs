// The benchmark's browsers: keep-alive connections that each send their next request when the last one was answered.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('server.mjs', import.meta.url))

/** Starts one server process and answers how to send it requests. */
export async function startSubject(subject, client, url) {
  const args = client === undefined ? [subject] : [subject, client, url]
  const child = fork(program, args, { env: { ...process.env, NODE_ENV: 'production' } })
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${subject} on ${client} ended with ${code}`)),
  )
  ended.catch(() => {})
  const next = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  const { port } = await next()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })

  const send = (path, cookie) =>
    new Promise((resolve, reject) => {
      const headers = cookie === undefined ? {} : { cookie }
      const sent = request({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
        response.resume()
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(response.headers['set-cookie']?.[0].split(';')[0])
            : reject(new Error(`${subject} on ${client}: ${response.statusCode} for ${path}`)),
        )
      })
      sent.on('error', reject)
      sent.end()
    })

  const cpu = async () => {
    child.send('cpu')
    return (await next()).cpu
  }

  return {
    send,
    /** Makes sessions and answers their cookies, as a browser with others would send them. */
    async cookies(count) {
      const made = await Promise.all(Array.from({ length: count }, () => send('/new')))
      return made.map((cookie) => (cookie ? `_ga=GA1.2.3; theme=dark; ${cookie}; lang=en` : undefined))
    },
    /** Sends `count` requests over `connections`, and answers the server's CPU time in microseconds per request. */
    async measure(path, cookies, count, connections) {
      const before = await cpu()
      let sent = 0
      const browser = async () => {
        while (sent < count) await send(path, cookies[sent++ % cookies.length])
      }
      await Promise.all(Array.from({ length: connections }, browser))
      return ((await cpu()) - before) / count
    },
    stop() {
      agent.destroy()
      child.disconnect()
    },
  }
}
