import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { createPool, type Pool } from 'mysql2/promise'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MysqlStore, mysqlSchema, mysqlStore } from '../../../src/stores/mysql.ts'
import { describeWith } from '../../servers/found.ts'
import type { MariadbServer } from '../../servers/mariadb.ts'
import { startServer } from './open.ts'

const page = await readFile(new URL('../../../docs/stores/mysql.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql as string)
/** By the comment above each of them. */
const queries = Object.fromEntries(
  [...(blocks[1] ?? '').matchAll(/-- (.*)\n([^;]*;)/g)].map(([, title, sql]) => [title, sql as string]),
)

const shell = async (server: MariadbServer, sql: string): Promise<string[][]> => {
  const where = ['--host=127.0.0.1', `--port=${server.port}`, '--user=holdfast', '--password=secret', 'holdfast']
  // As its people have it: no option of ours but how it prints.
  const { stdout } = await promisify(execFile)('mariadb', ['--no-defaults', '--batch', '-N', ...where, '-e', sql])
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'))
}

describeWith('mariadb', 'docs/stores/mysql.md', () => {
  let server: MariadbServer
  let pool: Pool
  let store: MysqlStore
  const now = Date.now()
  beforeAll(async () => {
    server = await startServer()
    pool = createPool(server.url)
    await shell(server, blocks[0] as string)
    store = mysqlStore(pool)
    await store.ready()
    const put = (key: string, owner: string | undefined, milliseconds: number) =>
      store.insert(key, { value: `{"of":"${key} 漢"}`, expiresAt: now + milliseconds, revision: 'r', owner }, { now })
    await put('some-handle', 'u42', 100_000)
    await put('other-handle', 'u42', 1_000_000)
    await put('expired', 'u42', -5_000)
    await put('of-another', 'Ünal', 1_000_000)
    await put('of-nobody', undefined, 1_000_000)
  })
  afterAll(async () => {
    await pool?.end()
    await server?.close()
  })

  it('has the schema that ready() makes', () => {
    expect(blocks[0]).toBe(mysqlSchema())
  })

  it('has six queries that work in the shell', async () => {
    const ask = (title: string) => shell(server, queries[title] as string)
    expect(Object.keys(queries)).toHaveLength(6)
    expect(await ask('how many are signed in or browsing')).toEqual([['4']])
    const mine = await ask('the sessions of one user')
    expect(mine.map(([handle]) => handle)).toEqual(['expired', 'other-handle', 'some-handle'])
    expect(mine[0]?.[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
    expect(await ask('expiring within five minutes')).toEqual([['some-handle', 'u42']])
    expect(await ask('what one of them holds')).toEqual([['{"of":"some-handle 漢"}']])
    expect(await ask('the users with the most sessions')).toEqual([
      ['u42', '3'],
      ['Ünal', '1'],
    ])
    await ask('sign a user out everywhere, at once and for good')
    expect(await store.get('some-handle', { now })).toBeUndefined()
    expect(await store.count({}, { now })).toBe(2)
  })
})
