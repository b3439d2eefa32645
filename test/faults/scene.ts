import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type FaultProxy, faultProxy } from '../servers/proxy.ts'
import type { ServerProcess } from '../servers/server-process.ts'
import { type Application, application } from './application.ts'

/** A server as the faults need it. */
export interface FaultyServer extends ServerProcess {
  /** Its address, with `127.0.0.1:<port>` in it. */
  readonly url: string
  fill?(): Promise<void>
  /** False: not on this machine. */
  readonly canFill?: boolean
  unfill?(): Promise<void>
  readOnly?(on: boolean): Promise<void>
  maxConnections?(most: number): Promise<void>
  /** Restarts it without any data. */
  empty?(): Promise<void>
}

export interface Scene {
  readonly server: FaultyServer
  /** Between the application and its server. */
  readonly proxy: FaultProxy
  readonly app: Application
  /** The same with a new process of the application, for the fault after one that it did not survive. */
  afresh(): Promise<Scene>
  close(): Promise<void>
}

export interface SceneOptions {
  /** The store and its client, as `test/children/app-stores.mjs` calls them. */
  readonly store: string
  /** One that runs. It is closed with the scene. */
  readonly server: FaultyServer
  readonly storeTimeout: number
  readonly mistake?: string
}

const run = promisify(execFile)
const stores = fileURLToPath(new URL('../children/app-stores.mjs', import.meta.url))

/** Makes tables and indexes from a process of its own. */
export async function prepareStore(store: string, url: string): Promise<void> {
  await run(process.execPath, [stores, store, url], { timeout: 30_000 })
}

export async function openScene({ store, server, storeTimeout, mistake }: SceneOptions): Promise<Scene> {
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(server.url) as unknown as [string, string]
  const proxy = await faultProxy(Number(port))
  const address = server.url.replace(port, String(proxy.port))
  const start = () => application(store, address, { storeTimeout, mistake })

  const sceneWith = (app: Application): Scene => ({
    server,
    proxy,
    app,
    async afresh() {
      await app.close()
      return sceneWith(await start())
    },
    async close() {
      await app.close()
      await proxy.close()
      await server.close()
    },
  })

  try {
    await prepareStore(store, server.url)
    return sceneWith(await start())
  } catch (error) {
    await proxy.close()
    await server.close()
    throw error
  }
}
