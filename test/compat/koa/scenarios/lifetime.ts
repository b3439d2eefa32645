import { type Story, table, topic } from '../scenario.ts'
import { inBothModes } from './modes.ts'

const life: Story[] = table(
  inBothModes({
    'maxAge unset': () => ({}),
    'maxAge undefined': () => ({ maxAge: undefined }),
    'maxAge a number': () => ({ maxAge: 10_000 }),
    'maxAge with a fraction': () => ({ maxAge: 10_000.5 }),
    'maxAge 0': () => ({ maxAge: 0 }),
    'maxAge negative': () => ({ maxAge: -1000 }),
    'maxAge session': () => ({ maxAge: 'session' }),
    'maxAge Infinity': () => ({ maxAge: Number.POSITIVE_INFINITY }),
    'maxAge by its old name': () => ({ maxage: 10_000 }),
    'maxAge by both names': () => ({ maxage: 20_000, maxAge: 10_000 }),
    'maxAge undefined and the old name': () => ({ maxage: 20_000, maxAge: undefined }),
  }),
  { steps: ['/set', '/read', 4000, '/set', '/read', 9000, '/read', 10_001, '/read', '/set', '/read'] },
)

const sliding: Story[] = table(
  inBothModes({
    rolling: () => ({ rolling: true }),
    'rolling with maxAge': () => ({ rolling: true, maxAge: 10_000 }),
    'rolling and session': () => ({ rolling: true, maxAge: 'session' }),
    'renew without maxAge': () => ({ renew: true }),
    'renew with maxAge': () => ({ renew: true, maxAge: 10_000 }),
    'renew and session': () => ({ renew: true, maxAge: 'session' }),
    'renew and rolling': () => ({ renew: true, rolling: true, maxAge: 10_000 }),
  }),
  {
    steps: [
      '/untouched',
      '/read',
      '/set',
      4999,
      '/untouched',
      '/read',
      1,
      '/read',
      1,
      '/read',
      '/untouched',
      '/set',
      5001,
      '/untouched',
      '/read',
      9999,
      '/read',
      10_001,
      '/read',
    ],
  },
)

/** A session that sets its own lifetime. */
const own: Story[] = table(
  inBothModes({
    'a lifetime of its own': () => ({}),
    'a lifetime of its own over maxAge': () => ({ maxAge: 60_000 }),
    'a lifetime of its own over session': () => ({ maxAge: 'session' }),
    'a lifetime of its own and renew': () => ({ maxAge: 60_000, renew: true }),
  }),
  {
    routes: {
      '/browser': (ctx) => {
        ctx.session.kept = true
        ctx.session.maxAge = 'session'
        return String(ctx.session.maxAge)
      },
      '/none': (ctx) => void (ctx.session.maxAge = undefined),
      '/zero': (ctx) => void (ctx.session.maxAge = 0),
      '/object': (ctx) => void (ctx.session = { maxAge: 3000, a: 1 }),
      '/remembered': (ctx, { note }) => note('options', ctx.sessionOptions.maxAge, ctx.session.maxAge),
    },
    steps: [
      '/max-age',
      '/set',
      '/remembered',
      1000,
      '/read',
      2600,
      '/read',
      '/set',
      '/browser',
      '/remembered',
      90_000,
      '/read',
      '/set',
      '/object',
      '/read',
      '/none',
      '/read',
      '/zero',
      '/read',
      5001,
      '/read',
    ],
  },
)

export const lifetime: readonly Story[] = topic('lifetime', [...life, ...sliding, ...own])
