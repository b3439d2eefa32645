import type { StoreWeakness } from '../../../src/testing/index.ts'
import { EMBEDDED } from './embedded.ts'
import { bridgeSuite } from './kit.ts'

const WEAKNESSES: Readonly<Record<string, readonly StoreWeakness[]>> = {
  "express-session's MemoryStore": ['volatile'],
  memorystore: ['volatile'],
  // An item has at most 400 KB.
  'connect-dynamodb': ['small-values'],
}

for (const [name, open] of Object.entries(EMBEDDED)) bridgeSuite(name, open, WEAKNESSES[name])
