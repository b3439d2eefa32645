import { defineConfig } from 'vitest/config'

const shared = { testTimeout: 30_000, hookTimeout: 60_000 }

// What `npm run test:fast` leaves out: browsers, whole programs, many processes.
const slow = [
  'test/{demo,examples,faults,proofs,seeded}/**',
  'test/adapters/suite.test.ts',
  'test/stores/*-{faults,kill,processes,suite}.test.ts',
]
const left = process.env.HOLDFAST_FAST ? slow : []

// Two projects: `main` tests the source, `package` tests the tarball that users install.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'main', include: ['test/**/*.test.ts'], exclude: ['test/package/**', ...left] } },
      {
        test: {
          ...shared,
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/package/setup.ts'],
          testTimeout: 120_000,
        },
      },
    ],
  },
})
