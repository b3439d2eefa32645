import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CookieJar } from '../support/cookie-jar.ts'
import { fairness, type Held } from './fairness.ts'

/** One response as its client saw it. */
export interface Reply {
  /** 0: there was no answer, or the connection broke. */
  readonly status: number
  /** Of a failure: the error's code. */
  readonly code: string | undefined
  readonly body: ReplyBody
  readonly setCookies: readonly string[]
  readonly startedAt: number
  /** From sending to the last byte. */
  readonly ms: number
  /** How much of it was the machine's doing. */
  readonly held: Held
}

export interface ReplyBody {
  readonly code?: string
  readonly id?: string | null
  readonly handle?: string | null
  readonly expiresAt?: number
  readonly data?: Readonly<Record<string, string | number>>
  readonly count?: number
  readonly handles?: readonly string[]
  readonly found?: boolean
}

export interface ApplicationOptions {
  readonly storeTimeout?: number
  readonly mistake?: string | undefined
  readonly idleTimeout?: string
  readonly absoluteTimeout?: string
}

/** A process of the application in `test/children/app.mjs`. */
export interface Application {
  /** Asks with the jar's cookies, and puts into it what comes back. */
  ask(path: string, query?: Readonly<Record<string, string>>, jar?: CookieJar): Promise<Reply>
  order(order: 'clock' | 'hog' | 'free', ms?: number): Promise<void>
  /** How the process ended, with its last words; undefined while it runs. */
  ended(): string | undefined
  close(): Promise<void>
}

/** A client that gives up after so long has waited far too long already. */
const PATIENCE_MS = 15_000

const program = fileURLToPath(new URL('../children/app.mjs', import.meta.url))

export async function application(
  kind: string,
  address: string,
  options: ApplicationOptions = {},
): Promise<Application> {
  const child = fork(program, [kind, address, JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] })
  let words = ''
  let end: string | undefined
  child.stderr?.on('data', (chunk) => {
    words = `${words}${chunk}`.slice(-2000)
  })
  child.once('exit', (code, signal) => {
    end = `${signal ?? `exit code ${code}`}: ${words}`
  })
  const exited = once(child, 'exit')
  const told = async () => {
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(() => Promise.reject(new Error(`The application ended (${end}).`))),
    ])
    return message as { readonly port: number }
  }
  const { port } = await told()
  const fair = fairness(child.pid as number)
  const agent = new Agent({ keepAlive: true, noDelay: true })

  const send = (path: string, cookie: string | undefined) =>
    new Promise<Pick<Reply, 'status' | 'setCookies'> & { text: string }>((resolve) => {
      const failed = (error: Error) =>
        resolve({ status: 0, setCookies: [], text: JSON.stringify({ code: String(error) }) })
      const headers = cookie === undefined ? {} : { cookie }
      const sent = request({ agent, host: '127.0.0.1', port, path, headers, timeout: PATIENCE_MS }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, setCookies: response.headers['set-cookie'] ?? [], text })
        })
        response.on('error', failed)
      })
      sent.on('timeout', () => sent.destroy(new Error('no answer')))
      sent.on('error', failed)
      sent.end()
    })

  return {
    async ask(path, query = {}, jar) {
      const target = `${path}?${new URLSearchParams(query)}`
      const watched = fair.watch()
      const startedAt = performance.now()
      const { status, setCookies, text } = await send(target, jar?.header())
      const ms = performance.now() - startedAt
      const held = watched()
      jar?.take(setCookies)
      const body = bodyOf(text)
      return { status, code: body.code, body, setCookies, startedAt, ms, held }
    },
    async order(order, ms) {
      const done = told()
      child.send({ order, ms })
      await done
    },
    ended: () => end,
    async close() {
      agent.destroy()
      if (child.connected) child.disconnect()
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      if (end === undefined) await exited
      clearTimeout(late)
    },
  }
}

/** An answer of the library's own is plain text: a code. */
function bodyOf(text: string): ReplyBody {
  try {
    return JSON.parse(text) as ReplyBody
  } catch {
    return { code: text.trim() }
  }
}

/** Whether a request was made while nearly always somebody waited for a processor: then a server that is well is late, too. */
export const isCrowded = ({ held }: Reply): boolean => held.pressure > 0.6

/** Asks again while the answer is 503: for what is to be found out where nothing is wrong, on a machine that may be slow. */
export async function patiently(ask: () => Promise<Reply>): Promise<Reply> {
  for (let tries = 1; ; tries++) {
    const reply = await ask()
    if (reply.status !== 503 || tries === 15) return reply
    await pause(Math.min(100 * tries, 500))
  }
}
