import { IncomingMessage } from 'node:http'
import { SessionOptionError } from '../../core/errors.ts'
import type { Sessions, Visit } from '../../index.ts'

/**
 * The property under which a framework's object (a request, a context) shows its session. Reading it asks the visit of
 * that object, so a request that never reads it never parses its session.
 */
export interface SessionProperty<Data> {
  /** Shows a visit's session on an object. `home` is where the accessor belongs: the object or its prototype. */
  show(target: object, home: object, shown: Shown<Data>): void
  /** Does the object show a session of this engine already? Throws if it shows one of another engine. */
  isShown(target: object, sessions: Sessions<Data>): boolean
}

export interface Shown<Data> {
  readonly sessions: Sessions<Data>
  readonly visit: Visit<Data>
}

// Registered, so that two copies of the library know each other's accessors.
const OURS = Symbol.for('holdfast.accessor')

export function sessionProperty<Data>(name: string): SessionProperty<Data> {
  const slot = Symbol.for(`holdfast.visit.${name}`)
  type Target = { [slot]?: Shown<Data> }
  const prepared = new WeakSet<object>()

  const accessor: PropertyDescriptor = {
    configurable: true,
    enumerable: true,
    get: Object.assign(
      function (this: Target) {
        return this[slot]?.visit.session
      },
      { [OURS]: true },
    ),
    set(this: Target, value: never) {
      const shown = this[slot]
      if (shown) shown.visit.session = value
      // A request that did not come through this middleware: whoever uses the name there may have it.
      else Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value })
    },
  }

  const define = (target: object): void => {
    const there = descriptorOf(target, name)
    if (there && !(there.get && OURS in there.get)) throw taken(name)
    if (!there) Object.defineProperty(target, name, accessor)
  }

  return {
    show(target, home, shown) {
      if (home === target || Object.hasOwn(target, name)) define(target)
      else if (!prepared.has(home)) {
        define(home)
        prepared.add(home)
      }
      ;(target as Target)[slot] = shown
    },
    isShown(target, sessions) {
      const shown = (target as Target)[slot]
      if (shown && shown.sessions !== sessions) throw taken(name)
      return shown !== undefined
    },
  }
}

const taken = (name: string): SessionOptionError =>
  new SessionOptionError('property', `is "${name}", and that belongs to something else here already.`, HELP)

const HELP = 'Use one engine, or give each its own: session(options, { property: "..." }).'

/**
 * The object on which a request's accessor belongs: its framework's own request prototype, or the request itself where
 * there is none. Never a prototype of Node's, which every other server in the process shares.
 */
export function accessorHome(req: object): object {
  const prototype = Object.getPrototypeOf(req) as object
  return prototype instanceof IncomingMessage ? prototype : req
}

function descriptorOf(target: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = target; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, name)
    if (found) return found
  }
  return undefined
}
