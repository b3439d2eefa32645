import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, onTestFinished } from 'vitest'
import { session } from '../../../src/adapters/node.ts'
import { fromExpressStore } from '../../../src/compat/bridges/index.ts'
import { createSessions, type Store } from '../../../src/index.ts'
import { SECRET } from '../../support/engine.ts'
import { visitor } from './app.ts'
import type { OpenStore, Untyped } from './open.ts'

const KEYS = Array.from({ length: 20 }, (_, index) => `key${index}`)

async function start(store: Store) {
  const sessions = createSessions<Untyped>({ secrets: SECRET, store, logger: {} })
  let held: (() => void)[] = []
  let arrived = (): void => undefined
  const handler = async (req: Untyped, res: Untyped) => {
    const [, act, key] = req.url.split('/')
    if (act === 'login') {
      await req.session.regenerate()
      req.session.user = 'alice'
    }
    if (act === 'logout') await req.session.destroy()
    if (act === 'slow') {
      void req.session.user
      await new Promise<void>((resolve) => {
        held.push(resolve)
        arrived()
      })
    }
    if (act === 'slow' || act === 'write') req.session[key] = 1
    res.end(JSON.stringify(act === 'me' ? { ...req.session } : {}))
  }
  const server = createServer(session(sessions)(handler as Untyped) as Untyped).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: (count: number) =>
      new Promise<void>((resolve) => {
        arrived = () => void (held.length >= count && resolve())
        arrived()
      }),
    open() {
      const going = held
      held = []
      for (const go of going) go()
    },
  }
}

/** What `createSessions` keeps over real HTTP with a published store under `fromExpressStore`. */
export function nativeRules(name: string, open: OpenStore): void {
  const opened = async () => {
    const { store, reopen, close } = await open()
    onTestFinished(close)
    return { one: await start(fromExpressStore(store)), reopen }
  }
  describe(`createSessions on ${name}`, () => {
    it('20 requests at once, each with a key of its own: all 20 are kept', async () => {
      const { one } = await opened()
      const alice = visitor()
      await alice.get(one.origin, '/login')
      const answers = KEYS.map((key) => alice.get(one.origin, `/slow/${key}`))
      await one.waiting(KEYS.length)
      one.open()
      await Promise.all(answers)
      assert.deepEqual(Object.keys(await alice.get(one.origin, '/me')).sort(), [...KEYS, 'user'].sort())
    })

    it('a request that is slower than a logout does not bring the session back', async () => {
      const { one } = await opened()
      const alice = visitor()
      await alice.get(one.origin, '/login')
      const old = alice.fork()
      const slow = alice.get(one.origin, '/slow/late')
      await one.waiting(1)
      await old.get(one.origin, '/logout')
      one.open()
      await slow
      for (const who of [alice, old]) assert.deepEqual(await who.get(one.origin, '/me'), {})
    })

    it('through a second store object it is the same, as long as their writes do not meet', async () => {
      const { one, reopen } = await opened()
      if (!reopen) return
      const two = await start(fromExpressStore(await reopen()))
      const alice = visitor()
      await alice.get(one.origin, '/login')
      const old = alice.fork()
      const merging = alice.get(one.origin, '/slow/one')
      await one.waiting(1)
      await old.get(two.origin, '/write/two')
      one.open()
      await merging
      assert.deepEqual(await alice.get(two.origin, '/me'), { user: 'alice', two: 1, one: 1 })
      const slow = alice.get(one.origin, '/slow/late')
      await one.waiting(1)
      await old.get(two.origin, '/logout')
      one.open()
      await slow
      for (const { origin } of [one, two]) assert.deepEqual(await alice.get(origin, '/me'), {})
    })
  })
}
