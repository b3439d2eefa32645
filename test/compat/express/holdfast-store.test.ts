import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { run } from '../harness/run.ts'
import { topics } from './scenarios/index.ts'
import { normalise } from './support/normalise.ts'
import { ours } from './support/sides.ts'
import type { SessionModule } from './support/types.ts'

/** The drop-in, on a store of Holdfast where a scenario asks for its MemoryStore. */
const onHoldfast = Object.assign((options?: object) => ours(options), ours, {
  MemoryStore: function HoldfastStore() {
    return memoryStore()
  },
}) as unknown as SessionModule

/** Scenarios that reach into their store, or are about it. */
const ABOUT_STORES =
  /^(MemoryStore|Store|Session|stored|store|store errors|race): |store|options: a session belongs|options: the module|a reload of what is gone|headers leave when|ended by its id/

/** `touch` moves the end of a session. The cookie that stands in it changes with its data, as in most stores. */
const ABOUT_TOUCH =
  /only its cookie changed|loaded: untouched, modified|(maxAge|expires) as a Date|touch and resetMaxAge|data: its own cookie/

/** It answers at once in one and later in the other; a session without a cookie in it is kept with one. */
const ABOUT_TIME = /a handler that throws|a toJSON of the session/

const left = [ABOUT_STORES, ABOUT_TOUCH, ABOUT_TIME]

/** Everything but the calls of the store, which is not the same one. */
const seen = (lines: readonly string[]): string[] => normalise(lines).filter((line) => !/^\[\d+\] store: /.test(line))

describe('a store of Holdfast shows the browser what a MemoryStore does', () => {
  for (const scenario of Object.values(topics).flat()) {
    if (left.some((about) => about.test(scenario.name))) continue
    it(scenario.name, async () => {
      expect(seen(await run(scenario, onHoldfast))).toEqual(seen(await run(scenario, ours)))
    })
  }
})
