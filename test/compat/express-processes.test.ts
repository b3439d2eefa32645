import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Browser } from '../../src/testing/internal/browser.ts'
import { drivers } from '../stores/sqlite-bench.ts'
import { twoProcesses } from './two-processes.ts'

const [driver] = drivers

/** One visitor's browser at each server: what one is told, the other sends. */
const servers = () => twoProcesses('express-dropin.mjs', driver as string)

const share = (from: Browser, to: Browser): void =>
  to.jar.take([`connect.sid=${from.jar.get('connect.sid')}; Path=/`], '/')

describe.skipIf(!driver)('the drop-in for express-session in two processes, on a Holdfast store', () => {
  it('keeps what 40 requests write at once', async () => {
    const [a, b] = await servers()
    await a.json('/write?key=first')
    share(a, b)
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? a : b).json(`/write?key=k${i}&wait=${20 + (i % 5)}`)),
    )
    expect(Object.keys(await a.json('/me'))).toHaveLength(41)
  })

  it.each(['login', 'logout'])('a slow write in one does not undo a %s in the other', async (end) => {
    const [a, b, holder] = await servers()
    await a.json('/write?key=first')
    share(a, b)
    const holding = once(holder, 'message')
    const slow = b.json('/write?key=late&hold=1')
    await holding
    await a.json(`/${end}`)
    holder.send('go')
    await slow
    // The slow one's answer brought no cookie, and its session is gone.
    expect(await b.json('/me')).toEqual({})
    expect(await a.json('/me')).toEqual(end === 'login' ? { user: 'alice' } : {})
  })
})
