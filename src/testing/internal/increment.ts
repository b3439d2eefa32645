import type { Store } from '../../core/store.ts'
import { at, entryAt } from './bench.ts'

/** Reads a number, adds one and writes it back until that succeeds, `times` times: what loses updates if anything does. */
export async function increment(store: Store, key: string, times: number, now: number): Promise<void> {
  for (let done = 0; done < times; done += 1) {
    let current = await store.get(key, at(now))
    for (;;) {
      if (!current) throw new Error('The entry that is counted in is not there.')
      const next = entryAt(now, { value: String(Number(current.value) + 1) })
      const answer = await store.update(key, next, at(now, { ifRevision: current.revision }))
      if (answer.outcome === 'updated') break
      if (answer.outcome === 'gone') throw new Error('The entry that is counted in is gone.')
      current = answer.current
    }
  }
}
