import { type Story, table, topic } from '../scenario.ts'
import { inBothModes } from './modes.ts'

class Cart {
  items = 1
  get total(): number {
    return 5
  }
  pay(): void {}
}

/** Everything that somebody may put into `ctx.session`. */
const values: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  text: () => 'text',
  'a number': () => 7,
  false: () => false,
  'a function': () => () => {},
  'a symbol': () => Symbol('s'),
  'an empty object': () => ({}),
  'an object': () => ({ a: 1, b: { c: [2] } }),
  'an object without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'an object with inherited keys': () => Object.assign(Object.create({ inherited: 1 }), { a: 1 }),
  'an array': () => ['x', 'y'],
  'an empty array': () => [],
  'a date': () => new Date(0),
  'a map': () => new Map([['a', 1]]),
  'an instance': () => new Cart(),
  'hidden keys': () => ({ _hidden: 1, isNew: 2, a: 3 }),
  'isNew true': () => ({ isNew: true }),
  _expire: () => ({ _expire: 5, a: 1 }),
  _requireSave: () => ({ _requireSave: true }),
  _maxAge: () => ({ _maxAge: 5000 }),
  _session: () => ({ _session: true, a: 1 }),
  maxAge: () => ({ maxAge: 5000 }),
  'maxAge session': () => ({ maxAge: 'session', a: 1 }),
  'dates and undefined inside': () => ({ at: new Date(0), none: undefined, nan: Number.NaN }),
  'an object with toJSON of its own': () => ({ a: 1, inner: { toJSON: () => 'short' } }),
}

const all: Story[] = table(inBothModes({ 'of every kind': () => ({}) }), {
  routes: Object.fromEntries(
    Object.entries(values).map(([name, value], index) => [
      `/${index}`,
      (ctx, { note }) => {
        note('=', name)
        try {
          ctx.session = value()
        } catch (error) {
          note('throws', error)
          return
        }
        note('sees', ctx.session && { ...ctx.session }, ctx.session?.isNew, ctx.session?.maxAge)
      },
    ]),
  ),
  steps: Object.keys(values).flatMap((_, index) => [
    '/set',
    `/${index}`,
    '/read',
    { path: `/${index}`, browser: String(index) },
    { path: '/read', browser: String(index) },
  ]),
})

const sequences: Story[] = table(inBothModes({ 'one after the other': () => ({}) }), {
  routes: {
    '/two': (ctx) => {
      ctx.session = { a: 1 }
      ctx.session = { b: 2 }
    },
    '/self': (ctx) => {
      ctx.session.s = 1
      // biome-ignore lint/correctness/noSelfAssign: the setter copies
      ctx.session = ctx.session
    },
    '/self-new': (ctx, { note }) => {
      const before = ctx.session
      ctx.session = before
      note('another object', before === ctx.session)
    },
    '/kept': (ctx, { note }) => {
      const before = ctx.session
      ctx.session = { c: 3 }
      before.late = true
      note('kept', before.toJSON(), ctx.session.toJSON(), ctx.session.externalKey)
    },
    '/null-null': (ctx) => {
      ctx.session = null
      ctx.session = null
    },
    '/after-null': (ctx, { note }) => {
      ctx.session = null
      note('is', ctx.session)
      try {
        ctx.session.a = 1
      } catch (error) {
        note('throws', (error as Error).name)
      }
      ctx.session = { revived: true }
      note('key', ctx.session.externalKey)
    },
    '/object-null': (ctx) => {
      ctx.session = { a: 1 }
      ctx.session = null
    },
    '/same-content': (ctx) => {
      ctx.session = { ...ctx.session.toJSON() }
    },
    '/reordered': (ctx) => {
      ctx.session = Object.fromEntries(Object.entries(ctx.session.toJSON()).reverse())
    },
  },
  steps: [
    '/set',
    '/two',
    '/read',
    '/self',
    '/self-new',
    '/kept',
    '/same-content',
    '/add',
    '/reordered',
    '/after-null',
    '/read',
    '/object-null',
    '/set',
    '/null-null',
    '/read',
  ],
})

export const assignment: readonly Story[] = topic('ctx.session =', [...all, ...sequences])
