/** Opens a PostgreSQL store on a pool of its own. */

import { fromUrl, readAddress } from './address.ts'
import { closing } from './closing.ts'
import { findDriver } from './driver.ts'
import type { Opener } from './opener.ts'

const EXAMPLE = 'postgres://user:password@localhost:5432/database'
/** So that a server which is away or silent holds nothing up for much longer than `storeTimeout`. */
const CONNECT_TIMEOUT_MS = 2000
const QUERY_TIMEOUT_MS = 3000

export const openPostgres: Opener = async ({ scheme, rest, options }) => {
  // The driver reads the rest: it knows the parameters that may follow, such as sslmode.
  readAddress(rest.replace(/[?#].*$/s, ''), 5432, EXAMPLE)
  const url = `${scheme}:${rest}`
  const driver = findDriver(['pg', 'postgres'], 'PostgreSQL')
  const { postgresStore } = await import('../postgres.ts')
  if (driver.name === 'pg') {
    const timeouts = { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS }
    const settings = { connectionString: url, ...timeouts, keepAlive: true }
    const pool = fromUrl(EXAMPLE, () => new driver.exports.Pool(settings))
    return closing(postgresStore(pool, options), () => pool.end())
  }
  const sql = fromUrl(EXAMPLE, () => driver.exports(url, { connect_timeout: CONNECT_TIMEOUT_MS / 1000 }))
  return closing(postgresStore(sql, options), () => sql.end({ timeout: 1 }))
}
