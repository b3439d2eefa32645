import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type MongodbStoreOptions, mongodbStore } from '../../../src/stores/mongodb.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh } from './open.ts'

describeWith('mongodb', `the mongodb store on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
  })
  afterAll(() => server.close())

  const urlOf = (database: string) => server.url.replace(/\/holdfast$/, `/${database}`)
  const drop = async (url: string) => {
    const client = new MongoClient(url)
    await client.db().dropDatabase()
    await client.close()
  }
  const processes = (kind: string) => ({
    module: fileURLToPath(new URL('../../children/store-mongodb.mjs', import.meta.url)),
    address: () => `${urlOf(fresh())}#${kind}`,
    remove: (address: string) => drop(address.split('#')[0] as string),
  })

  const onDriver = (title: string, options: MongodbStoreOptions) =>
    storeSuite({
      describe,
      it,
      name: `mongodbStore on ${mongodbProduct()} with ${title}`,
      open: async () => {
        const client = new MongoClient(urlOf(fresh()))
        const open = () => mongodbStore(client, options)
        const close = async () => {
          await client.db().dropDatabase()
          await client.close()
        }
        return { store: open(), reopen: open, close }
      },
      processes: processes(options.values ?? 'text'),
    })

  onDriver('mongodb 7', {})
  onDriver("mongodb 7, values: 'documents'", { values: 'documents' })

  storeSuite({
    describe,
    it,
    name: `mongodbStore on ${mongodbProduct()} with mongoose 9`,
    open: () => {
      // Not open yet: the store waits for it.
      const connection = mongoose.createConnection(urlOf(fresh()))
      const open = () => mongodbStore(connection)
      const close = async () => {
        await connection.dropDatabase()
        await connection.close()
      }
      return { store: open(), reopen: open, close }
    },
    processes: processes('mongoose'),
  })
})
