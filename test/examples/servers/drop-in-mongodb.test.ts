import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbServer } from '../../servers/mongodb.ts'
import { COUNTED, countsViews } from '../drop-in-program.ts'

describeWith('mongodb', 'the example on MongoDB', () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
    // FerretDB has no indexes that expire, which the store makes by default and needs for its clean-up only.
    server.gate.meddle = (_, name) => (name === 'createIndexes' ? { instead: { ok: 1 } } : undefined)
  })
  afterAll(() => server?.close())

  it('express-connect-mongo: counts', async () => {
    expect(await countsViews('express-connect-mongo.cjs', { MONGODB_URL: server.url })).toEqual(COUNTED)
    const client = new MongoClient(server.url)
    onTestFinished(() => client.close())
    expect(await client.db().collection('sessions').find().toArray()).toEqual([])
  })
})
