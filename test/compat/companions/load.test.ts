import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import session, { MemoryStore, type SessionOptions } from '../../../src/compat/express-session.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type Any, listen, sides, slowStore } from './programs.ts'

const STORES: Readonly<Record<string, () => SessionOptions['store']>> = {
  'the drop-in': () => new MemoryStore(),
  'the drop-in on a slow store': slowStore,
  'the drop-in on a Holdfast store': () => memoryStore(),
}

/** Outside of requests, sockets and jobs look a session up by its id. */
describe.each(Object.entries(STORES))('sessionStore.load() with %s', (_name, store) => {
  async function site() {
    const app: Any = sides[0]!.express()
    let sessionStore: Any
    app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, store: store() }))
    app.get('/in', (req: Any, res: Any) => {
      sessionStore = req.sessionStore
      req.session.user = 'ann'
      res.json({ id: req.sessionID })
    })
    app.get('/me', (req: Any, res: Any) => res.json({ user: req.session.user ?? null, mail: req.session.mail ?? 0 }))
    app.get('/out', (req: Any, res: Any, next: Any) => {
      req.session.destroy((error: unknown) => (error ? next(error) : res.json({})))
    })
    const user = (await listen(app)).visitor()
    const { id } = await user.json('/in')
    return {
      user,
      id: String(id),
      find: promisify(sessionStore.load.bind(sessionStore)) as (id: string) => Promise<Any>,
    }
  }

  it('finds it while it lives', async () => {
    const { user, id, find } = await site()
    expect(await find(id)).toMatchObject({ id, user: 'ann' })
    expect(await find('another')).toBeUndefined()
    await user.json('/out')
    expect(await find(id)).toBeUndefined()
  })

  it('saves what a socket changes, and not into a session that has ended', async () => {
    const { user, id, find } = await site()
    const found = await find(id)
    found.mail = 3
    await promisify(found.save.bind(found))()
    expect(await user.json('/me')).toEqual({ user: 'ann', mail: 3 })
    const fresh = promisify(found.reload.bind(found))
    await fresh()
    await user.json('/out')
    await expect(fresh()).rejects.toThrow('failed to load session')
    found.mail = 4
    await promisify(found.save.bind(found))().catch((error: Any) => expect(error.code).toBe('ERR_SESSION_LOST'))
    expect(await find(id)).toBeUndefined()
    expect(await user.json('/me')).toEqual({ user: null, mail: 0 })
  })

  it('ends it, also for the browser', async () => {
    const { user, id, find } = await site()
    const found = await find(id)
    await promisify(found.destroy.bind(found))()
    expect(await user.json('/me')).toEqual({ user: null, mail: 0 })
  })
})
