import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MariadbServer, mariadbServer } from '../../servers/mariadb.ts'
import { type PostgresServer, postgresServer } from '../../servers/postgres.ts'
import { COUNTED, countsViews, start, visitor } from '../drop-in-program.ts'
import { minimalProgram } from './koa-minimal-program.ts'

describeWith('postgres', 'the examples on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  it.each([
    ['express-connect-pg-simple.cjs', 'user_sessions'],
    ['express-connect-session-sequelize.cjs', '"Sessions"'],
  ])('%s: counts', async (name, table) => {
    expect(await countsViews(name, { DATABASE_URL: server.url })).toEqual(COUNTED)
    expect(await server.admin(`SELECT * FROM ${table}`)).toEqual([])
  })
})

describeWith('mariadb', 'the examples on MariaDB', () => {
  let server: MariadbServer
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    server = await mariadbServer()
    await server.start()
    const { hostname, port, username, password, pathname } = new URL(server.url)
    env = {
      MYSQL_URL: server.url,
      ...{ MYSQL_HOST: hostname, MYSQL_PORT: port, MYSQL_USER: username, MYSQL_PASSWORD: password },
      MYSQL_DATABASE: pathname.slice(1),
    }
  })
  afterAll(() => server?.close())

  it('express-mysql-session: counts', async () => {
    expect(await countsViews('express-mysql-session.cjs', env)).toEqual(COUNTED)
    expect(await server.admin('SELECT * FROM sessions')).toEqual([])
  })

  it('koa-mysql: goes on where koa-session-minimal and koa-mysql-session stopped, and back', async () => {
    const before = await minimalProgram(server.url)
    const after = await start('koa-mysql.mjs', env)
    const user = visitor()
    expect((await user.get(`${before}/login?name=bob`)).body).toEqual({ user_id: 'bob', count: 0 })
    expect((await user.get(before)).body).toEqual({ user_id: 'bob', count: 1 })
    expect((await user.get(after)).body).toEqual({ user_id: 'bob', count: 2 })
    expect((await user.get(before)).body).toEqual({ user_id: 'bob', count: 3 })
    expect((await user.get(after)).body).toEqual({ user_id: 'bob', count: 4 })
    expect(await server.admin('SELECT id FROM _mysql_session_store')).toHaveLength(1)

    const old = user.jar.copy()
    expect((await user.get(`${after}/logout`)).body).toEqual({ user_id: null, count: 0 })
    expect(user.jar.header()).toBeUndefined()
    for (const url of [before, after]) expect((await visitor(old).get(url)).body).toMatchObject({ user_id: null })
  })

  it('koa-mysql: a sign-in of its own has a new id, which the old program knows', async () => {
    const before = await minimalProgram(server.url)
    const after = await start('koa-mysql.mjs', env)
    const user = visitor()
    await user.get(`${before}/login?name=eve`)
    const old = user.jar.copy()
    await user.get(`${after}/login?name=bob`)
    expect(user.jar.get('USER_SID')).not.toBe(old.get('USER_SID'))
    expect((await user.get(before)).body).toEqual({ user_id: 'bob', count: 1 })
    expect((await user.get(after)).body).toEqual({ user_id: 'bob', count: 2 })
    expect((await visitor(old).get(after)).body).toEqual({ user_id: null, count: 0 })
  })
})
