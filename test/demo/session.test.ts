import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataFolder, type RunningDemo, startDemo } from './support/demo.ts'
import { visitor } from './support/visitor.ts'

describe('the demo keeps one session for a Koa and an Express application', () => {
  const folder = dataFolder()
  let demo: RunningDemo

  beforeAll(async () => {
    demo = await startDemo(folder.path)
  })
  afterAll(async () => {
    await demo.stop()
    folder.remove()
  })

  const signedIn = async (name: string) => {
    const someone = visitor()
    expect((await someone.post(`${demo.url}/koa/api/sign-in`, { name })).status).toBe(200)
    return someone
  }

  it('counts views on both, with one cookie, and goes on counting after a restart', async () => {
    const someone = visitor()
    const views = async (framework: string) => (await someone.get(`${demo.url}/${framework}/views`)).body
    expect(await views('koa')).toEqual({ views: 1, framework: 'koa' })
    expect(await views('express')).toEqual({ views: 2, framework: 'express' })
    expect(await views('koa')).toEqual({ views: 3, framework: 'koa' })
    expect(await demo.stop()).toBe(0)
    demo = await startDemo(folder.path)
    expect(await views('express')).toEqual({ views: 4, framework: 'express' })
    expect(await views('koa')).toEqual({ views: 5, framework: 'koa' })
  })

  it('counts every one of 20 views that arrive together', async () => {
    const someone = visitor()
    await someone.get(`${demo.url}/koa/views`)
    const frameworks = Array.from({ length: 20 }, (_, index) => (index % 2 ? 'koa' : 'express'))
    const answers = await Promise.all(frameworks.map((framework) => someone.get(`${demo.url}/${framework}/views`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    const counted = answers.map(({ body }) => body.views).sort((a, b) => a - b)
    expect(counted).toEqual(Array.from({ length: 20 }, (_, index) => index + 2))
    expect((await someone.get(`${demo.url}/koa/views`)).body.views).toBe(22)
  })

  it('makes no session for a visitor who stores nothing', async () => {
    const someone = visitor()
    expect((await someone.get(`${demo.url}/express/api/session`)).body.session).toBeNull()
    expect(someone.cookies()).toBeUndefined()
  })

  it('gives a new id at sign-in, keeps what was collected, and the old cookie is worthless', async () => {
    const someone = visitor()
    const before = (await someone.post(`${demo.url}/koa/api/notes`, { text: 'rope' })).body.session
    const thief = someone.copy()
    const after = (await someone.post(`${demo.url}/express/api/sign-in`, { name: 'Ada' })).body.session
    expect(after.id).not.toBe(before.id)
    expect(after.data).toMatchObject({ user: 'Ada', notes: ['rope'] })
    expect((await thief.get(`${demo.url}/koa/api/session`)).body.session).toBeNull()
  })

  it('does not show one user what another one left in the same browser', async () => {
    const someone = await signedIn('Grace')
    await someone.post(`${demo.url}/koa/api/notes`, { text: 'private' })
    const { session } = (await someone.post(`${demo.url}/koa/api/sign-in`, { name: 'Mary' })).body
    expect(session.data).toMatchObject({ user: 'Mary' })
    expect(session.data.notes).toBeUndefined()
  })

  it('lists the browsers of a user, revokes one, and nobody else’s', async () => {
    const [laptop, phone, stranger] = [await signedIn('Edith'), await signedIn('Edith'), await signedIn('Hedy')]
    const own = (await laptop.get(`${demo.url}/koa/api/session`)).body
    expect(own.browsers.map(({ current }: { current: boolean }) => current)).toEqual([true, false])
    const other = own.browsers[1].handle
    expect((await stranger.post(`${demo.url}/koa/api/revoke`, { handle: other })).status).toBe(404)
    expect((await phone.get(`${demo.url}/koa/api/session`)).body.session.data.user).toBe('Edith')
    const left = (await laptop.post(`${demo.url}/express/api/revoke`, { handle: other })).body
    expect(left.browsers).toHaveLength(1)
    expect((await phone.get(`${demo.url}/koa/api/session`)).body.session).toBeNull()
  })

  it('signs out one browser, and everywhere', async () => {
    const [first, second, third] = [await signedIn('Alan'), await signedIn('Alan'), await signedIn('Alan')]
    const [thief, thiefOfThird] = [first.copy(), third.copy()]
    expect((await first.post(`${demo.url}/koa/api/sign-out`)).body.session).toBeNull()
    expect(first.cookies()).toBeUndefined()
    expect((await thief.get(`${demo.url}/koa/api/session`)).body.session).toBeNull()
    expect((await second.get(`${demo.url}/koa/api/session`)).body.session.data.user).toBe('Alan')

    expect((await second.post(`${demo.url}/express/api/sign-out-everywhere`)).body.revoked).toBe(2)
    expect(second.cookies()).toBeUndefined()
    expect((await thiefOfThird.get(`${demo.url}/express/api/session`)).body.session).toBeNull()
  })

  it('tells an anonymous visitor to sign in, and names what is wrong with an input', async () => {
    const someone = visitor()
    expect((await someone.post(`${demo.url}/koa/api/sign-out-everywhere`)).status).toBe(401)
    for (const framework of ['koa', 'express']) {
      expect((await someone.post(`${demo.url}/${framework}/api/sign-in`, { name: '  ' })).status).toBe(400)
      expect((await someone.post(`${demo.url}/${framework}/api/sign-in`, { name: 'x'.repeat(41) })).status).toBe(400)
      expect((await someone.post(`${demo.url}/${framework}/api/sign-in`, { name: { toString: 1 } })).status).toBe(400)
      expect((await someone.post(`${demo.url}/${framework}/api/nothing`)).status).toBe(404)
      expect((await someone.post(`${demo.url}/${framework}/api/constructor`)).status).toBe(404)
    }
    expect(someone.cookies()).toBeUndefined()
  })

  it('T276: refuses changes that another site could have sent', async () => {
    const someone = await signedIn('Joan')
    const json = { 'content-type': 'application/json' }
    const forged: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      {},
      { ...json, origin: 'null' },
      { ...json, origin: 'http://evil.example' },
      { ...json, 'sec-fetch-site': 'cross-site' },
      { ...json, 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of forged) {
      for (const framework of ['koa', 'express']) {
        expect((await someone.post(`${demo.url}/${framework}/api/sign-out`, {}, headers)).status).toBe(403)
      }
      expect((await someone.post(`${demo.url}/lab/run`, { rounds: 1 }, headers)).status).toBe(403)
    }
    expect((await someone.get(`${demo.url}/koa/api/session`)).body.session.data.user).toBe('Joan')
    const own = { ...json, origin: demo.url, 'sec-fetch-site': 'same-origin' }
    expect((await someone.post(`${demo.url}/koa/api/sign-out`, {}, own)).status).toBe(200)
  })
})
