import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import MongoStore from 'connect-mongo'
import { type Collection, MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { type MongodbFormatOptions, mongodbFormat } from '../../../src/formats/mongodb.ts'
import type { MongodbServer } from '../../servers/mongodb.ts'
import { fresh, PATIENT } from '../../stores/mongodb/open.ts'

/** It has no types of its own. */
interface Cookie {
  expires: Date | null
  maxAge: number | null
  originalMaxAge: number | null
}
const { Cookie } = createRequire(import.meta.url)('express-session') as { Cookie: new () => Cookie }

export interface StoredSession {
  readonly _id: string
  readonly session: unknown
  readonly expires?: unknown
  readonly lastModified?: Date
  readonly createdAt?: Date
  readonly updatedAt?: Date
}

export type TheirOptions = Parameters<typeof MongoStore.create>[0]

/** A session as express-session hands one to a store: with its Cookie, which has a `toJSON`. */
export type TheirSession = Record<string, unknown> & { cookie: Cookie }

export const theirSession = (data: object, maxAge: number | null = 60_000): TheirSession => {
  const cookie = new Cookie()
  if (maxAge !== null) cookie.maxAge = maxAge
  cookie.originalMaxAge = maxAge
  return { cookie, ...data } as TheirSession
}

/** What express-session's own `JSON.stringify` makes of it. */
export const textOf = (theirs: object): string => JSON.stringify(theirs)

/** The real connect-mongo and the format on one collection of a database of its own. */
export const sideBySide = (server: MongodbServer) => {
  const client = new MongoClient(server.url, PATIENT)
  const name = fresh()
  const collection: Collection<StoredSession> = client.db(name).collection<StoredSession>('sessions')
  const second = new MongoClient(server.url, PATIENT)
  onTestFinished(async () => {
    await client.db(name).dropDatabase({ writeConcern: { w: 1 } })
    await client.close()
    await second.close()
  })
  return {
    client,
    collection,
    ours: (options: Omit<MongodbFormatOptions, 'collection'> = {}) => mongodbFormat({ collection, ...options }),
    /** With a client of its own. */
    again: (options: Omit<MongodbFormatOptions, 'collection'> = {}) =>
      mongodbFormat({ collection: second.db(name).collection('sessions'), ...options }),
    theirs: (options: TheirOptions = {}) => {
      const store = MongoStore.create({ client, dbName: name, autoRemove: 'disabled', ...options })
      return {
        store,
        get: promisify(store.get.bind(store)) as unknown as (sid: string) => Promise<TheirSession | null>,
        set: promisify(store.set.bind(store)) as unknown as (sid: string, value: object) => Promise<void>,
        touch: promisify(store.touch.bind(store)) as unknown as (sid: string, value: object) => Promise<void>,
        destroy: promisify(store.destroy.bind(store)) as (sid: string) => Promise<void>,
      }
    },
  }
}
