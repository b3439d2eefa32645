import { describe } from 'vitest'
import { mongodbServer } from '../servers/mongodb.ts'
import { running } from '../servers/places.ts'
import type { FaultyServer } from './scene.ts'
import { faultSuite } from './suite.ts'

/** Where nobody may mount a small disk, without one, and without the fault that fills it. */
async function server(): Promise<FaultyServer> {
  const small = mongodbServer({ smallDisk: true })
  return small.then(
    () => running(small),
    async () => ({ ...(await running(mongodbServer())), canFill: false }),
  )
}

describe.concurrent('MongoDB over HTTP', () => {
  faultSuite({
    store: 'mongodb',
    kind: 'mongodb',
    server,
    can: ['fill', 'readOnly', 'empty'],
    // "Not the primary", says the server, and the driver asks around before it goes on.
    searches: ['read-only'],
  })
})
