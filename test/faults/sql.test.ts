import { describe } from 'vitest'
import { mariadbServer } from '../servers/mariadb.ts'
import { running } from '../servers/places.ts'
import { postgresServer } from '../servers/postgres.ts'
import { faultSuite } from './suite.ts'

describe.concurrent('SQL over HTTP', () => {
  faultSuite({
    store: 'pg',
    kind: 'postgres',
    server: () => postgresServer({ fillable: true }),
    can: ['fill', 'readOnly', 'empty', 'hog'],
  })
  faultSuite({
    store: 'mysql2',
    kind: 'mariadb',
    server: () => running(mariadbServer()),
    can: ['fill', 'readOnly', 'empty', 'hog'],
  })
})
