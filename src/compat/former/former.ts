import { andThen } from '../../core/answer.ts'
import type { Answer, Store } from '../../index.ts'
import { keyOf } from '../internal/engine.ts'
import { parsedObject } from '../internal/record.ts'

/** The attributes without which a browser does not take a cookie for the one that it has. */
export interface FormerCookie {
  readonly path?: string
  readonly domain?: string
}

/** Where former sessions are. */
export interface FormerCalls {
  load(id: string): Answer<object | null | undefined>
  remove(id: string): Answer<unknown>
}

/** Sessions in a Holdfast store, that a drop-in or a store of `holdfast/formats` has kept there. */
export const ofHoldfast = (store: Store, prefix = ''): FormerCalls => {
  const find = (id: string): string => keyOf(store, prefix + id)
  return {
    load: (id) => andThen(store.get(find(id), { now: Date.now() }), (entry) => entry && parsedObject(entry.value)),
    remove: (id) => store.delete(find(id), { now: Date.now() }),
  }
}

/** By the cookie that is stored with a session: some stores answer what has expired. */
export function isAlive(data: object): boolean {
  const { cookie } = data as { readonly cookie?: { readonly expires?: unknown } }
  const expires = cookie?.expires ? new Date(cookie.expires as string).getTime() : Number.NaN
  return Number.isNaN(expires) || expires > Date.now()
}
