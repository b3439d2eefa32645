/** What one request's handler does, step by step. Every program ends with `finish`. */
export type Step =
  | { readonly do: 'set'; readonly key: string; readonly value: unknown }
  | { readonly do: 'unset'; readonly key: string }
  /** Changes a value inside of a nested object. */
  | { readonly do: 'deep'; readonly key: string; readonly value: unknown }
  /** Puts an object in the place of all data. */
  | { readonly do: 'replace'; readonly data: Readonly<Record<string, unknown>> }
  | Verb
  /** Waits for the verbs that were not awaited. */
  | { readonly do: 'wait' }
  /** Commits and lets the headers leave; what follows comes too late for a cookie. */
  | { readonly do: 'headers' }

/** A step that the store takes part in. `wait: false`: the handler goes on without its answer. */
export type Verb =
  | { readonly do: 'save' | 'touch' | 'reload' | 'destroy'; readonly wait?: false }
  | { readonly do: 'regenerate'; readonly keep: boolean; readonly wait?: false }
  /** `session.update(COUNTER, (n) => n + 1)` */
  | { readonly do: 'update'; readonly wait?: false }

export type Program = readonly Step[]

/** The one key that only `update` changes. */
export const COUNTER = 'n'

const write = (key: string): Step => ({ do: 'set', key, value: key })
const save: Step = { do: 'save' }
const clear: Step = { do: 'regenerate', keep: false }
const keep: Step = { do: 'regenerate', keep: true }
const destroy: Step = { do: 'destroy' }

/** The programs of which all pairs are tried. `me` makes the keys that only this request writes. */
export const CATALOGUE: Readonly<Record<string, (me: string) => Program>> = {
  read: () => [],
  write: (me) => [write(me)],
  save: (me) => [write(me), save, write(`${me}2`)],
  'save without waiting': (me) => [
    write(me),
    { do: 'save', wait: false },
    write(`${me}2`),
    { do: 'wait' },
    { do: 'unset', key: `${me}2` },
  ],
  unset: () => [{ do: 'unset', key: 'old' }],
  deep: (me) => [{ do: 'deep', key: 'cart', value: me }],
  update: () => [{ do: 'update' }],
  'write and update': (me) => [write(me), { do: 'update' }, write(`${me}2`)],
  touch: () => [{ do: 'touch' }],
  reload: (me) => [write(`${me}2`), { do: 'reload' }, write(me)],
  keep: (me) => [write(me), keep, write(`${me}2`)],
  clear: (me) => [write(me), clear, write(`${me}2`)],
  'save and clear': (me) => [write(me), save, clear, write(`${me}2`)],
  'clear without waiting': (me) => [{ do: 'regenerate', keep: false, wait: false }, write(me)],
  'clear and keep': (me) => [clear, write(me), keep],
  destroy: () => [destroy],
  'clear and reload': (me) => [clear, { do: 'reload' }, write(me)],
  'update and clear without waiting': (me) => [{ do: 'update', wait: false }, clear, write(me)],
  'write and destroy': (me) => [write(me), save, destroy],
  'destroy twice': () => [destroy, destroy],
  'destroy, save and unset': (me) => [destroy, write(me), save, { do: 'unset', key: me }, write(`${me}2`)],
  'destroy and write': (me) => [destroy, write(me)],
  'write late': (me) => [write(me), { do: 'headers' }, write(`${me}2`)],
}

export const show = (program: Program): string =>
  program
    .map((step) => {
      const wait = 'wait' in step ? ' (not awaited)' : ''
      if (step.do === 'regenerate') return `regenerate ${step.keep ? 'keep' : 'clear'}${wait}`
      return `${step.do}${'key' in step ? ` ${step.key}` : ''}${wait}`
    })
    .concat('finish')
    .join(', ')
