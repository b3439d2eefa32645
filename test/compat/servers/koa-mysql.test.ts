import original from 'koa-session'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { describeWith } from '../../servers/found.ts'
import { type MariadbServer, mariadbServer } from '../../servers/mariadb.ts'
import { startApp } from '../koa-app.ts'
import { koaRules } from '../koa-on-servers.ts'
import { koaMysqlStore } from './stores.ts'

describeWith('mariadb', 'the drop-in for koa-session on MariaDB', () => {
  let server: MariadbServer
  let theirs: Awaited<ReturnType<typeof koaMysqlStore>>
  beforeAll(async () => {
    server = await mariadbServer()
    await server.start()
    theirs = await koaMysqlStore(server.url)
  })
  afterAll(async () => {
    await theirs?.close()
    await server?.close()
  })

  /** As somebody writes it who knows that koa-session runs no generators. */
  const wrapped = () => {
    type Thunk = (done: (error: unknown, ...values: unknown[]) => void) => void
    const run = async (routine: Generator<Thunk, unknown>) => {
      let step = routine.next()
      while (!step.done) {
        const thunk = step.value
        const value = await new Promise((resolve, reject) => {
          thunk((error, ...values) => (error ? reject(error) : resolve(values)))
        })
        step = routine.next(value as never)
      }
      return step.value
    }
    const { store } = theirs
    return {
      get: (key: string) => run(store.get(key)),
      set: (key: string, data: object, ms: unknown) => run(store.set(key, data, ms)),
      destroy: (key: string) => run(store.destroy(key)),
    }
  }

  koaRules('koa-mysql-session', () => theirs.store, wrapped)

  it('koa-session itself stores nothing there', async () => {
    const user = (await startApp({ store: theirs.store }, onTestFinished, original)).visitor()
    await user.json('/act/write?key=first')
    expect(await user.json('/me')).toEqual({})
  })
})
