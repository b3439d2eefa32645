import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { cookieJar } from '../support/cookie-jar.ts'
import { SECRET } from '../support/engine.ts'

const root = new URL('../../', import.meta.url)
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** Starts an example as its reader would and waits for the address that it prints. */
async function start(file: string, env: NodeJS.ProcessEnv = {}): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { ...process.env, SESSION_SECRET: SECRET, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => stop(child))
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { url, child }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const jar = cookieJar()

async function call(url: string, method = 'GET', body?: object): Promise<Response> {
  const headers = new Headers({ cookie: jar.header() ?? '' })
  if (body) headers.set('content-type', 'application/json')
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  jar.take(response.headers.getSetCookie())
  return response
}

describe('examples', () => {
  it('koa: counts, and goes on counting after it was killed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
    cleanups.push(() => rm(directory, { recursive: true }))
    const first = await start('examples/koa/server.mjs', { SESSION_DIRECTORY: directory })
    expect(await (await call(first.url)).json()).toEqual({ views: 1 })
    await stop(first.child)
    const second = await start('examples/koa/server.mjs', { SESSION_DIRECTORY: directory })
    expect(await (await call(second.url)).json()).toEqual({ views: 2 })
  })

  it('express: signs in, lists, signs out, signs out everywhere', async () => {
    const { url } = await start('examples/express/server.cjs')
    expect((await call(url)).status).toBe(401)
    expect((await call(`${url}/sign-in`, 'POST', { name: 'ada' })).status).toBe(303)
    expect(await (await call(url)).json()).toEqual({ user: 'ada', sessions: 1 })
    await call(`${url}/sign-out`, 'POST')
    expect((await call(url)).status).toBe(401)
    await call(`${url}/sign-in`, 'POST', { name: 'ada' })
    expect(await (await call(`${url}/sign-out-everywhere`, 'POST')).json()).toEqual({ ended: 1 })
    expect((await call(url)).status).toBe(401)
  })

  it('node: no click is lost', async () => {
    const { url } = await start('examples/node/server.mjs')
    await call(url)
    await Promise.all(Array.from({ length: 30 }, () => call(url)))
    expect(await (await call(url)).text()).toBe('32\n')
  })
})
