import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, found, type Kind } from '../servers/found.ts'
import { type Ability, FAULTS } from './faults.ts'
import { type FaultReport, keep } from './report.ts'
import { type FaultyServer, openScene, type Scene } from './scene.ts'
import { trial } from './trial.ts'

export interface FaultSuiteOptions {
  /** The store and its client, as `test/children/app-stores.mjs` calls them. */
  readonly store: string
  readonly kind: Kind
  /** A server that runs. */
  readonly server: () => Promise<FaultyServer>
  /** Evaluated when the tests are named, before there is a server. */
  readonly can: readonly Ability[]
  /**
   * Faults after whose first failure the client looks for another server before it sends anything, so that what would
   * work has to wait, too. Default: none.
   */
  readonly searches?: readonly string[]
}

const STORE_TIMEOUT_MS = 500
const FOR_MS = 2000
const EVERY_MS = 40

/**
 * Every fault on one store, from outside: an application process under steady traffic over HTTP, whose store's
 * connections go through a proxy. One after the other on one server and one process, which is never restarted.
 */
export function faultSuite({ store, kind, server, can, searches = [] }: FaultSuiteOptions): void {
  describeWith(kind, `T170 T174 T176 T177 T182 T185 faults of ${store}`, () => {
    const faults: FaultReport[] = []
    let scene: Scene

    beforeAll(async () => {
      scene = await openScene({ store, server: await server(), storeTimeout: STORE_TIMEOUT_MS })
    })

    afterAll(async () => {
      const { version } = found(kind)
      keep({ store, server: version, storeTimeoutMs: STORE_TIMEOUT_MS, node: process.versions.node, faults })
      await scene?.close()
    })

    for (const { works, ...fault } of FAULTS) {
      if (fault.needs && !can.includes(fault.needs)) continue
      test.sequential(fault.name, { timeout: 90_000 }, async ({ skip }) => {
        if (fault.needs === 'fill' && scene.server.canFill === false) skip('nothing can be filled on this machine')
        const isFelt = works === undefined || searches.includes(fault.name)
        const report = await trial(scene, isFelt ? fault : { ...fault, works }, {
          storeTimeout: STORE_TIMEOUT_MS,
          forMs: FOR_MS,
          everyMs: EVERY_MS,
        })
        faults.push(report)
        // Only after a failure, so that the next fault shows what it does and not what this one did.
        if (Object.keys(report.broken).length > 0) scene = await scene.afresh()
        expect(report.broken, JSON.stringify(report)).toEqual({})
      })
    }
  })
}
