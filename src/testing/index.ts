/**
 * Conformance suites for authors of stores and adapters. No test runner is needed: `describe` and `it` are handed in.
 */

export type { AdapterServer, AdapterSuiteOptions, Mount, ServedAdapter, SuiteData, Turn } from './adapter-suite.ts'
export { adapterSuite } from './adapter-suite.ts'
export type { StoreProcesses } from './internal/fleet.ts'
export { storeProcess } from './store-process.ts'
export type { OpenedStore, StoreSuiteOptions, SuiteTest } from './store-suite.ts'
export { storeSuite } from './store-suite.ts'
export { STORE_WEAKNESSES, type StoreWeakness } from './store-weaknesses.ts'
