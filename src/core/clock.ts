/** Where "now" comes from. Tests hand in their own and move it; everybody else uses the system's. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
