import { type Story, topic } from '../scenario.ts'
import { inBothModes } from './modes.ts'

const settings = inBothModes({
  default: () => ({}),
  rolling: () => ({ rolling: true }),
  renew: () => ({ renew: true, maxAge: 10_000 }),
  session: () => ({ maxAge: 'session' }),
  'no autoCommit': () => ({ autoCommit: false }),
})

const actions = [
  'untouched',
  'touched',
  'same',
  'set',
  'add',
  'delete',
  'empty',
  'replace',
  'null',
  'null-object',
  'max-age',
  'throw',
]

/** Who saves by hand saves at least once; how often is where the two differ, so each has a story of its own. */
const explicit = ['save', 'set-save', 'regenerate', 'set-regenerate', 'manual', 'set-manual', 'set-save-set']

/** What becomes of a new session, a filled one, an old one past half its life, and one that is over. */
const decision = (setting: string, options: NonNullable<Story['options']>, action: string): Story => ({
  name: `${action}, ${setting}`,
  options,
  routes: {
    '/set-manually': async (ctx) => {
      ctx.session.n = 1
      await ctx.session.manuallyCommit()
    },
    '/set-save-set': async (ctx) => {
      ctx.session.n = 10
      await ctx.session.save()
      ctx.session.n = 11
    },
  },
  steps: [
    { path: `/${action}`, browser: 'new' },
    { path: '/read', browser: 'new' },
    setting.startsWith('no autoCommit') ? '/set-manually' : '/set',
    `/${action}`,
    '/read',
    6000,
    { path: `/${action}`, browser: 'new' },
    `/${action}`,
    '/read',
    10_001,
    `/${action}`,
    '/read',
  ],
})

export const decisions: readonly Story[] = topic(
  'decision',
  Object.entries(settings).flatMap(([setting, options]) => actions.map((each) => decision(setting, options, each))),
)

export const explicitSaves: readonly Story[] = topic(
  'explicit',
  Object.entries(settings)
    .filter(([setting]) => /^(default|session)/.test(setting))
    .flatMap(([setting, options]) =>
      explicit.map((each) => {
        const story = decision(setting, options, each)
        return { ...story, steps: story.steps.slice(0, 5) }
      }),
    ),
)
