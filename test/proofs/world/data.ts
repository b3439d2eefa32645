/** The data of a session, as plain objects, and what a patch does to them: the reference that the engine is compared with. */
export type Data = Readonly<Record<string, unknown>>

/** `base` with everything changed that differs between `from` and `to`. */
export function patched(base: Data, from: Data, to: Data): Data {
  const result: Record<string, unknown> = { ...base }
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (JSON.stringify(from[key]) === JSON.stringify(to[key])) continue
    if (to[key] === undefined) delete result[key]
    else result[key] = to[key]
  }
  return result
}

/** Equal but for the order of the keys. */
export const same = (one: Data, other: Data): boolean => text(one) === text(other)

const text = (data: Data): string =>
  JSON.stringify(Object.entries(data).sort(([one], [other]) => (one < other ? -1 : 1)))
