import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import express from 'express'
import { createSessions } from 'holdfast'
import { session } from 'holdfast/express'
import { memoryStore } from 'holdfast/memory'
import { storeLatency } from '../latency.mjs'

export const name = 'Holdfast'
export const version = createRequire(import.meta.url)('holdfast/package.json').version
export const framework = 'Express'

/** Express with Holdfast, its default options, and the lab's store. */
export function createContestant(gate) {
  const sessions = createSessions({ secrets: randomBytes(32), store: slowStore(memoryStore()) })
  const app = express()
  app.disable('x-powered-by')
  app.use(session(sessions))

  app.post('/sign-in', async (req, res) => {
    await req.session.regenerate()
    req.session.user = 'ada'
    res.json({ ok: true })
  })
  app.post('/write/:key', (req, res) => {
    req.session[req.params.key] = 'kept'
    res.json({ ok: true })
  })
  app.post('/slow-write/:key', async (req, res) => {
    const { session } = req
    await gate.pass()
    session[req.params.key] = 'kept'
    res.json({ ok: true })
  })
  app.post('/sign-out', async (req, res) => {
    await req.session.destroy()
    res.json({ ok: true })
  })
  app.get('/session', (req, res) => {
    res.json({ ...req.session })
  })
  return { handler: app, close: () => sessions.close() }
}

/** The memory store keeps text; here every call takes as long as a call across the network. */
function slowStore(store) {
  const slow = { name: store.name }
  for (const method of ['get', 'insert', 'update', 'touch', 'delete']) {
    slow[method] = async (...args) => {
      await storeLatency()
      return store[method](...args)
    }
  }
  return slow
}
