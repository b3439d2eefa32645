import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbServer } from '../../servers/mongodb.ts'
import { dropInRules } from '../stores/drop-in.ts'
import { bridgeSuite } from '../stores/kit.ts'
import { nativeRules } from '../stores/native.ts'
import { mongoStore } from './stores.ts'

describeWith('mongodb', "express-session's stores on MongoDB", () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server?.close())

  bridgeSuite('connect-mongo', () => mongoStore(server.url))
  dropInRules('connect-mongo', () => mongoStore(server.url))
  nativeRules('connect-mongo', () => mongoStore(server.url))
})
