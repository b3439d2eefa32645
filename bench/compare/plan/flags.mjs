// What the command line asks for. A word that is not known is an error that lists the known ones.
import { KINDS, STORES, TARGETS } from './targets.mjs'

/** How much is measured. `closedMs` and `openMs` are the lengths of one round, `limitMs` of everything. */
const DEFAULT = {
  stores: ['memory', 'ioredis', 'node-redis', 'postgres', 'cookie'],
  kinds: ['read', 'write', 'create', 'login', 'parallel'],
  rounds: 5,
  closedMs: 300,
  openRounds: 3,
  openMs: 1000,
  openKinds: ['read', 'write'],
  rate: 400,
  sizes: [200],
  users: [1000],
  connections: 32,
  memorySessions: 20_000,
  counted: 200,
  limitMs: undefined,
}
const QUICK = {
  ...DEFAULT,
  stores: ['memory', 'ioredis', 'cookie'],
  kinds: ['read', 'write'],
  rounds: 3,
  closedMs: 150,
  openRounds: 2,
  openMs: 400,
  users: [200],
  memorySessions: 0,
  counted: 100,
  limitMs: 150_000,
}

const takeValue = (args, name) => {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))
  if (at < 0) return undefined
  const value = args[at].includes('=') ? args[at].slice(args[at].indexOf('=') + 1) : args[at + 1]
  if (!value || value.startsWith('--')) throw new Error(`--${name} needs a value`)
  args.splice(at, args[at].includes('=') ? 1 : 2)
  return value
}

const words = (value, name, known) => {
  const list = value.split(',').filter(Boolean)
  const unknown = list.filter((word) => !(word in known))
  if (unknown.length > 0)
    throw new Error(`--${name}: unknown ${unknown.join(', ')}. There are: ${Object.keys(known).join(', ')}`)
  return list
}

const number = (text, name) => {
  const value = Number(String(text).replace(/^10\^(\d+)$/, '1e$1'))
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name}: not a whole number from 1: ${text}`)
  return value
}
const numbers = (value, name) => value.split(',').map((text) => number(text, name))

/** @returns `{ plan, out }`; throws an Error whose message is for the person at the command line. */
export function readFlags(given) {
  const args = [...given]
  const quick = args.includes('--quick')
  const plan = { quick, ...(quick ? QUICK : DEFAULT) }
  plan.targets = Object.keys(TARGETS)
  const take = (name, set) => {
    const value = takeValue(args, name)
    if (value !== undefined) set(value, name)
  }
  take('targets', (value, name) => {
    plan.targets = words(value, name, TARGETS)
  })
  take('stores', (value, name) => {
    plan.stores = value === 'all' ? Object.keys(STORES) : words(value, name, STORES)
  })
  take('kinds', (value, name) => {
    plan.kinds = value === 'all' ? Object.keys(KINDS) : words(value, name, KINDS)
    plan.openKinds = plan.kinds
  })
  take('sizes', (value, name) => {
    plan.sizes = numbers(value, name)
  })
  take('users', (value, name) => {
    plan.users = numbers(value, name)
  })
  const single = { rounds: 'rounds', rate: 'rate', connections: 'connections', 'closed-ms': 'closedMs' }
  const more = { 'open-ms': 'openMs', 'open-rounds': 'openRounds', 'memory-sessions': 'memorySessions' }
  for (const [flag, member] of Object.entries({ ...single, ...more })) {
    take(flag, (value, name) => {
      plan[member] = number(value, name)
    })
  }
  take('limit', (value, name) => {
    plan.limitMs = 1000 * number(value, name)
  })
  const out = takeValue(args, 'out')
  const rest = args.filter((arg) => arg !== '--quick')
  if (rest.length > 0) throw new Error(`unknown: ${rest.join(' ')}. See docs/benchmarks.md`)
  return { plan, out }
}
