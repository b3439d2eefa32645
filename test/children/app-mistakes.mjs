// Stores that make one mistake, as real ones do: when their server fails, or when several processes use them at once. The
// tests of faults have to notice each.

const wrapped = (store, methods) => Object.assign(Object.create(store), methods)

/** Calls a method, and answers `instead` of throwing. */
const hiding =
  (method, instead) =>
  async (...args) => {
    try {
      return await method(...args)
    } catch {
      return instead
    }
  }

/** Does something before the error of a method goes on. */
const first = (store, act) =>
  wrapped(
    store,
    Object.fromEntries(
      ['get', 'insert', 'update', 'touch', 'delete'].map((name) => [
        name,
        async (...args) => {
          try {
            return await store[name](...args)
          } catch (error) {
            act()
            throw error
          }
        },
      ]),
    ),
  )

let quietUntil = 0

const MISTAKES = {
  'says updated': (store) => wrapped(store, { update: hiding(store.update, { outcome: 'updated' }) }),
  'says inserted': (store) => wrapped(store, { insert: hiding(store.insert, 'inserted') }),
  'says deleted': (store) => wrapped(store, { delete: hiding(store.delete, 'gone') }),
  'says nobody': (store) => wrapped(store, { get: hiding(store.get, undefined) }),
  'holds everybody up': (store) =>
    first(store, () => {
      if (performance.now() < quietUntil) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000)
      quietUntil = performance.now() + 3000
    }),
  'stays broken'(store) {
    let broken = false
    const inner = first(store, () => {
      broken = true
    })
    const get = async (...args) => {
      if (broken) throw new Error('broken for good')
      return inner.get(...args)
    }
    return wrapped(inner, { get })
  },
  'ends the process': (store) =>
    first(store, () => {
      setImmediate(() => {
        throw new Error('nobody handles this')
      })
    }),

  'compares nothing'(store) {
    const update = async (key, entry, call) => {
      const current = await store.get(key, call)
      return store.update(key, entry, { ...call, ifRevision: current?.revision ?? 'none' })
    }
    return wrapped(store, { update })
  },
  'creates on update': (store) =>
    wrapped(store, {
      async update(key, entry, call) {
        const answer = await store.update(key, entry, call)
        if (answer.outcome === 'gone') await store.insert(key, entry, call)
        return answer.outcome === 'gone' ? { outcome: 'updated' } : answer
      },
    }),
  'expires by its own clock'(store) {
    const now = { now: Date.now() }
    const at = (call) => ({ ...call, ...now })
    return wrapped(store, {
      get: (key, call) => store.get(key, at(call)),
      count: (query, call) => store.count(query, at(call)),
    })
  },
  'forgets to delete': (store) =>
    wrapped(store, { delete: async (key, call) => ((await store.get(key, call)) ? 'deleted' : 'gone') }),
}

export const mistaken = (store, mistake) => MISTAKES[mistake](store)
