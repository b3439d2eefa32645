import { describe, expect, it } from 'vitest'
import { type ForeignCalls, foreignStore } from '../../src/compat/internal/foreign-store.ts'
import { memoryOf } from '../../src/compat/internal/store-memory.ts'

const call = { now: 0 }
const entry = (revision: string) => ({ value: '{}', revision, expiresAt: 1 })

/** A store that answers when it is told to, of calls in their order. */
function slowStore() {
  const data = new Map<string, object>()
  const answers: (() => void)[] = []
  const later = <T>(act: () => T): Promise<T> => {
    const answer = act()
    return new Promise((resolve) => answers.push(() => resolve(answer)))
  }
  const calls: ForeignCalls = {
    get: (id) => later(() => data.get(id)),
    set: (id) => later(() => void data.set(id, { a: 1 })),
    touch: () => undefined,
    destroy: (id) => later(() => void data.delete(id)),
  }
  const answer = async <T>(asked: PromiseLike<T> | T, which = 0): Promise<T> => {
    answers.splice(which, 1)[0]?.()
    return asked
  }
  return { data, answer, store: foreignStore('other', memoryOf(data), calls) }
}

describe("another library's store", () => {
  it('does not bring back what was read while it was being deleted', async () => {
    const { data, answer, store } = slowStore()
    await answer(store.insert('id', entry('r1'), call))
    const reader = foreignStore('other', memoryOf(data), {
      // What it answers it has seen before the deletion.
      get: () => new Promise((resolve) => setTimeout(resolve, 20, { a: 1 })),
      set: (id) => void data.set(id, { back: 1 }),
      touch: () => undefined,
      destroy: () => undefined,
    })
    const ending = store.delete('id', call)
    const reading = reader.get('id', call)
    expect(await answer(ending)).toBe('deleted')
    const found = await reading
    expect(found).toBeDefined()
    const again = { ...call, ifRevision: found?.revision as string }
    expect(await reader.update('id', entry('r2'), again)).toEqual({ outcome: 'gone' })
    expect(data.size).toBe(0)
  })

  it('ends a session on a condition only if this process has not written it since, and has not ended it', async () => {
    const { data, answer, store } = slowStore()
    await answer(store.insert('id', entry('r1'), call))
    const old = { ...call, ifRevision: 'r0' }
    expect(await store.delete('id', old)).toBe('conflict')
    expect(data.size).toBe(1)
    const present = { ...call, ifRevision: 'r1' }
    expect(await answer(store.delete('id', present))).toBe('deleted')
    expect(data.size).toBe(0)
    expect(await store.delete('id', present)).toBe('gone')
  })
})
