// The suite under Node's own test runner.
import { describe, it } from 'node:test'
import { memoryStore } from 'holdfast/memory'
import { storeSuite } from 'holdfast/testing'

storeSuite({
  describe,
  it,
  name: 'memoryStore',
  open: () => ({ store: memoryStore() }),
  small: () => ({ store: memoryStore({ maxEntries: 100 }) }),
  weaknesses: ['single-process', 'volatile', 'evicts'],
})
