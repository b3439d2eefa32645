/** What the server side of a scenario writes down. Each kind keeps its own order. */
export interface Recorder {
  /** Anything that the scenario wants to see: `recorder.note('id', req.session.id)`. */
  note(label: string, ...values: unknown[]): void
  /** An error that reached a callback, `next` or a catch. Anything else handed over as one is shown as it is. */
  error(error: unknown): void
  /** Something emitted. */
  event(name: string, ...values: unknown[]): void
  /** A call of a store, when it is not wrapped by `calls`. */
  store(method: string, ...values: unknown[]): void
  /** Wraps these methods of an object, those that it has, in place: each call is one line with its arguments as JSON (but for callbacks and `undefined`). Returns the object. */
  calls<T extends object>(
    target: T,
    methods: readonly string[],
    args?: (values: unknown[], method: string) => unknown[],
  ): T
  /** What the app hands to its steps: a store, for example. */
  readonly shared: Record<string, unknown>
  /** Lines since the last `take`. */
  take(): string[]
}

type Kind = 'store' | 'note' | 'event' | 'error'
const KINDS: readonly Kind[] = ['store', 'note', 'event', 'error']

export function recorder(): Recorder {
  const lines: Record<Kind, string[]> = { store: [], note: [], event: [], error: [] }
  const line = (kind: Kind, words: readonly string[]): void => void lines[kind].push(`${kind}: ${words.join(' ')}`)
  const self: Recorder = {
    note: (label, ...values) => line('note', [label, ...values.map(shown)]),
    error: (error) => line('error', [shown(error)]),
    event: (name, ...values) => line('event', [name, ...values.map(shown)]),
    store: (method, ...values) => line('store', [method, ...values.map(shown)]),
    calls(
      target,
      methods,
      args = (values) => values.filter((value) => value !== undefined && typeof value !== 'function'),
    ) {
      const members = target as Record<string, unknown>
      for (const method of methods) {
        const original = members[method]
        if (typeof original !== 'function') continue
        members[method] = function (this: unknown, ...values: unknown[]) {
          self.store(method, ...args(values, method))
          return original.apply(this, values)
        }
      }
      return target
    },
    shared: {},
    take: () => KINDS.flatMap((kind) => lines[kind].splice(0)),
  }
  return self
}

/** A value as text that tells kinds apart: JSON, but for what JSON cannot say. */
export function shown(value: unknown): string {
  if (value instanceof Error) {
    const code = (value as { code?: unknown }).code
    return `${value.name}: ${value.message}${code === undefined ? '' : ` (${String(code)})`}`
  }
  if (typeof value === 'function') return '[function]'
  if (value === undefined || typeof value === 'symbol' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  try {
    return JSON.stringify(value) ?? 'undefined'
  } catch (error) {
    return `[not JSON: ${(error as Error).name}]`
  }
}
