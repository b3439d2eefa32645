import { describe, expect, it } from 'vitest'
import { csrfToken, isCsrfToken } from './csrf.ts'
import { type Any, listen, load, type Side, sides } from './programs.ts'

const flash = load('connect-flash')

/** A site with a form that is guarded by a token, and messages that are shown once. */
async function site({ express, session }: Side) {
  const app: Any = express()
  app.use(session())
  app.use(flash())
  app.get('/form', (req: Any, res: Any) => res.json({ token: csrfToken(req.session), messages: req.flash('info') }))
  app.get('/send', (req: Any, res: Any) => {
    if (!isCsrfToken(req.session, req.query.token)) return res.status(403).json({ error: 'forged' })
    req.flash('info', 'thank you')
    req.flash('info', 'and come back')
    res.redirect('/form')
  })
  app.get('/sign-in', (req: Any, res: Any, next: Any) => {
    req.session.regenerate((error: unknown) => {
      if (error) return next(error)
      req.session.user = 'ann'
      req.flash('info', 'welcome')
      res.redirect('/form')
    })
  })
  app.get('/look', (req: Any, res: Any) => res.json({ messages: req.flash() }))
  return listen(app)
}

const send = (token: unknown): string => `/send?token=${encodeURIComponent(String(token))}`

describe.each(sides)('tokens in forms, on $name', (side) => {
  it('are taken from the browser that has the session, as often as it likes, also from an older form', async () => {
    const user = (await site(side)).visitor()
    const [first, second] = [await user.json('/form'), await user.json('/form')]
    expect(first.token).not.toBe(second.token)
    for (const { token } of [second, first, first]) expect((await user.get(send(token))).status).toBe(302)
  })

  it('are refused from another browser, without a session, changed or missing', async () => {
    const program = await site(side)
    const user = program.visitor()
    const { token } = await user.json('/form')
    const other = program.visitor()
    expect((await other.get(send(token))).status).toBe(403)
    await other.json('/form')
    expect((await other.get(send(token))).status).toBe(403)
    for (const wrong of ['', `${token}a`, String(token).replace(/^./, '_').replace(/.$/, '_')]) {
      expect((await user.get(send(wrong))).status).toBe(403)
    }
  })

  it('of before a sign-in are refused after it', async () => {
    const user = (await site(side)).visitor()
    const { token } = await user.json('/form')
    await user.get('/sign-in')
    expect((await user.get(send(token))).status).toBe(403)
    expect((await user.get(send((await user.json('/form')).token))).status).toBe(302)
  })
})

describe.each(sides)('connect-flash on $name', (side) => {
  it('shows messages once, after the redirect', async () => {
    const user = (await site(side)).visitor()
    const { token, messages } = await user.json('/form')
    expect(messages).toEqual([])
    await user.get(send(token))
    expect((await user.json('/form')).messages).toEqual(['thank you', 'and come back'])
    expect((await user.json('/form')).messages).toEqual([])
  })

  it('shows what was put into a session that has just begun', async () => {
    const user = (await site(side)).visitor()
    await user.get('/sign-in')
    expect((await user.json('/form')).messages).toEqual(['welcome'])
  })

  it('makes no session for whoever only looks', async () => {
    const user = (await site(side)).visitor()
    expect(await user.json('/look')).toEqual({ messages: {} })
    expect((await user.get('/look')).setCookies.filter((line) => line.startsWith(side.cookie))).toEqual([])
  })
})
