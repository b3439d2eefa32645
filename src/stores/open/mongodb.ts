/** Opens a MongoDB store on a client of its own. */

import { fromUrl } from './address.ts'
import { closing } from './closing.ts'
import { findDriver } from './driver.ts'
import type { Opener } from './opener.ts'

const EXAMPLE = 'mongodb://user:password@localhost:27017/database'
const SELECTION_TIMEOUT_MS = 2000

export const openMongodb: Opener = async ({ scheme, rest, options }) => {
  const driver = findDriver(['mongodb'], 'MongoDB')
  const { mongodbStore } = await import('../mongodb.ts')
  const settings = { serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS, connectTimeoutMS: SELECTION_TIMEOUT_MS }
  // The driver reads the URL: several hosts, SRV records and dozens of parameters may be in it.
  const client = fromUrl(EXAMPLE, () => new driver.exports.MongoClient(`${scheme}:${rest}`, settings))
  return closing(mongodbStore(client, options), () => client.close())
}
