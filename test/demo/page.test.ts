import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataFolder, type RunningDemo, startDemo } from './support/demo.ts'

describe('the page as it is served', () => {
  const folder = dataFolder()
  let demo: RunningDemo

  beforeAll(async () => {
    demo = await startDemo(folder.path, { STORE_URL: 'memory:' })
  })
  afterAll(async () => {
    await demo.stop()
    folder.remove()
  })

  it('allows only its own scripts and styles, and has none inside', async () => {
    const response = await fetch(demo.url)
    const html = await response.text()
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
    expect(html).not.toMatch(/(?:src|href|srcset)="(?:https?:)?\/\//)
  })

  it('serves all that it names, and all that its scripts import', async () => {
    const seen = new Map<string, number>()
    const visit = async (path: string): Promise<void> => {
      if (seen.has(path)) return
      const response = await fetch(demo.url + path)
      seen.set(path, response.status)
      const text = await response.text()
      const named = text.matchAll(/(?:src|srcset|href)="(\/[^"]*)"/g)
      const imported = path.endsWith('.js') ? text.matchAll(/from '(\.[^']+)'/g) : []
      for (const [, found = ''] of [...named, ...imported]) await visit(new URL(found, demo.url + path).pathname)
    }
    await visit('/')
    expect([...seen.values()].every((status) => status === 200)).toBe(true)
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['/style.css', '/page.js', '/lab/tally.js', '/flow.svg']))
  })

  it('serves nothing from outside its folder', async () => {
    const status = (path: string) =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(demo.url)
        request({ hostname, port, path }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    for (const path of ['/../server.mjs', '/..%2fserver.mjs', '//', '/__proto__', '/%', '/lab', '/?x=/koa/views']) {
      expect([path, await status(path)]).toEqual([path, path === '/?x=/koa/views' ? 200 : 404])
    }
  })
})
