import { andThen } from '../../core/answer.ts'
import type { Answer, Store } from '../../index.ts'
import { type ForeignEntry, foreignStore } from '../internal/foreign-store.ts'
import { memoryOf } from '../internal/store-memory.ts'
import { give } from './cookie.ts'
import { driven } from './generators.ts'
import { type Scene, timeToLive } from './scene.ts'
import type { SessionStore } from './types.ts'

/** Text and numbers that a store answers count as koa-session counts them: as objects with those properties. */
const asObject = (value: unknown): object | undefined => (value ? Object(value) : undefined)

/** Another library's store, for one context: called with what koa-session would call it with. */
export function bridged(scene: Scene): Store {
  const { ctx, opts } = scene
  const store = scene.store as SessionStore
  // Of a ContextStore there is an instance for each context; what they have in common is the class.
  return foreignStore('session', memoryOf(opts.ContextStore ?? store), {
    get: (id) =>
      andThen(driven(store.get(id, opts.maxAge, { ctx, rolling: opts.rolling })), (value) => {
        scene.found = { value }
        return asObject(value)
      }),
    set: (id) =>
      driven(
        store.set(id, scene.outgoing, timeToLive(scene), {
          changed: scene.reason === 'changed',
          ctx,
          rolling: opts.rolling,
        }),
      ),
    touch: () => undefined,
    destroy: (id) => driven(store.destroy(id, { ctx })),
  })
}

/** The cookie as a store of one session. What it is given leaves with the response. */
export function cookieStore(scene: Scene): Store {
  const { ctx, opts } = scene
  return {
    name: 'cookie',

    get(): Answer<ForeignEntry | undefined> {
      let value: unknown
      try {
        value = opts.decode(scene.brought as string)
      } catch (error) {
        if (!(error instanceof Error) || error instanceof SyntaxError) return undefined
        // The next request must not fail for the same cookie. Koa sends no other headers with an error.
        ctx.cookies.set(opts.key, '', opts)
        Reflect.set(error, 'headers', { 'set-cookie': ctx.response.get('set-cookie') })
        throw error
      }
      scene.found = { value }
      const raw = asObject(value)
      return raw && { raw, value: '', revision: '-', expiresAt: Number.MAX_SAFE_INTEGER }
    },

    // At once, as in koa-session: not everybody waits for a save that has nobody to wait for.
    insert() {
      give(scene)
      return 'inserted'
    },
    update() {
      give(scene)
      return { outcome: 'updated' }
    },
    touch: () => 'touched',
    delete: () => 'deleted',
  }
}
