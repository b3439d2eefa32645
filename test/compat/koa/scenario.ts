import type { RequestListener } from 'node:http'
import { inspect } from 'node:util'
import type { Recorder } from '../harness/recorder.ts'
import type { World as HarnessWorld, RequestStep, Scenario } from '../harness/scenario.ts'
import { routes as shared } from './routes.ts'
import type { App, Ctx, Middleware, SessionFactory, Side } from './sides.ts'

/** One story that is told to both implementations, on every version of Koa. */
export interface Story {
  /** Unique within its topic. */
  readonly name: string
  /** The session's options, made anew for each telling. Default none: cookie mode. */
  readonly options?: (stage: Stage) => unknown
  /** `app.keys`; null leaves them out. Default two keys. */
  readonly keys?: unknown
  /** How the middleware gets into the application. Default `app.use(session(options, app))`. */
  readonly mount?: (app: App, session: SessionFactory, stage: Stage) => void
  /** Middleware before the session's. */
  readonly before?: (stage: Stage) => Middleware
  /** Handlers by path, before those that all stories share. */
  readonly routes?: Readonly<Record<string, Route>>
  readonly steps: readonly Step[]
}

export type Route = (ctx: Ctx, stage: Stage) => unknown

/** A path, a request with particulars, ms by which the clock moves on, or anything else. */
export type Step = string | number | RequestStep | ((stage: Stage, world: HarnessWorld) => unknown)

/** What a story has in its hand while it is told. */
export interface Stage {
  /** Writes down a line, in order with the calls of the store. */
  note(label: string, ...values: unknown[]): void
  /** Ids in order: `id1`, `id2`, ... Each call is written down. */
  readonly genid: (ctx?: unknown) => string
  /** A store that writes down its calls, and keeps JSON. */
  readonly store: RecordingStore
  /** What is in the options instead of that store, if so. */
  readonly standIn: object | undefined
  /** The options as the application has them. */
  options: Record<string, unknown>
  app: App
  /** Waits until somebody opens the gate of this name. */
  gate(name: string): Promise<void>
  open(name: string): void
}

/** A topic's stories, under names that say the topic. */
export const topic = (about: string, stories: readonly Story[]): Story[] =>
  stories.map((story) => ({ ...story, name: `${about}: ${story.name}` }))

/** The same handlers and steps for a table of options. */
export const table = (
  rows: Readonly<Record<string, (stage: Stage) => unknown>>,
  rest: Omit<Story, 'name' | 'options'>,
): Story[] => Object.entries(rows).map(([name, options]) => ({ ...rest, name, options }))

export function toScenario(story: Story): Scenario<Side> {
  let stage: Stage
  return {
    name: story.name,
    app({ session, partner, store, Koa }, recorder) {
      stage = stageOf(recorder, store?.())
      const first = serving(story, session, new Koa(), stage, recorder)
      if (!partner) return first
      const servers = [first, serving(story, partner, new Koa(), stage, recorder)]
      let requests = 0
      return (req, res) => servers[requests++ % 2]?.(req, res)
    },
    steps: story.steps.map((step) => {
      if (typeof step === 'number') return ({ advance }) => advance(step)
      return typeof step === 'function' ? (world) => step(stage, world) : step
    }),
  }
}

function serving(story: Story, session: SessionFactory, app: App, stage: Stage, recorder: Recorder): RequestListener {
  stage.app = app
  listen(app, recorder)
  if (story.keys !== null) app.keys = story.keys ?? ['a', 'b']
  if (story.before) app.use(story.before(stage))
  stage.options = (story.options?.(stage) ?? {}) as Record<string, unknown>
  if (stage.standIn && stage.options.store === stage.store) stage.options.store = stage.standIn
  withWarnings(stage, () => {
    if (story.mount) story.mount(app, session, stage)
    else app.use(session(stage.options, app))
  })
  app.use(async (ctx) => {
    const route = story.routes?.[ctx.path] ?? shared[ctx.path]
    if (!route) throw new Error(`no route ${ctx.path}`)
    const answer = await route(ctx, stage)
    if (answer !== undefined) ctx.body = answer
    else if (ctx.body === undefined && ctx.respond !== false) ctx.body = 'ok'
  })
  return app.callback()
}

// The cookies package says so once per place in the code, on the terminal.
process.on('deprecation', () => {})

function withWarnings(stage: Stage, construct: () => void): void {
  const { warn } = console
  console.warn = (...args) => stage.note('warns', ...args)
  try {
    construct()
  } finally {
    console.warn = warn
  }
}

function listen(app: App, recorder: Recorder): void {
  app.on('error', (error: unknown) => recorder.error(error))
  for (const name of ['missed', 'expired', 'invalid'])
    app.on(`session:${name}`, (told: { key?: unknown; value?: unknown; ctx?: Ctx }) => {
      const { ctx, ...rest } = told
      recorder.event(`session:${name} ${shown(rest)} ${ctx?.app === app ? 'with ctx' : shown(ctx)}`)
    })
}

function stageOf(recorder: Recorder, standIn?: object): Stage {
  const gates = new Map<string, { readonly passed: Promise<void>; readonly open: () => void }>()
  const gate = (name: string) => {
    let open = (): void => {}
    const made = gates.get(name) ?? { passed: new Promise<void>((resolve) => (open = resolve)), open: () => open() }
    gates.set(name, made)
    return made
  }
  const note: Stage['note'] = (label, ...values) => recorder.note([label, ...values.map(shown)].join(' '))
  let ids = 0
  return {
    note,
    genid() {
      note('genid', ++ids)
      return `id${ids}`
    },
    store: recordingStore(note),
    standIn,
    options: {},
    app: undefined as unknown as App,
    gate: (name) => gate(name).passed,
    open: (name) => gate(name).open(),
  }
}

/** Tells apart what JSON does not: undefined, dates, prototypes, the order of keys. */
export const shown = (value: unknown): string =>
  value instanceof Error
    ? `${value.name}: ${value.message}`
    : inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, compact: true })

export interface StoreCall {
  readonly ctx?: unknown
  readonly [name: string]: unknown
}

export interface RecordingStore {
  readonly entries: Map<string, string>
  get(key: string, maxAge: unknown, call: StoreCall): Promise<unknown>
  set(key: string, data: object, maxAge: unknown, call: StoreCall): Promise<unknown>
  destroy(key: string, call: StoreCall): Promise<unknown>
}

export function recordingStore(note: Stage['note']): RecordingStore {
  const entries = new Map<string, string>()
  const told = ({ ctx, ...others }: StoreCall): object => ({ ...others, ...(ctx ? { ctx: 'of this request' } : {}) })
  return {
    entries,
    async get(key, maxAge, call) {
      note('store.get', key, maxAge, told(call))
      const text = entries.get(key)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async set(key, data, maxAge, call) {
      note('store.set', key, data, maxAge, told(call))
      entries.set(key, JSON.stringify(data))
    },
    async destroy(key, call) {
      note('store.destroy', key, told(call))
      entries.delete(key)
    },
  }
}
