/**
 * What one request changed, by top-level key. Merging is by key: nested objects are replaced whole, because two halves
 * of different requests' objects are nobody's object.
 */
export interface Patch {
  /** Key to the JSON text of its new value. */
  readonly set: ReadonlyMap<string, string>
  readonly unset: ReadonlySet<string>
}

type Data = Readonly<Record<string, unknown>>

/** The difference between what a request saw (text) and what its session holds now. `hidden` keys are left alone. */
export function difference(seen: string, live: Data, hidden: ReadonlySet<string>): Patch {
  const before = JSON.parse(seen) as Data
  const set = new Map<string, string>()
  const unset = new Set<string>()
  for (const key of Object.keys(live)) {
    const text = JSON.stringify(live[key])
    if (text !== undefined && (!Object.hasOwn(before, key) || JSON.stringify(before[key]) !== text)) set.set(key, text)
  }
  for (const key of Object.keys(before)) {
    if (!hidden.has(key) && (!Object.hasOwn(live, key) || live[key] === undefined)) unset.add(key)
  }
  return { set, unset }
}

export const isEmpty = (patch: Patch): boolean => patch.set.size === 0 && patch.unset.size === 0

/** The text of the data with the patch applied. Written piece by piece, so that no key can mean anything but itself. */
export function applied(text: string, patch: Patch): string {
  if (isEmpty(patch)) return text
  const data = JSON.parse(text) as Data
  const parts: string[] = []
  for (const key of Object.keys(data)) {
    if (!patch.unset.has(key) && !patch.set.has(key)) parts.push(`${JSON.stringify(key)}:${JSON.stringify(data[key])}`)
  }
  for (const [key, value] of patch.set) parts.push(`${JSON.stringify(key)}:${value}`)
  return `{${parts.join(',')}}`
}
