import assert from 'node:assert/strict'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DELETE, INDEX_ADD, INDEX_REMOVE, INSERT, SCRIPTS, TOUCH, UPDATE } from '../../../src/stores/redis/scripts.ts'
import { type NodeRedisClient, redisStore } from '../../../src/stores/redis.ts'
import { collect, failure, find } from '../../seeded/stores/collector.ts'
import { describeWith } from '../../servers/found.ts'
import { type RedisServer, redisServer } from '../../servers/redis.ts'
import { newPrefix } from './open.ts'

interface Mistake {
  readonly name: string
  /** `chapter > title` of the rules of the suite that have to find it. */
  readonly breaks: readonly string[]
  /** Other words in a script. */
  readonly scripts?: readonly { readonly in: { readonly text: string }; readonly from: string; readonly to: string }[]
  /** Other arguments of a plain command. */
  readonly command?: (args: readonly string[]) => readonly string[]
}

const REVISION_CHECK = 'string.sub(h, 41 + n, 40 + n + #ARGV[2]) ~= ARGV[2]'
const LIVE_CHECK = 'not string.find(h, ours) or tonumber(string.sub(h, 5, 20)) <= tonumber(ARGV[1])'
const SERVER_CLOCK = "not string.find(h, ours) or tonumber(string.sub(h, 5, 20)) <= redis.call('TIME')[1] * 1000"

/** Each statement as it is usually written, made from what the store really sends. */
const MISTAKES: readonly Mistake[] = [
  {
    name: 'an insert that is a plain SET',
    breaks: ['insert > never overwrites a live entry', 'races in one process > of 50 inserts of one key'],
    command: (args) => (args[0] === 'SET' ? args.filter((arg) => arg !== 'NX') : args),
  },
  {
    name: 'an insert over whatever is there',
    breaks: ['insert > never overwrites a live entry', 'expiry > insert is "taken" at T-1'],
    scripts: [{ in: INSERT, from: "then return '0' end\nend", to: 'then end\nend' }],
  },
  {
    name: 'an insert that waits for the server to remove what has expired',
    breaks: ['insert > takes the place of an expired entry', 'expiry > insert is "taken" at T-1'],
    scripts: [{ in: INSERT, from: '> tonumber(ARGV[1])', to: '> 0' }],
  },
  {
    name: 'a save that creates (SET without XX) [T214]',
    breaks: ['update > never creates: an unknown key', 'races in one process > after a delete that races updates'],
    scripts: [
      { in: UPDATE, from: LIVE_CHECK, to: 'false' },
      { in: UPDATE, from: 'tonumber(string.sub(h, 37, 40))', to: '(tonumber(string.sub(h, 37, 40)) or 0)' },
      { in: UPDATE, from: REVISION_CHECK, to: `h ~= '' and ${REVISION_CHECK}` },
    ],
  },
  {
    name: 'a save without a look at the revision',
    breaks: ['update > with another revision is a conflict', 'races in one process > 20 writers'],
    scripts: [{ in: UPDATE, from: REVISION_CHECK, to: 'false' }],
  },
  {
    name: 'a revision compared by its first characters',
    breaks: ['update > compares revisions whole'],
    scripts: [
      {
        in: UPDATE,
        from: REVISION_CHECK,
        to: 'string.sub(h, 43 + n, 40 + n + #ARGV[2]) ~= string.sub(ARGV[2], 3)',
      },
    ],
  },
  {
    name: 'a save by the clock of the server',
    breaks: ['expiry > update works at T-1'],
    scripts: [{ in: UPDATE, from: LIVE_CHECK, to: SERVER_CLOCK }],
  },
  {
    name: 'a conflict that says nothing of the winner',
    breaks: ['update > with another revision is a conflict'],
    scripts: [{ in: UPDATE, from: "return redis.call('GET', KEYS[1])", to: "return '0'" }],
  },
  {
    name: 'a save that leaves the index as it was',
    breaks: ['list by owner > follows updates'],
    scripts: [{ in: UPDATE, from: "then return '2' end", to: 'then end' }],
  },
  {
    name: 'an insert that leaves the index to somebody else',
    breaks: ['list by owner > has all entries', 'deleteOwned > removes every entry'],
    scripts: [{ in: INDEX_ADD, from: "redis.pcall('ZADD', k, string.format('%.0f', at), ARGV[1])", to: '1' }],
  },
  {
    name: 'a touch that creates (SETRANGE on nothing)',
    breaks: ['touch > never creates: an unknown key', 'touch > never creates: a deleted entry'],
    scripts: [
      { in: TOUCH, from: LIVE_CHECK, to: 'false' },
      { in: TOUCH, from: 'tonumber(string.sub(h, 37, 40))', to: '(tonumber(string.sub(h, 37, 40)) or 0)' },
      { in: TOUCH, from: REVISION_CHECK, to: `h ~= '' and ${REVISION_CHECK}` },
    ],
  },
  {
    name: 'a touch without a look at the revision',
    breaks: ['touch > with another revision is a conflict'],
    scripts: [{ in: TOUCH, from: REVISION_CHECK, to: 'false' }],
  },
  {
    name: 'a touch that brings back what has expired (EXPIRE without a look)',
    breaks: ['touch > never brings an expired entry back', 'expiry > touch works at T-1'],
    scripts: [{ in: TOUCH, from: LIVE_CHECK, to: 'not string.find(h, ours)' }],
  },
  {
    name: "a touch that moves the server's deadline only",
    breaks: ['touch > moves the deadline on'],
    scripts: [{ in: TOUCH, from: "redis.pcall('SETRANGE', KEYS[1], 4, ARGV[3] .. indexed)", to: '1' }],
  },
  {
    name: 'a delete without a look at the revision',
    breaks: ['delete > with another revision is a conflict', 'races in one process > of an update and a delete'],
    scripts: [{ in: DELETE, from: `and ${REVISION_CHECK}`, to: 'and false' }],
  },
  {
    name: 'a delete that says "deleted" of what has expired',
    breaks: ['delete > answers "gone" the second time', 'expiry > delete works at T-1'],
    scripts: [{ in: DELETE, from: LIVE_CHECK, to: 'not string.find(h, ours)' }],
  },
  {
    name: 'a revocation that believes the index',
    breaks: ['deleteOwned > goes by the owner that the entry has now'],
    scripts: [
      { in: DELETE, from: 'string.sub(h, 37, 40 + n) ~= ARGV[3]', to: 'false' },
      { in: INDEX_REMOVE, from: "redis.call('ZREM', KEYS[1], ARGV[i])", to: 'score = 0' },
    ],
  },
  {
    name: 'names in lower case',
    breaks: ['keys > that differ by case only'],
    command: (args) => [
      ...args.slice(0, 1),
      ...args.slice(1).map((arg) => (arg.includes(':s:') ? arg.toLowerCase() : arg)),
    ],
  },
]

describeWith('redis', 'the store suite finds in the Redis store', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
  })
  afterAll(() => server?.close())

  /** A client that makes the mistake. */
  const clumsy = (client: NodeRedisClient, { scripts = [], command }: Mistake): NodeRedisClient => {
    const texts = new Map(
      SCRIPTS.map(({ sha, text }) => {
        const changed = scripts
          .filter((change) => change.in.text === text)
          .reduce((words, { from, to }) => {
            assert.ok(words.includes(from), `the script has "${from}"`)
            return words.replace(from, () => to)
          }, text)
        return [sha, changed] as const
      }),
    )
    return {
      on: (event, listener) => client.on(event, listener),
      listenerCount: (event) => client.listenerCount(event),
      sendCommand(args) {
        const sent = command ? command(args) : args
        return sent[0] === 'EVALSHA'
          ? client.sendCommand(['EVAL', texts.get(sent[1] as string) as string, ...sent.slice(2)])
          : client.sendCommand([...sent])
      },
    }
  }

  const rulesFor = (mistake: Mistake) => {
    const open = async () => {
      const client = createClient({ url: server.url })
      await client.connect()
      await client.sendCommand(['FLUSHALL'])
      const prefix = newPrefix()
      const make = () => redisStore(clumsy(client, mistake), { prefix })
      return { store: make(), reopen: make, close: () => client.destroy() }
    }
    const never = () => assert.fail('not used')
    return collect({ ...mistake, open: never, suite: { open, weaknesses: ['single-process'] } })
  }

  for (const mistake of MISTAKES) {
    it(`${mistake.name}: found by ${mistake.breaks.join('; ')}`, async () => {
      const rules = rulesFor(mistake)
      for (const name of mistake.breaks) {
        const error = await failure(find(rules, name))
        expect(error, name).toBeInstanceOf(Error)
        // Found by the rule, and not because the changed script does not run.
        expect((error as { readonly code?: string }).code, name).toBe('ERR_ASSERTION')
      }
    })
  }

  it('nothing where there is no mistake', async () => {
    const rules = rulesFor({ name: 'none', breaks: [] })
    const names = new Set(MISTAKES.flatMap(({ breaks }) => breaks))
    for (const name of names) expect(await failure(find(rules, name)), name).toBeUndefined()
  })
})
