import { SessionOptionError } from '../../core/errors.ts'
import { isHoldfastStore } from '../internal/engine.ts'

const METHODS = ['get', 'set', 'destroy'] as const

/** Throws unless it is a store that gets, sets and destroys. */
export function checkPlain(store: unknown): void {
  if (isHoldfastStore(store)) {
    throw new SessionOptionError('store', 'is a Holdfast store.', 'It needs no bridge: hand it over as it is.')
  }
  for (const method of METHODS) {
    const member = (store as Partial<Record<string, unknown>> | null | undefined)?.[method]
    if (typeof member !== 'function') throw new SessionOptionError('store', `has no method ${method}.`)
  }
}
