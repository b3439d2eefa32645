import { afterAll, beforeAll, describe, it } from 'vitest'
import { fromKoaStore } from '../../../src/compat/bridges/index.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { dropInRules } from '../stores/drop-in.ts'
import { BRIDGED, bridgeSuite } from '../stores/kit.ts'
import { nativeRules } from '../stores/native.ts'
import { koaRedisStore, redisStore } from './stores.ts'

describeWith('redis', "other libraries' stores on Redis", () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(() => server?.close())

  bridgeSuite('connect-redis', () => redisStore(server.url))
  dropInRules('connect-redis', () => redisStore(server.url))
  nativeRules('connect-redis', () => redisStore(server.url))

  // Its keys are the ids, so each opening empties the server.
  storeSuite({
    describe,
    it,
    name: 'fromKoaStore over koa-redis',
    weaknesses: [...BRIDGED, 'volatile'],
    async open() {
      await server.cli('FLUSHALL')
      const { store, close } = koaRedisStore(server.url)
      return { store: fromKoaStore(store), close }
    },
  })
})
