import { describe } from 'vitest'
import { mongodbServer } from '../servers/mongodb.ts'
import { running } from '../servers/places.ts'
import { faultSuite } from './suite.ts'

describe.concurrent('MongoDB over HTTP', () => {
  faultSuite({
    store: 'mongodb',
    kind: 'mongodb',
    server: () => running(mongodbServer()),
    can: ['readOnly', 'empty'],
  })
})
