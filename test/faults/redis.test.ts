import { describe } from 'vitest'
import { running } from '../servers/places.ts'
import { redisServer } from '../servers/redis.ts'
import { faultSuite } from './suite.ts'

describe.concurrent('Redis over HTTP', () => {
  for (const store of ['redis', 'ioredis']) {
    faultSuite({
      store,
      kind: 'redis',
      server: () => running(redisServer()),
      can: ['fill', 'readOnly', 'empty', 'maxConnections'],
    })
  }
})
