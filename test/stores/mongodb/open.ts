import { randomBytes } from 'node:crypto'
import { MongoClient, type MongoClientOptions } from 'mongodb'
import { type MongodbStoreOptions, mongodbStore } from '../../../src/stores/mongodb.ts'

/** Short, so that a test of a failure is. */
export const BOUNDED: MongoClientOptions = {
  serverSelectionTimeoutMS: 1000,
  connectTimeoutMS: 1000,
  socketTimeoutMS: 1500,
  waitQueueTimeoutMS: 1000,
}

export const fresh = (): string => `t${randomBytes(8).toString('hex')}`

/** A store on a client of its own, and what closes both. `ready` has been called. */
export async function openForTest(
  url: string,
  options: MongodbStoreOptions = {},
  client: MongoClientOptions = BOUNDED,
) {
  const opened = new MongoClient(url, client)
  const store = mongodbStore(opened, options)
  await store.ready()
  return { store, client: opened, close: () => opened.close() }
}
