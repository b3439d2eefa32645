import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { run } from '../harness/run.ts'
import { normalise } from './normalise.ts'
import { seen } from './routes.ts'
import { type Route, type Story, toScenario } from './scenario.ts'
import { koa3, sidesOn } from './sides.ts'

/** What a handler may do, one after the other. Nothing that saves in between: there the two differ on purpose. */
const deeds: Readonly<Record<string, Route>> = {
  set: (ctx) => ctx.session && Object.assign(ctx.session, { a: 1 }),
  'set another': (ctx) => ctx.session && Object.assign(ctx.session, { a: 'two', b: { list: [1, 2] } }),
  'change inside': (ctx) => ctx.session?.b?.list?.push(3),
  delete: (ctx) => ctx.session && delete ctx.session.a,
  'delete another': (ctx) => ctx.session && delete ctx.session.b,
  empty: (ctx) => (ctx.session = {}),
  replace: (ctx) => (ctx.session = { a: 'new', z: [1] }),
  copy: (ctx) => ctx.session && (ctx.session = { ...ctx.session.toJSON() }),
  null: (ctx) => (ctx.session = null),
  short: (ctx) => ctx.session && Object.assign(ctx.session, { maxAge: 2000 }),
  long: (ctx) => ctx.session && Object.assign(ctx.session, { maxAge: 60_000 }),
  look: (ctx, { note }) => note('sees', seen(ctx), Object.keys(ctx.session ?? {})),
  undefined: (ctx) => ctx.session && Object.assign(ctx.session, { none: undefined }),
  'a date': (ctx) => ctx.session && Object.assign(ctx.session, { at: new Date(0) }),
  'a function': (ctx) => ctx.session && Object.assign(ctx.session, { call: () => 1 }),
  hidden: (ctx) => ctx.session && Object.assign(ctx.session, { _hidden: 1 }),
  'a domain': (ctx) => Object.assign(ctx.sessionOptions, { domain: 'x.test' }),
  fail: () => {
    throw new Error('downstream')
  },
}

const request = fc.record({
  browser: fc.constantFrom('a', 'a', 'b'),
  deeds: fc.array(fc.constantFrom(...Object.keys(deeds)), { maxLength: 3 }),
})
const pause = fc.constantFrom(1, 500, 1000, 1001, 2500, 5000, 5001, 12_000)
const options = fc.record(
  {
    maxAge: fc.constantFrom(1000, 5000, 10_000, 'session'),
    rolling: fc.boolean(),
    renew: fc.boolean(),
    signed: fc.boolean(),
    autoCommit: fc.constantFrom(true, true, false),
    prefix: fc.constant('p:'),
  },
  { requiredKeys: [] },
)
const program = fc.record({
  inStore: fc.boolean(),
  counting: fc.boolean(),
  options,
  steps: fc.array(fc.oneof({ weight: 3, arbitrary: request }, pause), { minLength: 2, maxLength: 9 }),
})

type Program = typeof program extends fc.Arbitrary<infer T> ? T : never

const told = ({ inStore, counting, options, steps }: Program): Story => ({
  name: 'a program',
  options: ({ store, genid }) => ({
    ...(inStore ? { store, ...(options.prefix ? {} : { genid }) } : {}),
    ...(counting
      ? { beforeSave: (_: unknown, session: { n?: number }) => void (session.n = (session.n ?? 0) + 1) }
      : {}),
    ...options,
  }),
  routes: Object.fromEntries(
    steps.map((step, index) => [
      `/${index}`,
      async (ctx, stage) => {
        for (const deed of typeof step === 'number' ? [] : step.deeds) await deeds[deed]?.(ctx, stage)
        return 'ok'
      },
    ]),
  ),
  steps: [
    ...steps.map((step, index) => (typeof step === 'number' ? step : { path: `/${index}`, browser: step.browser })),
    '/read',
    { path: '/read', browser: 'b' },
  ],
})

describe('any program', () => {
  it('runs on both alike', { timeout: 60_000 }, async () => {
    const { theirs, ours } = sidesOn(koa3)
    await fc.assert(
      fc.asyncProperty(program, async (each) => {
        const scenario = toScenario(told(each))
        expect(normalise(await run(scenario, ours))).toEqual(normalise(await run(scenario, theirs)))
      }),
      { numRuns: 150, seed: 7 },
    )
  })
})
