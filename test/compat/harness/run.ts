import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { vi } from 'vitest'
import { type CookieJar, cookieJar } from '../../support/cookie-jar.ts'
import { NOON } from '../../support/movable-clock.ts'
import { type Response, send } from './client.ts'
import { recorder as createRecorder, type Recorder, shown } from './recorder.ts'
import type { RequestStep, Scenario, Step, World } from './scenario.ts'

/** Headers that say how the response travels, and when. */
const FRAMING = ['content-length', 'transfer-encoding', 'connection']
const UNCAUGHT = ['uncaughtException', 'unhandledRejection'] as const
const NEVER = ['date', 'keep-alive']

/** Runs a scenario on one side and answers its transcript. */
export async function run<Module>(scenario: Scenario<Module>, module: Module): Promise<string[]> {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  const recorder = createRecorder()
  let server: Server | undefined
  // What nobody catches ends a real server: here it is a line, and its connections are cut.
  const others = UNCAUGHT.map((event) => process.listeners(event as 'uncaughtException'))
  const uncaught = (error: unknown): void => {
    recorder.note('uncaught', error)
    setImmediate(() => server?.closeAllConnections())
  }
  for (const event of UNCAUGHT) process.removeAllListeners(event).on(event, uncaught)
  try {
    const listener = await scenario.app(module, recorder)
    const served = await serve(listener, recorder)
    server = served.server
    return await transcript(scenario, recorder, served)
  } catch (error) {
    return [...recorder.take(), `ended: ${shown(error)}`]
  } finally {
    server?.closeAllConnections()
    server?.close()
    for (const [i, event] of UNCAUGHT.entries()) {
      process.removeAllListeners(event)
      for (const listener of others[i] ?? []) process.on(event, listener)
    }
    vi.useRealTimers()
  }
}

async function transcript<Module>(scenario: Scenario<Module>, recorder: Recorder, served: Served): Promise<string[]> {
  const jars = new Map<string, CookieJar>()
  const jar = (browser = 'a'): CookieJar => {
    const known = jars.get(browser)
    if (known) return known
    const fresh = cookieJar()
    jars.set(browser, fresh)
    return fresh
  }
  const left = new Set(scenario.framing ? NEVER : [...NEVER, ...FRAMING])
  const lines: string[] = []
  for (const [index, step] of scenario.steps.entries()) {
    const answers: string[][] = []
    const request = async (asked: string | RequestStep): Promise<Response> => {
      const place = answers.push([]) - 1
      const { path = '/', method = 'GET', ...rest } = typeof asked === 'string' ? { path: asked } : asked
      const kept = jar(rest.browser)
      const cookie = rest.cookie === undefined ? kept.header() : rest.cookie || undefined
      const headers = { ...rest.headers, ...(cookie === undefined ? {} : { cookie }) }
      const { body, patience = 5000 } = rest
      const response = await send({ port: served.port, path, method, headers, body, patience })
      kept.take(response.setCookies)
      answers[place] = described(`${method} ${path}`, response, left)
      return response
    }
    await act(step, { recorder, jar, request, advance: (ms) => void vi.setSystemTime(Date.now() + ms) })
    await served.idle()
    lines.push(...[...answers.flat(), ...recorder.take()].map((line) => `[${index + 1}] ${line}`))
  }
  return lines
}

async function act(step: Step, world: World): Promise<void> {
  if (typeof step === 'function') await step(world)
  else await world.request(step)
}

function described(title: string, response: Response, left: ReadonlySet<string>): string[] {
  const outcome = response.status === 0 ? '' : `${response.status} ${shown(response.body)}`
  const failure = response.failure === undefined ? '' : `(${response.failure})`
  const headers = response.headers.filter(([name]) => !left.has(name)).map(([name, value]) => `  ${name}: ${value}`)
  return [`${title} -> ${[outcome, failure].filter(Boolean).join(' ')}`, ...headers.sort(byName)]
}

/** Set-Cookie lines keep their order among themselves. */
function byName(a: string, b: string): number {
  const [x, y] = [a, b].map((line) => line.slice(0, line.indexOf(':'))) as [string, string]
  return x < y ? -1 : x > y ? 1 : 0
}

interface Served {
  readonly server: Server
  readonly port: number
  /** When all responses are over and what they left to do has been done. */
  idle(): Promise<void>
}

async function serve(listener: RequestListener, recorder: Recorder): Promise<Served> {
  const open = new Set<Promise<unknown>>()
  const server = createServer((req, res) => {
    const closed = new Promise((resolve) => res.once('close', resolve))
    open.add(closed)
    void closed.then(() => open.delete(closed))
    const failed = (error: unknown): void => {
      recorder.note('thrown', error)
      res.socket?.destroy()
    }
    try {
      // A listener may be asynchronous, as Koa's is.
      void Promise.resolve(listener(req, res) as unknown).catch(failed)
    } catch (error) {
      failed(error)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async idle() {
      await Promise.all(open)
      for (let i = 0; i < 10; i++) await turn()
    },
  }
}
