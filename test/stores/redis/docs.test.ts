import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, it } from 'vitest'
import { at, entryAt, HOUR } from '../../../src/testing/internal/bench.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { openForTest } from './open.ts'

const now = Date.now()
const page = await readFile(new URL('../../../docs/stores/redis.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, command]) => command as string)

describeWith('redis', "the operators' commands on the page of the Redis store", () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(() => server?.close())

  /** Runs a command of the page as it stands, with `redis-cli` going to our server. */
  const shell = async (command: string): Promise<string> => {
    const ours = `redis-cli() { command redis-cli -p ${server.port} "$@" < /dev/null; }\n`
    const { stdout } = await promisify(execFile)('bash', ['-c', ours + command])
    return stdout.trim()
  }

  it('count, find and end what the store has written', async () => {
    const { store, end } = await openForTest(server.url, { prefix: 'holdfast:' })
    try {
      await store.ready()
      for (let index = 0; index < 5; index++) {
        const owner = index < 3 ? 'u42' : 'u421'
        await store.insert(`key-${index}`, entryAt(now, { owner, expiresAt: now + HOUR * (5 - index) }), at(now))
      }
      const moved = entryAt(now, { owner: 'u42' })
      await store.insert('moved', moved, at(now))
      await store.update('moved', entryAt(now, { owner: 'u421' }), at(now, { ifRevision: moved.revision }))
      // As it is when the owner's index was not tidied.
      await server.cli('ZADD', 'holdfast:o:u42', String(now + HOUR), 'moved')

      assert.equal(commands.length, 4)
      const [count, find, soon, revoke] = commands as [string, string, string, string]
      assert.equal(await shell(count), '6')
      assert.deepEqual((await shell(find)).split('\n').sort(), ['key-0', 'key-1', 'key-2', 'moved'])
      const [first = ''] = (await shell(soon)).split('\n')
      assert.match(first, /^0{3}\d{13} holdfast:s:(key-4|moved)$/)
      assert.equal(Number(first.split(' ')[0]), now + HOUR)
      await shell(revoke).catch(() => undefined)
      assert.equal(await store.count({ owner: 'u42' }, at(now)), 0)
      assert.equal(await store.count({ owner: 'u421' }, at(now)), 3)
    } finally {
      await end()
    }
  })

  it('names the options, the commands and the keys that there are', () => {
    for (const text of ["'holdfast:'", 'skewTolerance', '60,000', '`wait`', 'holdfast:v:layout']) {
      assert.ok(page.includes(text), text)
    }
  })
})
