import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../../src/core/store.ts'
import { statementsFor } from '../../../src/stores/postgres/statements.ts'
import { type PgClient, postgresStore } from '../../../src/stores/postgres.ts'
import { collect, failure, find } from '../../seeded/stores/collector.ts'
import { describeWith } from '../../servers/found.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'

const TABLE = 'holdfast_sessions'
const sql = statementsFor(`"${TABLE}"`)
type Name = keyof typeof sql
const POOL = 20

type Query = (text: string, values: (string | null)[]) => Promise<string[][]>

interface Mistake {
  readonly name: string
  readonly breaks: readonly string[]
  /** Statements as they are usually written, with the parameters of ours. */
  readonly sql?: Partial<Record<Name, string>>
  /** For a race that comes out well unless the winner takes its time. */
  readonly slow?: boolean
  readonly store?: (sound: Store, query: Query) => Partial<Store>
}

const columns = 'expires_at, revision, owner, value'
const excluded =
  'expires_at = excluded.expires_at, revision = excluded.revision, owner = excluded.owner, value = excluded.value'
const done = 'RETURNING NULL::bigint, NULL::text, NULL::text, NULL::text'
const replaced = (text: string, part: string, by = '') => {
  if (!text.includes(part)) throw new Error(`"${part}" is not in ${text}`)
  return text.replaceAll(part, by)
}
const instead = (name: Name, part: string, by: string) => replaced(sql[name].text, part, by)

const MISTAKES: readonly Mistake[] = [
  {
    name: 'insert is an upsert [T214]',
    breaks: ['insert > never overwrites a live entry', 'races in one process > of 50 inserts of one key'],
    sql: { insert: instead('insert', 'old.expires_at <= $2::bigint', '$2::bigint IS NOT NULL') },
  },
  {
    name: 'insert leaves alone what is there, even if it has expired',
    breaks: ['insert > takes the place of an expired entry', 'expiry > insert is "taken" at T-1'],
    sql: {
      insert:
        `INSERT INTO ${TABLE} (key, ${columns}) SELECT $1::text, $3::bigint, $4::text, $5::text, $6::text ` +
        'WHERE $2::bigint IS NOT NULL ON CONFLICT (key) DO NOTHING RETURNING 1',
    },
  },
  {
    name: 'a save is an upsert [T214]',
    breaks: ['update > never creates: an unknown key', 'update > never creates: a deleted entry'],
    sql: {
      update:
        `INSERT INTO ${TABLE} AS old (key, ${columns}) SELECT $1::text, $4::bigint, $5::text, $6::text, $7::text ` +
        `WHERE $2::bigint IS NOT NULL AND $3::text IS NOT NULL ON CONFLICT (key) DO UPDATE SET ${excluded} ${done}`,
    },
  },
  {
    name: 'update does not look at the revision',
    breaks: ['update > with another revision is a conflict', 'races in one process > of 50 updates'],
    sql: { update: instead('update', 'revision = $3::text RETURNING', '$3::text IS NOT NULL RETURNING') },
  },
  {
    name: 'update does not look at the deadline',
    breaks: ['expiry > update works at T-1'],
    sql: { update: instead('update', 'expires_at > $2::bigint', '$2::bigint IS NOT NULL') },
  },
  {
    name: 'a save reads, compares and writes',
    breaks: ['races in one process > of 50 updates', 'races in one process > 20 writers'],
    store: (sound) => ({
      async update(key, entry, call) {
        const current = await sound.get(key, call)
        if (!current) return { outcome: 'gone' }
        if (current.revision !== call.ifRevision) return { outcome: 'conflict', current }
        await sound.delete(key, call)
        await sound.insert(key, entry, call)
        return { outcome: 'updated' }
      },
    }),
  },
  {
    name: 'update says in a conflict what its snapshot showed, which may be from before the winner',
    breaks: ['races in one process > of 50 updates'],
    slow: true,
    store: (_, query) => ({
      async update(key, entry, { now, ifRevision }) {
        const values = [
          key,
          String(now),
          ifRevision,
          String(entry.expiresAt),
          entry.revision,
          entry.owner ?? null,
          entry.value,
        ]
        const [row] = await query(sql.update.text, values)
        if (!row) return { outcome: 'gone' }
        const [expiresAt, revision, owner, value] = row as [string, string | null, string | null, string]
        if (revision === null) return { outcome: 'updated' }
        return {
          outcome: 'conflict',
          current: { value, expiresAt: Number(expiresAt), revision, ...(owner && { owner }) },
        }
      },
    }),
  },
  {
    name: 'touch makes what is not there',
    breaks: ['touch > never creates: an unknown key', 'touch > never creates: a deleted entry'],
    sql: {
      touch:
        `INSERT INTO ${TABLE} AS old (key, ${columns}) SELECT $1::text, $4::bigint, $3::text, NULL, '{}' ` +
        'WHERE $2::bigint IS NOT NULL ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at ' +
        'RETURNING NULL::bigint, NULL::text',
    },
  },
  {
    name: 'touch does not look at the revision',
    breaks: ['touch > with another revision is a conflict'],
    sql: { touch: instead('touch', 'revision = $3::text RETURNING', '$3::text IS NOT NULL RETURNING') },
  },
  {
    name: 'touch only lengthens',
    breaks: ['touch > can bring the deadline nearer', 'touch > ends the entry'],
    sql: { touch: instead('touch', 'expires_at = $4::bigint', 'expires_at = greatest(expires_at, $4::bigint)') },
  },
  {
    name: 'delete does not look at the revision',
    breaks: ['delete > with another revision is a conflict', 'races in one process > of an update and a delete'],
    sql: { deleteIf: instead('deleteIf', 'revision = $3::text RETURNING', '$3::text IS NOT NULL RETURNING') },
  },
  {
    name: 'delete removes what has expired, and says so',
    breaks: ['delete > answers "gone" the second time', 'expiry > delete works at T-1'],
    sql: { delete: instead('delete', 'expires_at > $2::bigint', '$2::bigint IS NOT NULL') },
  },
  {
    name: 'delete goes by a pattern',
    breaks: ['delete > leaves all other entries alone'],
    sql: { delete: instead('delete', 'key = $1::text', `key LIKE $1::text || '%'`) },
  },
  {
    name: 'get goes by the clock of the server',
    breaks: ["expiry > it is the caller's clock that counts", 'expiry > get finds it at T-1'],
    sql: {
      get: instead(
        'get',
        'expires_at > $2::bigint',
        'expires_at > extract(epoch FROM now()) * 1000 AND $2::bigint > 0',
      ),
    },
  },
  {
    name: 'keys are compared without regard to case',
    breaks: ['keys > that differ by case only'],
    sql: { get: `${instead('get', 'key = $1::text', 'lower(key) = lower($1::text)')} ORDER BY key` },
  },
  {
    name: 'keys are compared as patterns',
    breaks: ['keys > with pattern characters'],
    sql: { get: `${instead('get', 'key = $1::text', 'key LIKE $1::text')} ORDER BY key` },
  },
  {
    name: 'deadlines are kept in seconds',
    breaks: ['expiry > deadlines are kept to the millisecond', 'insert > makes a new entry'],
    sql: { insert: instead('insert', '$3::bigint', '$3::bigint / 1000 * 1000') },
  },
  {
    name: 'values are cut at 64 KiB [T212]',
    breaks: ['values > a value of 1 MiB'],
    sql: { insert: instead('insert', '$6::text', 'left($6::text, 65536)') },
  },
  {
    name: 'values lose the spaces at their ends',
    breaks: ['values > text comes back exactly: empty'],
    sql: { insert: instead('insert', '$6::text', 'btrim($6::text)') },
  },
  {
    name: 'owners are compared without regard to case',
    breaks: ['list by owner > has the entries of exactly this owner'],
    sql: { listOwner: instead('listOwner', 'owner = $1::text', 'lower(owner) = lower($1::text)') },
  },
  {
    name: 'list goes on at the cursor, not after it',
    breaks: ['list > has every entry when nothing changes'],
    sql: { list: instead('list', 'key > $1::text', 'key >= $1::text') },
  },
  {
    name: 'list is not in the order of its cursor',
    breaks: ['list > has every entry when nothing changes'],
    sql: { list: instead('list', 'ORDER BY key', 'ORDER BY md5(key)') },
  },
  {
    name: 'count counts what has expired',
    breaks: ['expiry > count has it at T-1'],
    sql: { count: instead('count', 'expires_at > $1::bigint', '$1::bigint > 0') },
  },
  {
    name: 'sweep takes the whole minute that now is in',
    breaks: ['sweep > removes what has expired, says how many, and never removes a live entry'],
    sql: { sweep: instead('sweep', 'AND expires_at <= $1::bigint ', '') },
  },
  {
    name: 'sweep takes everything at once',
    breaks: ['sweep > removes at most `limit` entries'],
    sql: { sweep: instead('sweep', 'LIMIT $2::int', 'LIMIT greatest($2::int, 1000)') },
  },
  {
    name: 'deleteOwned takes everything at once',
    breaks: ['deleteOwned > takes no more than `limit`'],
    sql: { deleteOwned: instead('deleteOwned', 'LIMIT $4::int', 'LIMIT greatest($4::int, 1000)') },
  },
  {
    name: 'deleteOwned ends the one that is to stay',
    breaks: ['deleteOwned > leaves'],
    sql: {
      deleteOwned: instead('deleteOwned', '($3::text::jsonb)', '($3::text::jsonb) LIMIT 0'),
    },
  },
]

describeWith('postgres', 'the store suite finds each usual form of the statements', () => {
  let server: PostgresServer
  let pool: pg.Pool
  beforeAll(async () => {
    server = await postgresServer()
    pool = new pg.Pool({ connectionString: server.url, max: POOL })
    await postgresStore(pool).ready()
  })
  afterAll(async () => {
    await pool?.end()
    await server?.close()
  })

  /** Until the test is over, an update holds its row for a while before it writes. */
  const slowDown = async () => {
    await pool.query(`CREATE OR REPLACE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$`)
    await pool.query(`CREATE TRIGGER slow BEFORE UPDATE ON ${TABLE} FOR EACH ROW EXECUTE FUNCTION dawdle()`)
    onTestFinished(async () => void (await pool.query(`DROP TRIGGER slow ON ${TABLE}`)))
    // All connections of the pool are made, so that all who race are under way when the first has won.
    await Promise.all(Array.from({ length: POOL }, () => pool.query('SELECT pg_sleep(0.1)')))
  }

  const seeded = ({ name, breaks, sql: statements = {}, store: mistake }: Mistake) => {
    const texts = new Map(Object.entries(statements).map(([of, text]) => [sql[of as Name].text, text]))
    const client: PgClient = {
      query: ({ text, values = [], rowMode }) => pool.query({ text: texts.get(text) ?? text, values, rowMode }),
    }
    const query: Query = async (text, values) =>
      (await pool.query({ text, values, rowMode: 'array' })).rows as string[][]
    const make = (): Store => {
      const sound = postgresStore(client)
      return { ...sound, ...mistake?.(sound, query) }
    }
    const open = async () => {
      await pool.query(`TRUNCATE ${TABLE}`)
      return { store: make(), reopen: make }
    }
    return { name, breaks, open: open as never, suite: { open, weaknesses: ['single-process' as const] } }
  }

  it('and none in the statements as they are, sent through the same client', async () => {
    const rules = collect(seeded({ name: 'none', breaks: [] }))
    for (const rule of MISTAKES.flatMap(({ breaks }) => breaks.map((name) => find(rules, name)))) {
      expect(await failure(rule), `${rule.chapter} > ${rule.title}`).toBeUndefined()
    }
  })

  for (const mistake of MISTAKES) {
    it(`${mistake.name}: found by ${mistake.breaks.join('; ')}`, async () => {
      if (mistake.slow) await slowDown()
      const rules = collect(seeded(mistake))
      for (const name of mistake.breaks) {
        const error = await failure(find(rules, name))
        expect(error, name).toBeInstanceOf(Error)
        expect(error, 'not because the server refuses the statement').not.toMatchObject({ code: 'ERR_SESSION_STORE' })
      }
    })
  }
})
