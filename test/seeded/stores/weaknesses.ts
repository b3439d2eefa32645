import { memoryStore } from '../../../src/stores/memory.ts'
import type { StoreWeakness } from '../../../src/testing/index.ts'
import { bug, type SeededBug } from './bug.ts'

const OF_MEMORY = ['single-process', 'volatile', 'evicts'] as const

const pretends = (weakness: StoreWeakness): SeededBug => ({
  name: `declares '${weakness}' without need`,
  breaks: [`declared weaknesses > ${weakness}`],
  open: () => ({ store: memoryStore() }),
  suite: { weaknesses: [...new Set([...OF_MEMORY, weakness])], small: () => ({ store: memoryStore() }) },
})

const hides = (method: 'list' | 'count' | 'deleteOwned' | 'sweep' | 'ping', breaks: readonly string[]): SeededBug => ({
  ...bug(`has no ${method} and does not say so`, breaks, () => ({})),
  open: () => {
    const { [method]: _, ...store } = memoryStore()
    return { store }
  },
})

/** Weaknesses that are declared and not there, or there and not declared. */
export const weaknessBugs: readonly SeededBug[] = [
  ...(
    ['evicts', 'lossy-text', 'small-values', 'no-list', 'no-count', 'no-delete-owned', 'no-sweep', 'no-ping'] as const
  ).map(pretends),
  hides('list', ['list > of an empty store', 'list by owner > has all', 'expiry > list']),
  hides('count', ['count > counts', 'expiry > count']),
  hides('deleteOwned', ['deleteOwned > removes every', 'deleteOwned > of several']),
  hides('sweep', ['sweep > removes what', 'expiry > all of this']),
  hides('ping', ['the object and its life > answers a ping']),

  {
    name: "forgets what was evicted only half: the old request's update brings it back",
    breaks: ['declared weaknesses > evicts'],
    open: () => ({ store: memoryStore() }),
    suite: {
      weaknesses: OF_MEMORY,
      small: () => {
        const sound = memoryStore({ maxEntries: 100 })
        return {
          store: {
            ...sound,
            update(key, entry, call) {
              const answer = sound.update(key, entry, call)
              if (answer.outcome === 'gone') sound.insert(key, entry, call)
              return answer
            },
          },
        }
      },
    },
  },

  {
    name: "has no reopen and does not declare 'volatile'",
    breaks: ['the object and its life > another store object', 'races > both hold for two store objects'],
    open: () => ({ store: memoryStore() }),
    suite: { weaknesses: ['evicts'], processes: { module: 'none', address: () => '' } },
  },

  {
    name: "declares 'volatile' and offers reopen",
    breaks: ['the object and its life > is a plain object'],
    open: () => ({ store: memoryStore(), reopen: () => memoryStore() }),
  },
]
