import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { redisStore } from '../../../src/stores/redis.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { processRules } from '../../../src/testing/store-rules/processes.ts'
import { type Connect, type Connected, newPrefix } from './open.ts'

export interface Place {
  readonly url: string
  /** Removes everything, so that no test walks over what another one has left. */
  empty(): Promise<unknown>
}

/** The conformance suite for one client. With `alone`, without the rules for several processes, which know no client. */
export function redisSuite(client: string, connect: Connect, place: () => Place, alone = false): void {
  storeSuite({
    describe: (title, body) => {
      if (!alone || title !== processRules.title) describe(title, body)
    },
    it,
    name: `redisStore on ${client}`,
    open: async () => {
      const { url, empty } = place()
      await empty()
      const prefix = newPrefix()
      const opened: Connected[] = []
      const open = async () => {
        const connected = await connect(url.split(','))
        opened.push(connected)
        return redisStore(connected.client, { prefix })
      }
      const close = async () => {
        for (const { end } of opened) await end()
      }
      return { store: await open(), reopen: open, close }
    },
    processes: {
      module: fileURLToPath(new URL('../../children/store-redis.mjs', import.meta.url)),
      address: () => `${place().url}#${client}#${newPrefix()}`,
    },
  })
}
