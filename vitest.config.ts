import { defineConfig } from 'vitest/config'

const shared = { testTimeout: 30_000, hookTimeout: 60_000 }

// What needs a real server, that the tests start themselves.
const servers = [
  'test/faults/**/*.test.ts',
  'test/stores/{redis,postgres,mysql,mongodb}/**/*.test.ts',
  'test/stores/open-servers.test.ts',
  'test/{compat,examples,formats}/servers/**/*.test.ts',
]

// What `npm run test:fast` leaves out: browsers, whole programs, many processes.
const slow = [
  'test/{bench,demo,examples,proofs,seeded}/**',
  'test/adapters/suite.test.ts',
  'test/engine/owner-processes.test.ts',
  'test/stores/*-{faults,kill,processes,suite}.test.ts',
]
// What one version of Node shows for all: whether the proofs find seeded bugs, how pages look, what happens to files, and the
// scenarios of the drop-ins beyond those on the newest Koa and Express.
const once = [
  'test/{bench,seeded}/**',
  'test/demo/browser.test.ts',
  'test/{formats,stores}/file-*.test.ts',
  'test/compat/koa/{fleet,holdfast,koa2,random}.test.ts',
  'test/compat/express/{holdfast-store,random}.test.ts',
  'test/compat/stores/**',
]
const left = process.env.HOLDFAST_FAST ? slow : process.env.HOLDFAST_OTHER_NODE ? once : []

// Three projects: `main` tests the source, `servers` the stores on real servers, `package` the tarball that users install.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/**', ...servers, ...left],
        },
      },
      {
        test: {
          ...shared,
          name: 'servers',
          include: servers,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // When a server that was paused or killed does what was on its way is in nobody's hand. `npm test` names the tests that
          // needed it, with why: each is a mistake to find, in the test or in the store.
          retry: 1,
        },
      },
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
