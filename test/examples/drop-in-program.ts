import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { cookieJar } from '../support/cookie-jar.ts'

const root = new URL('../../', import.meta.url)

/** What a browser got: the body as JSON if it is some. */
export interface Got {
  readonly status: number
  readonly body: unknown
  readonly setCookies: readonly string[]
}

export interface Visitor {
  readonly jar: ReturnType<typeof cookieJar>
  /** Follows no redirect. A form makes it a POST. */
  get(url: string, form?: Readonly<Record<string, string>>): Promise<Got>
}

export function visitor(jar = cookieJar()): Visitor {
  return {
    jar,
    async get(url, form) {
      const cookie = jar.header()
      const response = await fetch(url, {
        headers: cookie === undefined ? {} : { cookie },
        redirect: 'manual',
        ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
      })
      const setCookies = response.headers.getSetCookie()
      jar.take(setCookies)
      const text = await response.text()
      return { status: response.status, body: parsed(text), setCookies }
    },
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text.trim()
  }
}

/** Starts an example as its reader would, and answers the address that it prints. It ends with the test. */
export async function start(name: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, [`examples/drop-in/${name}`], {
    cwd: root,
    env: { ...process.env, SESSION_SECRET: 'keyboard cat', NODE_NO_WARNINGS: '1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => stop(child))
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code} before it listened`)
  })
  ended.catch(() => undefined)
  const [url] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string]
  return url
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Of the examples that count views: counts through two processes, looks, and ends for good. */
export async function countsViews(name: string, env: NodeJS.ProcessEnv): Promise<Record<string, unknown>> {
  const [one, two] = [await start(name, env), await start(name, env)]
  const user = visitor()
  const views = [await user.get(one), await user.get(two), await user.get(`${one}/look`)].map(({ body }) => body)
  const old = user.jar.copy()
  const after = [await user.get(`${two}/logout`), await visitor(old).get(`${one}/look`)].map(({ body }) => body)
  return { views, after }
}

export const COUNTED = {
  views: [{ views: 1 }, { views: 2 }, { views: 2 }],
  after: [{ views: 0 }, { views: 0 }],
}
