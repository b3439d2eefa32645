import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
})
