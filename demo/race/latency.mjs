import { setTimeout as delay } from 'node:timers/promises'

/** How long every store call of the lab takes, in milliseconds: the same spread for every library. */
export const LATENCY = Object.freeze({ min: 2, max: 6 })

/** Waits as long as a store on the network would. */
export const storeLatency = () => delay(LATENCY.min + Math.random() * (LATENCY.max - LATENCY.min))
