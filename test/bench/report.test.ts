import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bench, resultsFolder } from './program.ts'
import { results } from './results.ts'

const folder = resultsFolder()
afterAll(folder.remove)

describe('the report of a comparison, from its JSON alone', () => {
  const json = join(folder.path, 'some.json')
  let html = ''
  beforeAll(async () => {
    writeFileSync(json, JSON.stringify(results))
    const { code, output } = await bench('report', json).ended
    expect(output).toContain('some.html')
    expect(code).toBe(0)
    html = readFileSync(join(folder.path, 'some.html'), 'utf8')
  })
  const words = () =>
    html
      .replace(/<style>[\s\S]*<\/style>/, '')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
  const says = (text: string) => expect(words().includes(text), `the page says: ${text}`).toBe(true)

  it('needs nothing from elsewhere', () => {
    expect(/https?:\/\/|\b(?:src|srcset)=|@import|url\(|<script|<link/.exec(html)?.[0]).toBeUndefined()
    for (const [, target] of html.matchAll(/href="([^"]*)"/g)) {
      expect(target).toMatch(/^#/)
      expect(html.includes(`id="${target!.slice(1)}"`)).toBe(true)
    }
  })

  it('shows what came from elsewhere as text', () => {
    expect(html.includes('A &amp; B &lt;processor&gt;')).toBe(true)
    expect(html.includes('&lt;script&gt;alert(1)')).toBe(true)
  })

  it('has each target with its figures', () => {
    for (const label of [
      'Holdfast on bare http',
      'hand-written minimum',
      'holdfast/express-session',
      'express-session',
    ])
      says(label)
    says('Redis (ioredis): 20 KB each, 1,000 users')
    // Each round less the one of bare http beside it; the middle half.
    says('92 (92 to 93)')
  })

  it('says which difference the rounds show, and greys the other', () => {
    says('Holdfast on bare http: more CPU in 6 of 6 comparisons (at most 42 µs or 84 %')
    says('holdfast/express-session: no difference that these rounds show in 6 of 6 comparisons')
    expect(/<span class="unclear"[^>]*>[−+]?\d/.test(html)).toBe(true)
    expect(/<span class="more">\+42 µs/.test(html)).toBe(true)
  })

  it('says what is lost, what larger sessions cost, and what was left out', () => {
    says('Every change was kept, on every store here, by Holdfast on bare http and holdfast/express-session.')
    says('express-session (95 %)')
    says('Holdfast on bare http on Redis (ioredis), 1,000 users: 200 B 92 µs, 20 KB 92 µs')
    says('cookie, no store, 20 KB, 1,000 users: browsers take 4 KB in a cookie')
  })

  it('says that the run ended early and that the machine was busy', () => {
    says('This run ended early: SIGINT')
    says('The machine was busy before it began')
  })

  it('is refused for other JSON', async () => {
    const other = join(folder.path, 'other.json')
    copyFileSync(join(import.meta.dirname, '../../package.json'), other)
    const { code, output } = await bench('report', other).ended
    expect(output).toContain('not results of this program')
    expect(code).toBe(1)
  })
})
