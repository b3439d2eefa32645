/** Opens a MongoDB store on a client of its own. */

import { fromUrl } from './address.ts'
import { closing } from './closing.ts'
import { findDriver } from './driver.ts'
import type { Opener } from './opener.ts'

const EXAMPLE = 'mongodb://user:password@localhost:27017/database'
/** So that a server which is away or silent holds nothing up for much longer than `storeTimeout`. */
const TIMES = {
  serverSelectionTimeoutMS: 2000,
  connectTimeoutMS: 2000,
  socketTimeoutMS: 3000,
  waitQueueTimeoutMS: 2000,
  heartbeatFrequencyMS: 1000,
}

export const openMongodb: Opener = async ({ scheme, rest, options }) => {
  const driver = findDriver(['mongodb'], 'MongoDB')
  const { mongodbStore } = await import('../mongodb.ts')
  // The driver reads the URL: several hosts, SRV records and dozens of parameters may be in it.
  const client = fromUrl(EXAMPLE, () => new driver.exports.MongoClient(`${scheme}:${rest}`, TIMES))
  return closing(mongodbStore(client, options), () => client.close())
}
