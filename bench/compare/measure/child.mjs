// One server process of a target, and the questions that it answers about itself.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { STORES, TARGETS } from '../plan/targets.mjs'
import { connection } from './wire.mjs'

const program = fileURLToPath(new URL('../server/main.mjs', import.meta.url))

/** @param url of the store's server, where it has one */
export async function startTarget(target, store, url, bytes) {
  const { framework, role } = TARGETS[target]
  const folder = role !== 'none' && STORES[store].folder ? mkdtempSync(join(tmpdir(), 'holdfast-bench-')) : undefined
  // A framework without a session, and a session in a cookie, have no store.
  const kept = role === 'none' || store === 'cookie' ? undefined : store
  const config = { target, framework, store: kept, at: folder ?? url, bytes }
  const child = fork(program, [JSON.stringify(config)], {
    env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000)
  })
  const ended = new Promise((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${target} on ${store} ended with ${code}: ${said.trim()}`)))
  })
  ended.catch(() => {})
  const next = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  const remove = () => folder && rmSync(folder, { recursive: true, force: true })
  const lines = []
  const stop = async () => {
    for (const line of lines) line.close()
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    remove()
  }
  try {
    const { port } = await next()
    return {
      target,
      async ask(question) {
        child.send(question)
        return next()
      },
      /** So many connections, opened as they are needed and kept. */
      async lines(count) {
        const missing = Math.max(0, count - lines.length)
        lines.push(...(await Promise.all(Array.from({ length: missing }, () => connection(port)))))
        return lines.slice(0, count)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
