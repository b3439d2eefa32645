import { randomBytes } from 'node:crypto'
import type { MongoClientOptions } from 'mongodb'

/** For tests of something else than failures, also on a busy machine. */
export const PATIENT: MongoClientOptions = { serverSelectionTimeoutMS: 20_000 }

/** Short, so that a test of a failure is. */
export const BOUNDED: MongoClientOptions = {
  serverSelectionTimeoutMS: 1000,
  connectTimeoutMS: 1000,
  socketTimeoutMS: 2000,
  waitQueueTimeoutMS: 1000,
}

export const fresh = (): string => `t${randomBytes(8).toString('hex')}`
