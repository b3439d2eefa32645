// Which SQLite drivers this Node has, and how each is opened.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const [major] = process.versions.node.split('.').map(Number)

const load = (name) => {
  try {
    return require(name)
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_UNKNOWN_BUILTIN_MODULE') return undefined
    throw error
  }
}

const openers = {
  'node:sqlite': () => {
    const driver = load('node:sqlite')
    return driver && ((file, readOnly) => new driver.DatabaseSync(file, { readOnly }))
  },
  libsql: () => {
    const Database = load('libsql')
    return Database && ((file) => new Database(file))
  },
  'better-sqlite3': () => {
    // Its binary for Node 22 ends the process of Node 20 when it is loaded.
    const Database = major >= 22 ? load('better-sqlite3') : undefined
    return Database && ((file, readonly) => new Database(file, { readonly }))
  },
}

export const everyDriver = Object.keys(openers)

export const openSqlite = (driver, file, readOnly = false) => {
  const open = openers[driver]()
  if (!open) throw new Error(`There is no ${driver} here.`)
  return open(file, readOnly)
}

export const drivers = everyDriver.filter((driver) => openers[driver]() !== undefined)
