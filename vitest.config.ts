import { defineConfig } from 'vitest/config'

const shared = { testTimeout: 30_000, hookTimeout: 60_000 }

// `npm run test:fast` leaves out what starts browsers, many processes, or a suite per seeded bug.
const slow = process.env.HOLDFAST_FAST ? ['test/proofs/**', 'test/seeded/**', 'test/demo/**'] : []

// Two projects: `main` tests the source, `package` tests the tarball that users install.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'main', include: ['test/**/*.test.ts'], exclude: ['test/package/**', ...slow] } },
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
