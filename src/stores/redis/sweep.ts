/**
 * Redis removes an expired record by itself, a moment after its deadline. So there is nothing to sweep as long as the
 * caller's clock is the time of day: walking over everybody's keys would be work for nothing. A caller whose clock is
 * ahead of it gets what was promised: the records that have expired by that clock are removed.
 */

import type { SweepResult } from '../../core/store.ts'
import { type Calls, evaluate, forEach, text } from './calls.ts'
import type { Driver } from './client.ts'
import { replyWord } from './failure.ts'
import { scan } from './listing.ts'
import type { Names } from './names.ts'
import { EXPIRE } from './scripts.ts'

const AHEAD_MS = 1000

export type Sweep = (act: string, limit: number, now: number) => Promise<SweepResult>

export const sweepOf = (driver: Driver, calls: Calls, names: Names): Sweep => {
  // One pass for all callers. Where it stands is lost with the store object, which costs nothing but a new beginning.
  let pending: string[] = []
  let node = 0
  let position = '0'
  let over = false
  let stepping: Promise<unknown> = Promise.resolve()

  const lookFurther = async (count: number): Promise<void> => {
    const masters = await driver.masters()
    const master = masters[node]
    if (master === undefined) {
      over = true
      return
    }
    const { next, keys } = await scan(master, names, position, count)
    pending.push(...keys)
    position = next
    if (next === '0') node++
    over = node >= masters.length
  }

  const expire = async (key: string, now: number): Promise<boolean> => {
    const name = names.record(key)
    try {
      return text(await evaluate(driver, EXPIRE, name, [String(now)])) === '1'
    } catch (error) {
      if (replyWord(error) === 'WRONGTYPE') return false
      throw error
    }
  }

  const step = async (act: string, limit: number, now: number): Promise<SweepResult> => {
    if (pending.length === 0 && !over) await calls.ask(act, () => lookFurther(limit))
    const keys = pending.splice(0, limit)
    const outcomes = await forEach(keys, (key) => calls.ask(act, () => expire(key, now)))
    const more = pending.length > 0 || !over
    if (!more) [node, position, over] = [0, '0', false]
    return { removed: outcomes.filter(Boolean).length, more }
  }

  return (act, limit, now) => {
    calls.admit(act)
    if (now <= Date.now() + AHEAD_MS) return Promise.resolve({ removed: 0, more: false })
    const result = stepping.then(() => step(act, limit, now))
    stepping = result.catch(() => {
      pending = []
      ;[node, position, over] = [0, '0', false]
    })
    return result
  }
}
