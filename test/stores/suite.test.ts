import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import * as nodeTest from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, it } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import { STORE_WEAKNESSES, type StoreSuiteOptions, storeSuite } from '../../src/testing/index.ts'

const withRunner = (runner: Pick<StoreSuiteOptions, 'describe' | 'it'>): StoreSuiteOptions => ({
  ...runner,
  name: 'memoryStore',
  open: () => ({ store: memoryStore() }),
  small: () => ({ store: memoryStore({ maxEntries: 100 }) }),
  weaknesses: ['single-process', 'volatile', 'evicts'],
})

/** A runner that only writes down. */
function listing() {
  const titles: string[] = []
  const bodies: (() => Promise<void>)[] = []
  const suite = withRunner({
    describe: (title, body) => {
      titles.push(title)
      body()
    },
    it: (title, body) => {
      titles.push(title)
      bodies.push(body)
    },
  })
  return { suite, titles, bodies }
}

describe('the store suite', () => {
  it('says in the title which rules a declared weakness leaves out', () => {
    const { suite, titles } = listing()
    storeSuite(suite)
    const leftOut = titles.filter((title) => title.includes('not promised'))
    assert.equal(leftOut.filter((title) => title.includes('(not promised: volatile)')).length, 1)
    assert.equal(leftOut.filter((title) => title.includes('(not promised: volatile, single-process)')).length, 1)
    assert.equal(leftOut.filter((title) => title.includes('(not promised: single-process)')).length, 8)
    assert.equal(leftOut.length, 10)
  })

  it("leaves rules out with the runner's own skip where it has one", () => {
    const { suite } = listing()
    const skipped: string[] = []
    const skip = (title: string) => skipped.push(title)
    storeSuite({ ...suite, it: Object.assign(() => undefined, { skip }) })
    assert.ok(
      skipped.some((title) => title.startsWith('another store object') && title.endsWith('(not promised: volatile)')),
    )
  })

  it('says of each declared weakness what it means', () => {
    const { suite, titles } = listing()
    storeSuite(suite)
    for (const weakness of suite.weaknesses ?? []) {
      assert.ok(
        titles.some((title) => title.startsWith(`${weakness}: ${STORE_WEAKNESSES[weakness]}`)),
        weakness,
      )
    }
  })

  it('has its weaknesses in the documentation, word by word', async () => {
    const page = await readFile(new URL('../../docs/testing.md', import.meta.url), 'utf8')
    for (const [weakness, meaning] of Object.entries(STORE_WEAKNESSES)) {
      assert.ok(page.includes(`| \`${weakness}\` | ${meaning} |`), weakness)
    }
  })

  it('has no two rules of one title in a chapter', () => {
    let chapter = ''
    const seen: string[] = []
    const { suite } = listing()
    storeSuite({
      ...suite,
      describe: (title, body) => {
        chapter = title
        body()
      },
      it: (title) => seen.push(`${chapter} > ${title}`),
    })
    assert.equal(new Set(seen).size, seen.length)
    assert.ok(seen.length > 100)
  })

  it('refuses a weakness that it does not know, and names those that it knows', () => {
    const { suite } = listing()
    const weaknesses = ['single-proces' as 'single-process']
    assert.throws(() => storeSuite({ ...suite, weaknesses }), {
      code: 'ERR_SESSION_OPTION',
      message: /"weaknesses" has "single-proces"\. Known are: single-process, volatile/,
    })
  })

  it('refuses a store that says nothing about processes, or two things', () => {
    const { suite } = listing()
    const processes = { module: 'child.mjs', address: () => '' }
    assert.throws(() => storeSuite({ ...suite, processes }), { code: 'ERR_SESSION_OPTION', option: 'processes' })
    const weaknesses = ['volatile', 'evicts'] as const
    assert.throws(() => storeSuite({ ...suite, weaknesses }), { code: 'ERR_SESSION_OPTION', option: 'processes' })
  })

  it('refuses a small store without evicts, and evicts without a small store', () => {
    const { small, ...suite } = listing().suite
    assert.throws(() => storeSuite(suite), { code: 'ERR_SESSION_OPTION', option: 'small' })
    const weaknesses = ['single-process', 'volatile'] as const
    assert.throws(() => storeSuite({ ...suite, small: small!, weaknesses }), { option: 'small' })
  })

  it('closes the store and then what belongs to it, after each rule, also after one that fails', async () => {
    const { suite, bodies } = listing()
    const closed: string[] = []
    storeSuite({
      ...suite,
      open: () => {
        const store = memoryStore()
        return {
          store: { ...store, insert: () => 'taken', close: () => void closed.push('store') },
          close: () => closed.push('client'),
        }
      },
    })
    const [first] = bodies.slice(1)
    await assert.rejects(first!)
    assert.deepEqual(closed, ['store', 'client'])
  })

  it("runs under Node's own test runner", async () => {
    // That its types fit is checked by the compiler.
    withRunner(nodeTest)
    const child = fileURLToPath(new URL('../children/store-node-test.mjs', import.meta.url))
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout } = await promisify(execFile)(process.execPath, ['--test-reporter=tap', child], { env })
    assert.match(stdout, /^# pass 1\d\d$/m)
    assert.match(stdout, /^# fail 0$/m)
    assert.match(stdout, /^# skipped 12$/m)
  })
})
