import { randomFillSync } from 'node:crypto'

// One call for many bytes, because a call for 16 costs more than the rest of making a session id.
const pool = Buffer.alloc(4096)
let used = pool.length

/** Random bytes from the system's generator as base64url text. Throws what the generator throws: there is no fallback. */
export function randomText(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += bytes
  const text = pool.toString('base64url', start, used)
  pool.fill(0, start, used)
  return text
}
