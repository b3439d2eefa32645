import original from 'koa-session'
import { expect, it, onTestFinished } from 'vitest'
import type { CreateSessionOptions } from '../../src/compat/koa-session.ts'
import type { Browser } from '../../src/testing/internal/browser.ts'
import { startApp } from './koa-app.ts'

const COOKIES = ['koa.sess', 'koa.sess.sig'] as const

/** The same visitor at another server. */
const follow = (from: Browser, to: Browser): void =>
  to.jar.take(
    COOKIES.map((name) => `${name}=${from.jar.get(name)}; path=/`),
    '/',
  )

/** What the drop-in keeps on the stores of koa-session that applications have. `store` is opened once. */
export function koaRules(name: string, store: () => CreateSessionOptions['store'], published = store): void {
  const start = () => startApp({ store: store() }, onTestFinished)

  it(`keeps what 20 requests at once write, on ${name}`, async () => {
    const user = (await start()).visitor()
    await user.json('/act/write?key=first')
    await Promise.all(Array.from({ length: 20 }, (_, i) => user.json(`/act/write?key=k${i}`)))
    expect(Object.keys(await user.json('/me'))).toHaveLength(21)
  })

  it.each(['login', 'logout'])(`does not undo a %s by a slow request, on ${name}`, async (end) => {
    const app = await start()
    const user = app.visitor()
    await user.json('/act/write?key=first')
    const thief = app.visitor()
    follow(user, thief)
    const late = user.get('/act/write?key=late&before=slow')
    await app.reached('slow')
    await user.json(`/act/${end}`)
    app.open('slow')
    expect((await late).setCookies).toEqual([])
    expect(await thief.json('/me')).toEqual({})
    expect(await user.json('/me')).toEqual(end === 'login' ? { first: 1, user: 'alice' } : {})
  })

  it(`shares its sessions with koa-session, on ${name}`, async () => {
    const ours = (await start()).visitor()
    const theirs = (await startApp({ store: published() }, onTestFinished, original)).visitor()
    await ours.json('/act/write?key=ours')
    follow(ours, theirs)
    expect(await theirs.json('/me')).toEqual({ ours: 1 })
    await theirs.json('/act/write?key=theirs')
    expect(await ours.json('/me')).toEqual({ ours: 1, theirs: 1 })
    await ours.json('/act/login')
    expect(await theirs.json('/me')).toEqual({})
    follow(ours, theirs)
    expect(await theirs.json('/me')).toEqual({ ours: 1, theirs: 1, user: 'alice' })
    await theirs.json('/act/logout')
    expect(await ours.json('/me')).toEqual({})
  })
}
