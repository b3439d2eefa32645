import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { bug, overwrite, type SeededBug } from './bug.ts'

const LIFE = 'the object and its life'

/** Anything about the object that is not one of its methods' answers. */
export const lifeBugs: readonly SeededBug[] = [
  bug('is named after its address', [`${LIFE} > is a plain object`], () => ({ name: 'redis://user:secret@host:6379' })),

  bug('has methods that need the object', [`${LIFE} > works with methods taken off`], (sound) => ({
    get(this: Store, key, call) {
      return this.name ? sound.get(key, call) : undefined
    },
  })),

  bug('makes a note on the call', [`${LIFE} > does not write on what it is given`], (sound) => ({
    get(key, call) {
      if (Object.isExtensible(call)) Object.assign(call, { key })
      return sound.get(key, call)
    },
  })),

  bug('answers twice', [`${LIFE} > settles each answer once`], (sound) => ({
    get: (key, call) =>
      ({
        then(resolve: (entry: unknown) => void) {
          const entry = sound.get(key, call)
          resolve(entry)
          setImmediate(resolve, entry)
        },
      }) as ReturnType<Store['get']>,
  })),

  bug('an aborted write is half there', [`${LIFE} > stays whole when calls are aborted`], (sound) => ({
    update(key, entry, call) {
      const current = sound.get(key, call)
      if (!call.signal?.aborted || current?.revision !== call.ifRevision) return sound.update(key, entry, call)
      overwrite(sound, key, { ...current, value: entry.value }, call.now)
      throw call.signal.reason
    },
  })),

  bug('an aborted call keeps its lock', [`${LIFE} > stays whole when calls are aborted`], (sound) => {
    const locked = new Set<string>()
    return {
      insert(key, entry, call) {
        if (locked.has(key)) throw new Error('locked')
        if (call.signal?.aborted) locked.add(key)
        call.signal?.throwIfAborted()
        return sound.insert(key, entry, call)
      },
    }
  }),

  bug('cannot do without a signal', [`${LIFE} > never looks at a signal`], (sound) => ({
    delete(key, call) {
      if ('signal' in call) (call.signal as AbortSignal).throwIfAborted()
      return sound.delete(key, call)
    },
  })),

  bug('ready begins anew', [`${LIFE} > ready may be called again`], (sound) => ({
    ready() {
      for (const { key } of sound.list({ limit: 1000 }, { now: 0 }).entries) sound.delete(key, { now: 0 })
    },
  })),

  bug('ready cannot be called twice', [`${LIFE} > ready may be called again`], () => {
    let made = false
    return {
      ready() {
        if (made) throw new Error('The table exists already.')
        made = true
      },
    }
  }),

  bug('ping fails', [`${LIFE} > answers a ping`], () => ({
    ping() {
      throw new Error('ping is not a command')
    },
  })),

  bug('answers after close', [`${LIFE} > close, where there is one`], () => ({ close: () => undefined })),

  bug('cannot be closed twice', [`${LIFE} > close, where there is one`], (sound) => {
    let closed = false
    return {
      close() {
        if (closed) throw new Error('The client is closed.')
        closed = true
        sound.close()
      },
    }
  }),

  {
    name: 'deletes in the memory of one object only',
    breaks: [`${LIFE} > another store object`],
    suite: { weaknesses: ['evicts'], processes: { module: 'none', address: () => '' } },
    open: () => {
      const shared = memoryStore()
      const object = (): Store => {
        const deleted = new Set<string>()
        return {
          ...shared,
          close: () => undefined,
          get: (key, call) => (deleted.has(key) ? undefined : shared.get(key, call)),
          delete(key, call) {
            if (!shared.get(key, call) || deleted.has(key)) return 'gone'
            deleted.add(key)
            return 'deleted'
          },
        }
      }
      return { store: object(), reopen: object }
    },
  },
]
