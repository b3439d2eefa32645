import type { World } from '../../harness/scenario.ts'
import { type Route, type Stage, type Story, topic } from '../scenario.ts'

/** Waits in the handler until the story lets it go on; says when it is there. */
const slow =
  (act: Route): Route =>
  async (ctx, stage) => {
    stage.open(`there ${ctx.path}`)
    await stage.gate(`go ${ctx.path}`)
    return act(ctx, stage)
  }

/** `path` has loaded its session, then the others come and go, then it goes on. */
const overlap =
  (path: string, ...others: string[]) =>
  async (stage: Stage, world: World): Promise<void> => {
    const answer = world.request(path)
    await stage.gate(`there ${path}`)
    for (const other of others) await world.request(other)
    stage.open(`go ${path}`)
    await answer
  }

const routes: Story['routes'] = {
  '/slow-a': slow((ctx) => void (ctx.session.a = 'slow')),
  '/slow-n': slow((ctx) => void (ctx.session.n = 'slow')),
  '/slow-same': slow((ctx) => void ctx.session.n),
  '/slow-delete': slow((ctx) => void delete ctx.session.n),
  '/slow-save': slow(async (ctx) => {
    ctx.session.a = 'slow'
    await ctx.session.save()
  }),
  '/slow-regenerate': slow((ctx) => ctx.session.regenerate()),
  '/slow-null': slow((ctx) => void (ctx.session = null)),
  '/slow-replace': slow((ctx) => void (ctx.session = { replaced: 'slow' })),
  '/b': (ctx) => void (ctx.session.b = 'fast'),
  '/n': (ctx) => void (ctx.session.n = 'fast'),
  '/without-n': (ctx) => void delete ctx.session.n,
}

const race = (name: string, path: string, ...others: string[]): Story => ({
  name,
  options: ({ store, genid }) => ({ store, genid }),
  routes,
  steps: ['/set', overlap(path, ...others), '/read', ({ store, note }) => note('kept', [...store.entries.keys()])],
})

/** Two requests of one session that overlap: the slower one has read before the faster one wrote. */
export const races: readonly Story[] = topic('race', [
  race('two keys', '/slow-a', '/b'),
  race('two keys, three times', '/slow-a', '/b', '/n', '/b'),
  race('one key', '/slow-n', '/n'),
  race('a key and the same key deleted', '/slow-n', '/without-n'),
  race('a deleted key and another', '/slow-delete', '/b'),
  race('nothing changed', '/slow-same', '/b'),
  race('an explicit save', '/slow-save', '/b'),
  race('a logout beside a slow request', '/slow-a', '/null'),
  race('a logout beside a slow request that changes nothing', '/slow-same', '/null'),
  race('a logout beside a slow save', '/slow-save', '/null'),
  race('a logout beside a slow regenerate', '/slow-regenerate', '/null'),
  race('a login beside a slow request', '/slow-a', '/regenerate'),
  race('a slow logout beside a change', '/slow-null', '/b'),
  race('a slow logout beside a login', '/slow-null', '/regenerate'),
  race('two logouts', '/slow-null', '/null'),
  race('a slow replacement beside a change', '/slow-replace', '/b'),
  race('a replacement beside a slow change', '/slow-a', '/replace'),
  {
    name: 'two verbs of one request at once',
    options: ({ store, genid }) => ({ store, genid }),
    routes: {
      '/twice': (ctx) => Promise.all([ctx.session.regenerate(), ctx.session.regenerate()]).then(() => 'ok'),
      '/both': (ctx) => Promise.all([ctx.session.regenerate(), ctx.session.save()]).then(() => 'ok'),
    },
    steps: ['/set', '/twice', '/read', '/both', '/read', ({ store, note }) => note('kept', [...store.entries.keys()])],
  },
  race('an emptied session beside a slow change', '/slow-a', '/empty'),
])
