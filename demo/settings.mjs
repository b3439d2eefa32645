import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the environment says, with the defaults filled in:
 * `PORT` (3000), `HOST` (127.0.0.1), `STORE_URL`, `SESSION_SECRET`, `DEMO_DATA` (the folder, `.data`).
 */
export async function readSettings(root, env = process.env) {
  const folder = env.DEMO_DATA || join(root, '.data')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    port: readPort(env.PORT),
    // The demo asks for no password, so it is not offered to the network unless somebody says so.
    host: env.HOST || '127.0.0.1',
    storeUrl: env.STORE_URL || (await embeddedStore(folder)),
    // For people. A URL of somebody's own may hold a password, so it is named and not shown.
    place: env.STORE_URL ? 'STORE_URL' : folder,
    secret: env.SESSION_SECRET || keptSecret(join(folder, 'secret')),
  }
}

function readPort(text = '') {
  if (text === '') return 3000
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}".`)
}

/** SQLite where this Node has it, else files. */
async function embeddedStore(folder) {
  const sqlite = await import('node:sqlite').catch(() => undefined)
  return sqlite ? `sqlite:${join(folder, 'sessions.db')}` : `file:${join(folder, 'sessions')}`
}

/** Made once and kept, so that cookies survive a restart. */
function keptSecret(path) {
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < 32) throw new Error(`${path} holds no usable secret. Delete it, and a new one is made.`)
  return secret
}
