import { readFileSync } from 'node:fs'
import { type Db, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeRecord } from '../../../src/core/record.ts'
import { mongodbSchema, mongodbStore } from '../../../src/stores/mongodb.ts'
import { describeWith } from '../../servers/found.ts'
import { type MongodbServer, mongodbProduct, mongodbServer } from '../../servers/mongodb.ts'
import { fresh } from './open.ts'

const page = readFileSync(new URL('../../../docs/stores/mongodb.md', import.meta.url), 'utf8')
const blockAfter = (heading: string): string =>
  /```js\n([\s\S]*?)```/.exec(page.slice(page.indexOf(`\n## ${heading}`)))?.[1] ?? ''

/** The commands of the operators' section, by the comment above each. */
const commands = new Map(
  [...blockAfter('For operators').matchAll(/^\/\/ (.*)\n(.*)$/gm)].map(([, title, command]) => [title, command]),
)

describeWith('mongodb', `the page of the mongodb store, on ${mongodbProduct()}`, () => {
  let server: MongodbServer
  let client: MongoClient
  let database: Db
  const now = Date.now()
  const record = (text: string) =>
    encodeRecord({
      proof: 'p'.repeat(22),
      createdAt: now,
      absoluteAt: now,
      idleTimeout: undefined,
      persistent: undefined,
      renewal: 0,
      renewedAt: now,
      confirmedAt: undefined,
      formers: [],
      text,
    })
  beforeAll(async () => {
    server = await mongodbServer()
    await server.start()
    client = new MongoClient(server.url)
    database = client.db(fresh())
    const store = mongodbStore(database, { values: 'documents' })
    await store.ready()
    const entries = [
      ['soon', { owner: 'u42', expiresAt: now + 120_000, userId: 42 }],
      ['later', { owner: 'u42', expiresAt: now + 3_600_000, userId: 42 }],
      ['other', { owner: 'u43', expiresAt: now + 3_600_000, userId: 43 }],
      ['expired', { owner: 'u43', expiresAt: now - 1, userId: 43 }],
    ] as const
    for (const [key, { owner, expiresAt, userId }] of entries) {
      const entry = { value: record(`{"userId":${userId}}`), expiresAt, revision: key, owner }
      await store.insert(key, entry, { now: now - 2 })
    }
  })
  afterAll(async () => {
    await client.close()
    await server.close()
  })

  /** As much of the shell as the page uses: `db` with its collections as members. The shell has `find(filter, fields)`. */
  const shell = (command: string | undefined): unknown => {
    const db = new Proxy(database, {
      get(_, name) {
        const collection = database.collection(String(name))
        return {
          countDocuments: (filter: object) => collection.countDocuments(filter),
          deleteMany: (filter: object) => collection.deleteMany(filter),
          find: (filter: object, projection: object) => collection.find(filter, { projection }).sort({ _id: 1 }),
        }
      },
    })
    return new Function('db', `return ${command}`)(db)
  }

  it('shows what mongodbSchema returns', () => {
    expect(blockAfter('The collection')).toBe(mongodbSchema())
  })

  it.each([
    ['how many are alive', 3],
    ["a user's sessions", [{ _id: 'later' }, { _id: 'soon' }]],
    ['which end in the next five minutes', [{ _id: 'soon' }]],
    ["by what is in them, with values: 'documents'", [{ _id: 'later', owner: 'u42' }, { _id: 'soon' }]],
    ["end a user's sessions", { deletedCount: 2 }],
  ])('operators: %s', async (title, answer) => {
    const found = await shell(commands.get(title))
    if (typeof answer === 'object') expect(found).toMatchObject(answer)
    else expect(found).toBe(answer)
    if (Array.isArray(answer)) expect(found).toHaveLength(answer.length)
  })

  it('has no other commands', () => {
    expect(commands.size).toBe(5)
  })
})
