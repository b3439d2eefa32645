import { describe, expect, it } from 'vitest'
import { type Any, gates, listen, load, type Side, sides, thiefOf } from './programs.ts'

const { Passport } = load('passport')
const { Strategy } = load('passport-local')

/** A shop with a cart, where one signs in with passport-local. */
async function shop({ express, session }: Side) {
  const gate = gates()
  const passport = new Passport()
  passport.use(
    new Strategy((name: string, password: string, done: Any) =>
      done(null, password === 'right' ? { id: name } : false),
    ),
  )
  passport.serializeUser((user: Any, done: Any) => done(null, user.id))
  passport.deserializeUser((id: string, done: Any) => done(null, { id }))

  const app: Any = express()
  app.use(session())
  app.use(passport.session())
  app.get('/put', async (req: Any, res: Any, next: Any) => {
    if (req.query.wait) await gate.wait(req.query.wait)
    req.session.cart = [...(req.session.cart ?? []), req.query.item]
    if (!req.query.saved) return res.json({ user: req.user?.id ?? null })
    req.session.save((error: unknown) => (error ? next(error) : res.json({})))
  })
  app.get('/look', async (req: Any, res: Any) => {
    if (req.query.wait) await gate.wait(req.query.wait)
    res.json({ user: req.user?.id ?? null })
  })
  const keep = { keepSessionInfo: true }
  app.get('/in', passport.authenticate('local', { failureRedirect: '/me', successRedirect: '/me' }))
  app.get('/in-keep', passport.authenticate('local', { ...keep, successRedirect: '/me' }))
  app.get('/out', (req: Any, res: Any, next: Any) => {
    req.logout(req.query.keep ? keep : {}, (error: unknown) => (error ? next(error) : res.redirect('/me')))
  })
  app.get('/me', (req: Any, res: Any) => res.json({ user: req.user?.id ?? null, cart: req.session.cart ?? [] }))
  app.use((error: Any, _req: Any, res: Any, _next: Any) => res.status(500).json({ error: error.message }))
  const running = await listen(app)
  return { ...running, gate }
}

const RIGHT = 'username=ann&password=right'

describe.each(sides)('passport on $name', (side) => {
  const idOf = (user: Any): string => user.jar.get(side.cookie)

  it('signs in with a new id; the old one, which somebody may have planted, is nobody', async () => {
    const program = await shop(side)
    const user = program.visitor()
    await user.get('/put?item=tea')
    const planted = thiefOf(user, program)
    const before = idOf(user)
    expect((await user.get(`/in?${RIGHT}`)).status).toBe(302)
    expect(idOf(user)).not.toBe(before)
    expect(await user.json('/me')).toEqual({ user: 'ann', cart: [] })
    expect(await planted.json('/me')).toEqual({ user: null, cart: [] })
  })

  // Passport copies the old session object into the new one. The native adapter keeps the object and clears it.
  it(`${side.isNative ? 'clears' : 'keeps'} what was there with keepSessionInfo`, async () => {
    const program = await shop(side)
    const user = program.visitor()
    await user.get('/put?item=tea')
    const before = idOf(user)
    await user.get(`/in-keep?${RIGHT}`)
    expect(idOf(user)).not.toBe(before)
    expect(await user.json('/me')).toEqual({ user: 'ann', cart: side.isNative ? [] : ['tea'] })
    await user.get('/put?item=cake')
    await user.get('/out?keep=1')
    expect(await user.json('/me')).toEqual({ user: null, cart: side.isNative ? [] : ['tea', 'cake'] })
  })

  it('leaves the session as it is when the password is wrong', async () => {
    const program = await shop(side)
    const user = program.visitor()
    await user.get('/put?item=tea')
    const before = idOf(user)
    await user.get('/in?username=ann&password=wrong')
    expect(idOf(user)).toBe(before)
    expect(await user.json('/me')).toEqual({ user: null, cart: ['tea'] })
  })

  it('signs out for good', async () => {
    const program = await shop(side)
    const user = program.visitor()
    await user.get(`/in?${RIGHT}`)
    await user.get('/put?item=tea')
    const thief = thiefOf(user, program)
    expect(await thief.json('/me')).toEqual({ user: 'ann', cart: ['tea'] })
    expect((await user.get('/out')).status).toBe(302)
    expect(await user.json('/me')).toEqual({ user: null, cart: [] })
    expect(await thief.json('/me')).toEqual({ user: null, cart: [] })
  })

  it.each(['/put?item=late', '/put?item=late&saved=1', '/look?'])(
    'a slow %s beside a login or logout undoes neither',
    async (slow) => {
      const program = await shop(side)
      const user = program.visitor()
      await user.get('/put?item=tea')
      const planted = thiefOf(user, program)
      const before = user.get(`${slow}&wait=before-login`)
      await program.gate.reached('before-login')
      await user.get(`/in?${RIGHT}`)
      const signedIn = idOf(user)
      program.gate.open('before-login')
      await before.then((reply) => reply.text())
      expect(idOf(user)).toBe(signedIn)
      expect(await user.json('/me')).toEqual({ user: 'ann', cart: [] })
      expect(await planted.json('/me')).toEqual({ user: null, cart: [] })

      const thief = thiefOf(user, program)
      const during = user.get(`${slow}&wait=before-logout`)
      await program.gate.reached('before-logout')
      await user.get('/out')
      program.gate.open('before-logout')
      await during.then((reply) => reply.text())
      expect(await user.json('/me')).toEqual({ user: null, cart: [] })
      expect(await thief.json('/me')).toEqual({ user: null, cart: [] })
    },
  )

  it('two logins at once leave one browser signed in', async () => {
    const program = await shop(side)
    const user = program.visitor()
    await user.get('/put?item=tea')
    const planted = thiefOf(user, program)
    const replies = await Promise.all([user.get(`/in?${RIGHT}`), user.get(`/in?${RIGHT}`)])
    expect(replies.map(({ status }) => status)).toContain(302)
    expect(await user.json('/me')).toEqual({ user: 'ann', cart: [] })
    expect(await planted.json('/me')).toEqual({ user: null, cart: [] })
  })
})
