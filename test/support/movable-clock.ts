import type { Clock } from '../../src/index.ts'

/** A clock that stands still until it is moved. Hand it to `createSessions({ clock })` and to the browser. */
export interface MovableClock extends Clock {
  /** Moves on by so many ms. */
  advance(ms: number): void
  /** Moves to an instant, also back. */
  set(now: number): void
}

/** Noon of an ordinary day. */
export const NOON = Date.UTC(2026, 2, 4, 12)

export function movableClock(start: number = NOON): MovableClock {
  let now = start
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    set(instant) {
      now = instant
    },
  }
}
