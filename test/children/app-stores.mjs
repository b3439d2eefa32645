// How an application opens each store: the client with the settings that the store's page asks for, so that failures
// stay bounded and the client comes back by itself.
//
//     node app-stores.mjs <store> <address>    makes the store ready: what an operator does once
import { mistaken } from './app-mistakes.mjs'

const stores = {
  async memory() {
    const { memoryStore } = await import('holdfast/memory')
    return { store: memoryStore() }
  },

  async file(directory) {
    const { fileStore } = await import('holdfast/file')
    return { store: fileStore({ directory }) }
  },

  async sqlite(path) {
    const [{ sqliteStore }, { default: Database }] = await Promise.all([import('holdfast/sqlite'), import('libsql')])
    return { store: sqliteStore(new Database(path), { busyTimeout: 20_000 }) }
  },
}

/** The store of this name at this address, and `hog`, which takes all connections of its pool and answers how to give them back. */
export async function openAppStore(kind, address, options) {
  const opened = await stores[kind](address, options)
  return options.mistake ? { ...opened, store: mistaken(opened.store, options.mistake) } : opened
}

if (import.meta.filename === process.argv[1]) {
  const [kind, address] = process.argv.slice(2)
  const { store } = await openAppStore(kind, address, { storeTimeout: 10_000 })
  await store.ready?.()
  process.exit()
}
