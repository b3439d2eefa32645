import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isSessionError } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import { openStore } from '../../src/stores/open-store.ts'
import { describeWith } from '../servers/found.ts'
import { mariadbServer } from '../servers/mariadb.ts'
import { mongodbServer } from '../servers/mongodb.ts'
import { running } from '../servers/places.ts'
import { postgresServer } from '../servers/postgres.ts'
import { redisServer } from '../servers/redis.ts'
import { redisCluster } from '../servers/redis-cluster.ts'
import { MASTER_NAME, redisSentinels } from '../servers/redis-sentinel.ts'

const NOW = Date.now()
const now = { now: NOW }
const entry = { value: '{"a":1}', expiresAt: NOW + 60_000, revision: 'r', owner: 'u' }
const modules = join(import.meta.dirname, '../../node_modules')
const PASSWORD = 'hunter2-canary'
const before = process.cwd()

/** An empty project, which is the current directory. */
let project: string

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-open-')))
  process.chdir(project)
})

afterEach(() => {
  process.chdir(before)
  rmSync(project, { recursive: true })
})

const install = (name: string) => {
  const folder = join(project, 'node_modules', name)
  mkdirSync(dirname(folder), { recursive: true })
  symlinkSync(join(modules, name), folder)
}

const failure = async (act: () => unknown) => {
  const error = await Promise.resolve()
    .then(act)
    .then(
      () => expect.fail('it worked'),
      (thrown: unknown) => thrown,
    )
  if (!isSessionError(error)) throw error
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PASSWORD)
  return error
}

/** Keeps an entry, and after `close` there is nothing that would keep the process alive or answer. */
const works = async (url: string, name: string) => {
  const store = await openStore(url)
  expect(store.name).toBe(name)
  await store.ready?.()
  expect(await store.insert('open-store', entry, now)).toBe('inserted')
  expect(await store.get('open-store', now)).toEqual(entry)
  expect(await store.deleteOwned?.({ owner: 'u', limit: 10 }, now)).toEqual(['open-store'])
  await store.close?.()
  await store.close?.()
  expect(await failure(() => store.get('open-store', now))).toMatchObject({ code: 'ERR_SESSION_STORE' })
}

const isAway = async (url: string) => {
  const store = await openStore(url)
  expect(await failure(() => ready(store))).toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
  await store.close?.()
}

const ready = async (store: Store) => store.ready?.()

describe('openStore for servers', () => {
  it.each([
    ['redis://localhost', 'npm install ioredis'],
    ['rediss+cluster://a:1,b:2', 'npm install ioredis'],
    ['redis+sentinel://a:1,b:2/mymaster', 'npm install ioredis'],
    ['postgres://localhost/x', 'npm install pg'],
    ['postgresql://localhost/x', 'npm install pg'],
    ['mysql://localhost/x', 'npm install mysql2'],
    ['mariadb://localhost/x', 'npm install mysql2'],
    ['mongodb://localhost/x', 'npm install mongodb'],
    ['mongodb+srv://example.com/x', 'npm install mongodb'],
  ])('%s says what to install when the driver is missing: %s', async (url, command) => {
    const withPassword = url.replace('//', `//me:${PASSWORD}@`)
    const error = await failure(() => openStore(withPassword))
    expect(error).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
    expect(error.message).toContain(command)
  })

  it('says so when the installed driver does not load', async () => {
    mkdirSync('node_modules/pg', { recursive: true })
    writeFileSync('node_modules/pg/index.js', 'throw new Error("built for another Node")')
    expect((await failure(() => openStore('postgres://localhost/x'))).message).toMatch(/does not load.*npm install pg/)
  })

  it.each([
    'redis:',
    'redis:localhost',
    `redis://me:${PASSWORD}@`,
    `redis://me:${PASSWORD}@host:99999`,
    `redis://me:${PASSWORD}@host/zero`,
    `redis://me:${PASSWORD}@host/0/1`,
    `redis://me:${PASSWORD}@a:1,b:2`,
    `redis://me:${PASSWORD}@host?db=1`,
    `redis://me:%${PASSWORD}@host`,
    `redis+cluster://me:${PASSWORD}@a,b/1`,
    `redis+sentinel://me:${PASSWORD}@a,b`,
    `postgres://me:${PASSWORD}@`,
    `postgres://me:${PASSWORD}@host:port/x`,
    `mysql://me:${PASSWORD}@host`,
    `mysql://me:${PASSWORD}@host/a/b`,
    `mongodb://me:${PASSWORD}@`,
    `mongodb://me:${PASSWORD}@host:port/x`,
  ])('T293 refuses %s without repeating it', async (url) => {
    for (const driver of ['ioredis', 'pg', 'mysql2', 'mongodb']) install(driver)
    expect(await failure(() => openStore(url))).toMatchObject({ code: 'ERR_SESSION_OPTION', option: 'url' })
  })

  it.each([
    ['ioredis', `redis://me:${PASSWORD}@127.0.0.1:1`],
    ['redis', `redis://me:${PASSWORD}@127.0.0.1:1`],
    ['pg', `postgres://me:${PASSWORD}@127.0.0.1:1/x`],
    ['postgres', `postgres://me:${PASSWORD}@127.0.0.1:1/x`],
    ['mysql2', `mysql://me:${PASSWORD}@127.0.0.1:1/x`],
    ['mongodb', `mongodb://me:${PASSWORD}@127.0.0.1:1/x`],
  ])('T180 T293 a server that is not there is a coded error of ready() on %s', async (driver, url) => {
    install(driver)
    if (driver === 'redis') return expect((await openStore(url)).close?.()).resolves.toBeUndefined()
    await isAway(url)
  })
})

describeWith('redis', 'openStore on Redis', () => {
  let url: string
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ url, close } = await running(redisServer({ password: PASSWORD })))
  })
  afterAll(() => close())

  it.each(['ioredis', 'iovalkey', 'redis'])('works with %s, a password and a database number', async (driver) => {
    install(driver)
    await works(`${url}/2`, 'redis')
  })

  it.each(['ioredis', 'redis'])('T201 a wrong password is a coded error on %s', async (driver) => {
    install(driver)
    const store = await openStore(url.replace(PASSWORD, 'wrong'))
    // node-redis goes on trying; the engine's deadline for ready() ends that wait.
    const outcome = await Promise.race([
      failure(() => ready(store)),
      new Promise((resolve) => setTimeout(resolve, 3000, 'still trying')),
    ])
    if (outcome !== 'still trying') expect(outcome).toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(await failure(() => store.get('k', now))).toMatchObject({ code: 'ERR_SESSION_STORE' })
    await store.close?.()
  })
})

describeWith('redis', 'openStore on a Redis Cluster and through Sentinel', () => {
  it.each(['ioredis', 'redis'])('works with %s', async (driver) => {
    install(driver)
    const cluster = await redisCluster()
    try {
      await works(`redis+cluster://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join()}`, 'redis')
    } finally {
      await cluster.close()
    }
    const { sentinels, close } = await redisSentinels()
    try {
      const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join()
      await works(`redis+sentinel://${hosts}/${MASTER_NAME}`, 'redis')
    } finally {
      await close()
    }
  })
})

describeWith('postgres', 'openStore on PostgreSQL', () => {
  it.each(['pg', 'postgres'])('works with %s', async (driver) => {
    install(driver)
    const server = await postgresServer()
    try {
      await works(server.url, 'postgres')
    } finally {
      await server.close()
    }
  })
})

describeWith('mariadb', 'openStore on MariaDB', () => {
  it.each(['mysql', 'mariadb'])('works with mysql2 and %s:', async (scheme) => {
    install('mysql2')
    const server = await running(mariadbServer())
    try {
      await works(server.url.replace(/^\w+/, scheme), 'mysql')
    } finally {
      await server.close()
    }
  })
})

describeWith('mongodb', 'openStore on MongoDB or FerretDB', () => {
  it('works with mongodb', async () => {
    install('mongodb')
    const server = await running(mongodbServer())
    try {
      await works(server.url, 'mongodb')
    } finally {
      await server.close()
    }
  })
})
