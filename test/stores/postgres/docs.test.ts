import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { postgresSchema } from '../../../src/stores/postgres.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { openForTest } from './open.ts'

const page = readFileSync(new URL('../../../docs/stores/postgres.md', import.meta.url), 'utf8')
const [ddl = '', queries = ''] = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block]) => block)

describeWith('postgres', 'docs/stores/postgres.md', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  it('shows what postgresSchema answers', () => {
    expect(ddl).toBe(postgresSchema())
  })

  it('has queries for operators that find what they say, and the last of which signs a user out', async () => {
    const url = await server.database()
    const { store, close } = await openForTest(url)
    onTestFinished(() => close())
    const now = Date.now()
    const put = (key: string, owner: string | undefined, minutes: number) =>
      store.insert(
        key,
        { value: '{"v":1,"d":{"cart":[1]}}', expiresAt: now + minutes * 60_000, revision: 'r', owner },
        { now },
      )
    await put('some-handle', 'u42', 60)
    await put('soon', 'u42', 2)
    await put('anonymous', undefined, 60)
    await put('expired', 'u1', -1)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())
    const answers = new Map<string, pg.QueryResult>()
    for (const [, title = '', sql = ''] of queries.matchAll(/-- (.*)\n([^;]*;)/g))
      answers.set(title, await client.query(sql))
    const rows = (title: string) => answers.get(title)?.rows
    expect(answers.size).toBe(queries.split('\n').filter((line) => line.startsWith('--')).length)
    expect(rows('how many are signed in or browsing')).toEqual([{ count: '3' }])
    expect(rows('the sessions of one user')).toEqual([
      { key: 'some-handle', expires: new Date(now + 60 * 60_000) },
      { key: 'soon', expires: new Date(now + 2 * 60_000) },
    ])
    expect(rows('expiring within five minutes')).toEqual([{ key: 'soon', owner: 'u42' }])
    expect(rows('what one of them holds')).toEqual([{ data: { cart: [1] } }])
    expect(rows('the users with the most sessions')?.[0]).toEqual({ owner: 'u42', count: '2' })
    expect(answers.get('sign a user out everywhere, at once and for good')?.rowCount).toBe(2)
    expect(rows('how much of the writing is done without touching an index')).toHaveLength(1)
    expect(await store.count({ owner: 'u42' }, { now })).toBe(0)
    expect(await store.count({}, { now })).toBe(1)
  })
})
