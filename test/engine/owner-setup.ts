import type { SessionOptions, Store } from '../../src/index.ts'
import { type Browser, browser } from '../support/browser.ts'
import { type Data, memoryStore, type Setup, setup } from './setup.ts'

export const owner = ({ user }: Data) => user as string

/** A store that counts how often it lists. */
export function countingStore(store: Store = memoryStore()) {
  const counting = { store, lists: 0 }
  counting.store = {
    ...store,
    list(query, call) {
      counting.lists += 1
      return (store.list as NonNullable<Store['list']>)(query, call)
    },
  }
  return counting
}

export const limited = (sessions: number, policy: 'end-oldest' | 'refuse', more: Partial<SessionOptions<Data>> = {}) =>
  setup({ owner, ownerLimit: { sessions, policy }, ...more })

export const newBrowser = ({ sessions, clock }: Setup): Browser<Data> => browser(sessions, { clock })

/** Signs in as applications do; answers the session's handle. */
export async function signIn(user: Browser<Data>, name = 'ada', keep = false): Promise<string> {
  const { result } = await user.request(async (session) => {
    await session.regenerate({ keep })
    session.user = name
    return session.handle
  })
  return result
}

export const whoIs = async (user: Browser<Data>) => (await user.request((session) => session.user)).result

/** So many browsers, signed in one after the other with a second between them. */
export async function signedIn(its: Setup, count: number, name = 'ada'): Promise<Browser<Data>[]> {
  const users = Array.from({ length: count }, () => newBrowser(its))
  for (const user of users) {
    await signIn(user, name)
    its.clock.advance(1000)
  }
  return users
}

export const live = async ({ sessions }: Setup, name = 'ada'): Promise<string[]> =>
  (await sessions.list({ owner: name, limit: 1000 })).sessions.map(({ handle }) => handle).sort()
