import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { io as connect } from 'socket.io-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { COUNTED, countsViews, start, visitor } from './drop-in-program.ts'

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

describe('the examples of the drop-ins', () => {
  it('koa-views: counts, and every response moves the end', async () => {
    const url = await start('koa-views.mjs')
    const user = visitor()
    expect((await user.get(url)).body).toBe('1 views')
    expect((await user.get(url)).body).toBe('2 views')
    const looked = await user.get(`${url}/elsewhere`)
    expect(looked.body).toBe('2 views')
    expect(looked.setCookies.map((line) => line.split('=')[0])).toEqual(['koa.sess', 'koa.sess.sig'])
    expect(looked.setCookies[0]).toContain('expires=')
    const stored = JSON.parse(Buffer.from(user.jar.get('koa.sess') as string, 'base64').toString())
    expect(stored).toMatchObject({ views: 2, _maxAge: 300_000 })
  })

  it('koa-set-get-destroy: puts, shows, ends', async () => {
    const url = await start('koa-set-get-destroy.cjs')
    const user = visitor()
    expect((await user.get(`${url}/get`)).body).toEqual({ isNew: true, user: null })
    expect((await user.get(`${url}/set?name=bob`)).body).toEqual({ saved: 'bob' })
    expect((await user.get(`${url}/get`)).body).toMatchObject({ isNew: false, user: { name: 'bob' } })
    expect((await user.get(`${url}/destroy`)).body).toEqual({ destroyed: true })
    expect(user.jar.get('app.sess')).toBeUndefined()
    expect((await user.get(`${url}/get`)).body).toEqual({ isNew: true, user: null })
  })

  it('koa-move-from: goes on with the session that koa-set-get-destroy has put into the cookie', async () => {
    const before = await start('koa-set-get-destroy.cjs')
    const after = await start('koa-move-from.mjs', { SESSION_DIRECTORY: await folder() })
    const user = visitor()
    await user.get(`${before}/set?name=bob`)
    expect((await user.get(`${after}/get`)).body).toMatchObject({ user: { name: 'bob' } })
    expect(user.jar.header()).toMatch(/^holdfast\.sid=[^;]+$/)
    const old = user.jar.copy()
    expect((await user.get(`${after}/get`)).body).toMatchObject({ isNew: false, user: { name: 'bob' } })
    await user.get(`${after}/destroy`)
    for (const jar of [user.jar, old])
      expect((await visitor(jar).get(`${after}/get`)).body).toMatchObject({ user: null })
  })

  it('express-memorystore: counts by path', async () => {
    const url = await start('express-memorystore.cjs')
    const user = visitor()
    await user.get(`${url}/foo`)
    expect((await user.get(`${url}/foo`)).body).toBe('you viewed this page 2 times')
    expect((await user.get(`${url}/bar`)).body).toBe('you viewed this page 1 times')
    expect((await visitor().get(`${url}/foo`)).body).toBe('you viewed this page 1 times')
  })

  it('express-session-file-store: counts in files', async () => {
    const path = await folder()
    expect(await countsViews('express-session-file-store.cjs', { SESSION_DIRECTORY: path })).toEqual(COUNTED)
    expect(await readdir(path)).toEqual([])
  })

  it('express-connect-sqlite3: counts in a file of SQLite', async () => {
    const file = join(await folder(), 'sessions.db')
    expect(await countsViews('express-connect-sqlite3.cjs', { SQLITE_FILE: file })).toEqual(COUNTED)
  })

  it('express-passport: tells of a wrong password once, signs in with a new id, signs out', async () => {
    const url = await start('express-passport.cjs')
    const user = visitor()
    expect((await user.get(url)).status).toBe(302)
    await user.get(`${url}/login`, { username: 'ada', password: 'wrong' })
    expect((await user.get(`${url}/login`)).body).toEqual({ messages: ['Incorrect username or password.'] })
    expect((await user.get(`${url}/login`)).body).toEqual({ messages: [] })
    const planted = user.jar.get('connect.sid')
    expect((await user.get(`${url}/login`, { username: 'ada', password: 'lovelace' })).status).toBe(302)
    expect(user.jar.get('connect.sid')).not.toBe(planted)
    expect((await user.get(url)).body).toBe('hello, ada')
    const old = user.jar.copy()
    await user.get(`${url}/logout`, {})
    expect((await user.get(url)).status).toBe(302)
    expect((await visitor(old).get(url)).status).toBe(302)
  })

  it('express-socket-io: counts in the session over the socket, which ends with the session', async () => {
    const url = await start('express-socket-io.mjs')
    const user = visitor()
    await user.get(`${url}/sign-in`)
    const socket = connect(url, { extraHeaders: { cookie: user.jar.header() as string }, reconnection: false })
    onTestFinished(() => void socket.close())
    expect(await socket.emitWithAck('message', 'hello')).toBe(1)
    expect(await socket.emitWithAck('message', 'again')).toBe(2)
    expect((await user.get(url)).body).toEqual({ user: 'ada', messages: 2 })
    const over = new Promise((ended) => socket.once('disconnect', ended))
    await user.get(`${url}/sign-out`)
    socket.emit('message', 'late', () => undefined)
    expect(await over).toBe('io server disconnect')
    expect((await user.get(url)).body).toEqual({ user: null, messages: 0 })
  })
})
