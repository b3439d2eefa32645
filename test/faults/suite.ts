import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, found, type Kind } from '../servers/found.ts'
import { faultProxy } from '../servers/proxy.ts'
import { application } from './application.ts'
import { fairness } from './fairness.ts'
import { type Ability, FAULTS, type FaultyServer, type Scene } from './faults.ts'
import { type FaultReport, keep } from './report.ts'
import { trial } from './trial.ts'

export interface FaultSuiteOptions {
  /** The store and its client, as `test/children/app-stores.mjs` calls them. */
  readonly store: string
  readonly kind: Kind
  /** A server that is not started yet. */
  readonly server: () => Promise<FaultyServer>
  readonly can: readonly Ability[]
}

const STORE_TIMEOUT_MS = 500
const FOR_MS = 2000
const EVERY_MS = 40

const run = promisify(execFile)
const stores = fileURLToPath(new URL('../children/app-stores.mjs', import.meta.url))

/** Makes tables and indexes from a process of its own. */
export const prepare = async (store: string, url: string): Promise<void> => {
  await run(process.execPath, [stores, store, url], { timeout: 30_000 })
}

/**
 * Every fault on one store, from outside: an application process under steady traffic over HTTP, whose store's
 * connections go through a proxy. One after the other on one server and one process, which is never restarted.
 */
export function faultSuite({ store, kind, server: newServer, can }: FaultSuiteOptions): void {
  describeWith(kind, `T170 T174 T176 T177 T182 T185 faults of ${store}`, () => {
    const reports: FaultReport[] = []
    const open: { close(): unknown }[] = []
    let scene: Scene
    let startAgain: () => Promise<void>

    const opened = <T extends { close(): unknown }>(resource: T): T => {
      open.push(resource)
      return resource
    }

    beforeAll(async () => {
      const fair = opened(fairness())
      const server = opened(await newServer())
      await server.start()
      const proxy = opened(await faultProxy(server.port))
      await prepare(store, server.url)
      const address = server.url.replace(`:${server.port}`, `:${proxy.port}`)
      const start = async () => opened(await application(store, address, { storeTimeout: STORE_TIMEOUT_MS }, fair))
      scene = { server, proxy, app: await start(), prepare: () => prepare(store, server.url) }
      startAgain = async () => {
        await scene.app.close()
        scene = { ...scene, app: await start() }
      }
    })

    afterAll(async () => {
      const { version } = found(kind)
      keep({ store, server: version, storeTimeoutMs: STORE_TIMEOUT_MS, node: process.versions.node, faults: reports })
      for (const each of open.reverse()) await each.close()
    })

    for (const fault of FAULTS) {
      if (fault.needs && !can.includes(fault.needs)) continue
      test.sequential(fault.name, async () => {
        const report = await trial(scene, fault, { storeTimeout: STORE_TIMEOUT_MS, forMs: FOR_MS, everyMs: EVERY_MS })
        reports.push(report)
        // Only after a failure, so that the next fault shows what it does and not what this one did.
        if (Object.keys(report.broken).length > 0) await startAgain()
        expect(report.broken, JSON.stringify(report)).toEqual({})
      })
    }
  })
}
