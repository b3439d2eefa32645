import { createHmac } from 'node:crypto'
import { named } from '../../harness/names.ts'
import { SECRET } from './serve.ts'

/** Random ids by their order of appearance; signatures of them by whether they are right. */
export function normalise(lines: readonly string[]): string[] {
  const signed = lines.map((line) =>
    line.replace(/s%3A([\w-]{32})\.([A-Za-z0-9%]+)/g, (_whole, id: string, signature: string) => {
      const right = createHmac('sha256', SECRET).update(id).digest('base64').replace(/=+$/, '')
      return `s: ${id}.${decodeURIComponent(signature) === right ? '<signed>' : '<not signed>'}`
    }),
  )
  return named(signed)
}
