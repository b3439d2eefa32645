/** What `ready()` does: sees that the keys have the layout of this release, loads the scripts, finds what to warn of. */

import { SessionStoreError } from '../../core/errors.ts'
import { type Calls, text } from './calls.ts'
import type { Driver, Master } from './client.ts'
import { replyWord } from './failure.ts'
import type { Names } from './names.ts'
import { SCRIPTS } from './scripts.ts'

const LAYOUT = '1'

/** How long a server of a cluster that is down may hold up the others. */
const PREPARE_WITHIN_MS = 500

/** Resolves with the warnings. */
export const start = async (driver: Driver, calls: Calls, names: Names): Promise<readonly string[]> => {
  const act = 'make itself ready'
  await checkLayout(act, driver, calls, names)
  const found = new Set<string>()
  const masters = await calls.ask(act, () => driver.masters())
  const preparing = Promise.all(
    masters.map(async (master) => {
      // Neither is needed: a script that the server does not have is sent with the call. So neither a user who may not do
      // this, nor a part of a cluster that is down, keeps the sessions on the other servers from being used.
      const warning = await prepare(master).catch(() => undefined)
      if (warning !== undefined) found.add(warning)
    }),
  )
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PREPARE_WITHIN_MS)
  })
  await Promise.race([preparing, late])
  clearTimeout(timer)
  return [...found]
}

const prepare = async (master: Master): Promise<string | undefined> => {
  await Promise.all(SCRIPTS.map(({ text }) => ifPermitted(master, ['SCRIPT', 'LOAD', text])))
  return evictionOf(master)
}

const checkLayout = async (act: string, { send }: Driver, calls: Calls, { layout }: Names): Promise<void> => {
  const read = () => calls.ask(act, () => send(layout, ['GET', layout]))
  let found = await read()
  if (found === null) {
    try {
      await send(layout, ['SET', layout, LAYOUT, 'NX'])
    } catch (error) {
      // A server that takes no writes for now is no reason not to read. The next start writes it.
      if (replyWord(error) === undefined) throw error
    }
    found = await read()
  }
  if (found === null || text(found) === LAYOUT) return
  const problem = 'The keys of the redis store have a layout that this release of Holdfast does not know.'
  const help = 'Use the release that made them, or another "prefix".'
  throw new SessionStoreError('ERR_SESSION_STORE', `${problem} ${help}`, { help })
}

/** What to say of a server that drops keys when its memory is full. */
const evictionOf = async (master: Master): Promise<string | undefined> => {
  const info = await ifPermitted(master, ['INFO', 'memory'])
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
  const limit = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0)
  if (limit === 0 || policy === undefined || policy === 'noeviction') return undefined
  return (
    `The Redis server drops keys when its memory is full (maxmemory-policy ${policy}), and sessions are among them: ` +
    'users are signed out without reason. Set it to noeviction, and watch the memory.'
  )
}

const ifPermitted = async ({ send }: Master, args: string[]): Promise<string> => {
  try {
    return text(await send(args))
  } catch (error) {
    if (replyWord(error) !== undefined) return ''
    throw error
  }
}
