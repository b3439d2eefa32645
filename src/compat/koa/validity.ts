import { isLater } from '../../core/answer.ts'
import type { Answer } from '../../index.ts'
import type { Scene } from './scene.ts'

/** Whether what was found may be used. The application hears of what may not. */
export function isUsable(scene: Scene): Answer<boolean> {
  const { ctx, opts, store, found } = scene
  if (!found) return false
  const { value } = found
  const key = store && scene.brought
  const refuse = (event: 'missed' | 'expired' | 'invalid'): false => {
    setImmediate(() => ctx.app.emit(`session:${event}`, { key, value, ctx }))
    return false
  }

  if (!value) return refuse('missed')
  const { _expire: end } = value as { readonly _expire?: unknown }
  if (typeof end === 'number' && end < Date.now()) return refuse('expired')
  const { valid } = opts
  if (typeof valid !== 'function') return true
  const verdict: unknown = valid(ctx, value)
  if (!isLater(verdict)) return verdict ? true : refuse('invalid')
  // A promise is no yes. A cookie is read in the middle of the application's code, which cannot wait.
  if (!store) throw new TypeError('The option valid has to answer at once where sessions are kept in the cookie.')
  return verdict.then((is) => (is ? true : refuse('invalid')))
}
