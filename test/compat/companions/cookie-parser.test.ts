import { describe, expect, it } from 'vitest'
import session from '../../../src/compat/express-session.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { type Any, listen, load, type Side, sides } from './programs.ts'

const cookieParser = load('cookie-parser')

/** Counts in the session, and keeps a colour in cookies of its own. */
async function site({ express, session }: Side, parser: Any, place: 'before' | 'after') {
  const app: Any = express()
  const middlewares = [parser, session()]
  for (const each of place === 'before' ? middlewares : middlewares.reverse()) app.use(each)
  app.get('/', (req: Any, res: Any) => {
    req.session.n = (req.session.n ?? 0) + 1
    res.cookie('plain', 'red')
    if (req.secret) res.cookie('sealed', 'blue', { signed: true })
    res.json({ n: req.session.n, plain: req.cookies.plain ?? null, sealed: req.signedCookies.sealed ?? null })
  })
  return listen(app)
}

const parsers: readonly { readonly secret: string | undefined; readonly whose: string }[] = [
  { secret: undefined, whose: 'no secret' },
  { secret: 'keyboard cat', whose: "the session's secret" },
  { secret: 'another one', whose: 'a secret of its own' },
]

describe.each(sides)('cookie-parser beside $name', (side) => {
  it.each(parsers.flatMap((parser) => (['before', 'after'] as const).map((place) => ({ ...parser, place }))))(
    '$place it, with $whose',
    async ({ secret, place }) => {
      const user = (await site(side, cookieParser(secret), place)).visitor()
      expect(await user.json('/')).toEqual({ n: 1, plain: null, sealed: null })
      const sealed = secret === undefined ? null : 'blue'
      expect(await user.json('/')).toEqual({ n: 2, plain: 'red', sealed })
      expect(await user.json('/')).toMatchObject({ n: 3 })
      const forged = user.jar.get(side.cookie)?.replace(/.(?=.{5}$)/, (one) => (one === 'a' ? 'b' : 'a'))
      user.jar.take([`${side.cookie}=${forged}; Path=/`], '/')
      expect(await user.json('/')).toMatchObject({ n: 1 })
    },
  )
})

describe.each([{ secret: 'one' }, { secret: ['new', 'one'] }])('cookie-parser that was given %o', ({ secret }) => {
  it('has the secret for a session without one', async () => {
    const app: Any = sides[0]!.express()
    app.use(cookieParser(secret))
    app.use(session({ resave: false, saveUninitialized: false, store: memoryStore() }))
    app.get('/', (req: Any, res: Any) => {
      req.session.n = (req.session.n ?? 0) + 1
      res.json({ n: req.session.n })
    })
    const user = (await listen(app)).visitor()
    await user.json('/')
    expect(await user.json('/')).toEqual({ n: 2 })
  })
})
