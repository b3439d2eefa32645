/** Opens a MySQL or MariaDB store on a pool of its own. */

import { SessionOptionError } from '../../core/errors.ts'
import { fromUrl, readAddress } from './address.ts'
import { closing } from './closing.ts'
import { findDriver } from './driver.ts'
import type { Opener } from './opener.ts'

const EXAMPLE = 'mysql://user:password@localhost:3306/database'
/** Against servers that are away; the store itself bounds what a statement takes. */
const CONNECT_TIMEOUT_MS = 2000

export const openMysql: Opener = async ({ rest, options }) => {
  const { path } = readAddress(rest.replace(/[?#].*$/s, ''), 3306, EXAMPLE)
  if (path.length !== 1) throw new SessionOptionError('url', 'names no database.', `Write it like "${EXAMPLE}".`)
  const driver = findDriver(['mysql2/promise'], 'MySQL or MariaDB')
  const { mysqlStore } = await import('../mysql.ts')
  const settings = { uri: `mysql:${rest}`, connectTimeout: CONNECT_TIMEOUT_MS, enableKeepAlive: true }
  const pool = fromUrl(EXAMPLE, () => driver.exports.createPool(settings))
  return closing(mysqlStore(pool, options), () => pool.end())
}
