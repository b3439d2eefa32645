import type { Stage } from '../scenario.ts'

type Options = (stage: Stage) => Record<string, unknown>

/** Where the data are: in the cookie, or in a store of the old kind. */
export const modes: Readonly<Record<string, Options>> = {
  cookie: () => ({}),
  store: ({ store, genid }) => ({ store, genid }),
}

/** The same options in both modes. */
export const inBothModes = (rows: Readonly<Record<string, Options>>): Record<string, Options> =>
  Object.fromEntries(
    Object.entries(modes).flatMap(([mode, base]) =>
      Object.entries(rows).map(([name, options]) => [
        `${name}, ${mode}`,
        (stage: Stage) => ({ ...base(stage), ...options(stage) }),
      ]),
    ),
  )

/** A visitor with this record in the store, in a story whose options say `signed: false`. */
export const stored =
  (data: unknown, key = 'k') =>
  ({ store }: Stage): void =>
    void store.entries.set(key, typeof data === 'string' ? data : JSON.stringify(data))

/** The cookie of cookie mode, unsigned, with these data or this text in it. */
export const sealed = (data: unknown): string =>
  `koa.sess=${Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64')}`
