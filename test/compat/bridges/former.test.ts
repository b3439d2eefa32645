import assert from 'node:assert/strict'
import { it, onTestFinished } from 'vitest'
import { formerExpressSessions, formerKoaSessions } from '../../../src/compat/bridges/index.ts'
import { EMBEDDED } from '../stores/embedded.ts'
import type { Untyped } from '../stores/open.ts'

for (const [name, open] of Object.entries(EMBEDDED)) {
  it(`formerExpressSessions: a session that ${name} does not have is none, and no failure`, async () => {
    const { store, close } = await open()
    onTestFinished(close)
    const former = formerExpressSessions({ secret: 'keyboard cat', store: store as Untyped })
    assert.equal((await former.load('0'.repeat(32))) ?? undefined, undefined)
  })
}

it('formerKoaSessions: reads and removes with generator functions', async () => {
  const kept = new Map([['koa:sess:id', { n: 1, _expire: Date.now() + 60_000 }]])
  const store: Untyped = {
    *get(id: string) {
      yield Promise.resolve()
      return kept.get(id)
    },
    *destroy(id: string) {
      yield Promise.resolve()
      kept.delete(id)
    },
  }
  const former = formerKoaSessions({ keys: ['keyboard cat'], store, prefix: 'koa:sess:' })
  assert.deepEqual(await former.load('id'), { n: 1 })
  await former.remove('id')
  assert.equal(kept.size, 0)
  assert.equal(await former.load('id'), undefined)
})
