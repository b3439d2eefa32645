import { NOON } from '../../../support/movable-clock.ts'
import { type Story, table, topic } from '../scenario.ts'
import { inBothModes, sealed, stored } from './modes.ts'

const answers: Readonly<Record<string, () => unknown>> = {
  true: () => true,
  false: () => false,
  undefined: () => undefined,
  zero: () => 0,
  text: () => 'yes',
}

const verdicts: Story[] = table(
  inBothModes(
    Object.fromEntries(
      Object.entries(answers).map(([name, verdict]) => [
        `valid answers ${name}`,
        ({ note }) => ({
          valid(ctx: { path: string }, data: unknown) {
            note('valid', ctx.path, data)
            return verdict()
          },
        }),
      ]),
    ),
  ),
  { steps: ['/untouched', '/set', '/untouched', '/read', '/set', '/read', '/null'] },
)

const byData: Story[] = table(
  inBothModes({
    'valid by what the request says': () => ({
      valid: (ctx: { get(name: string): string }, data: { user?: string }) => ctx.get('x-user') === data.user,
      beforeSave: (ctx: { get(name: string): string }, session: { user?: string }) => {
        session.user = ctx.get('x-user')
      },
    }),
  }),
  {
    steps: [
      { path: '/set', headers: { 'x-user': 'one' } },
      { path: '/read', headers: { 'x-user': 'one' } },
      { path: '/read', headers: { 'x-user': 'two' } },
      { path: '/set', headers: { 'x-user': 'two' } },
      { path: '/read', headers: { 'x-user': 'one' } },
    ],
  },
)

const expiry: Story[] = table(inBothModes({ expired: () => ({ maxAge: 1000 }) }), {
  steps: ['/set', 1000, '/untouched', '/read', 1, '/untouched', '/read', '/set', '/read'],
})

const kept = (name: string, data: unknown, action: string): Story => ({
  name: `${name}, then ${action}`,
  options: ({ store, genid }) => ({ store, genid, signed: false }),
  steps: [stored(data), { path: action, cookie: 'koa.sess=k' }, '/read', { path: '/read', cookie: 'koa.sess=k' }],
})

const inStore: Story[] = ['/untouched', '/read', '/set', '/null', '/regenerate'].flatMap((action) => [
  kept('an entry that is over', { a: 1, _expire: NOON - 1 }, action),
  kept('no entry', undefined, action),
  kept('an entry that is null', null, action),
])

const inCookie: Story[] = ['/untouched', '/read', '/set', '/null', '/regenerate'].flatMap((action) =>
  Object.entries({ over: { a: 1, _expire: NOON - 1 }, null: null, 'not JSON': '{"a":', empty: '' }).map(
    ([name, data]) => ({
      name: `a cookie that is ${name}, then ${action}`,
      options: () => ({ signed: false }),
      steps: [{ path: action, cookie: sealed(data) }, '/read'],
    }),
  ),
)

const garbage: Story = {
  name: 'cookies that are garbage',
  options: () => ({ signed: false }),
  steps: ['koa.sess=%%%', 'koa.sess=', 'koa.sess', 'koa.sess=""', 'koa.sess=e30=; koa.sess=eyJhIjoxfQ=='].map(
    (cookie) => ({
      path: '/read',
      cookie,
    }),
  ),
}

export const validity: readonly Story[] = topic('validity', [
  ...verdicts,
  ...byData,
  ...expiry,
  ...inStore,
  ...inCookie,
  garbage,
])
