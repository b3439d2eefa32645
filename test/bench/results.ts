/** Results of a comparison as its JSON has them, with figures that mean nothing. */

const latency = (p50: number) => ({
  ...{ p50, p95: 2 * p50, p99: 3 * p50, max: 4 * p50, lateP99: 0.1, requests: 400 },
  loop: { p50: 1, p99: 2, max: 3 },
})

const cell = (target: string, baseline: string, kind: string, cpu: readonly number[], more: object = {}) => ({
  target,
  kind,
  baseline,
  rounds: cpu.map((cpuMicros) => ({ cpuMicros, perSecond: 1e6 / cpuMicros })),
  open: [latency(1), latency(1.5), latency(2)],
  ...more,
})

const kinds = ['read', 'write', 'parallel']
const cellsOf = (target: string, baseline: string, cpu: readonly number[], kept?: number) =>
  kinds.map((kind) =>
    cell(target, baseline, kind, cpu, {
      ...(kind === 'parallel' && kept !== undefined ? { parallel: { kept, of: 200 } } : {}),
      ...(kept === undefined ? {} : { commands: { commands: 400, requests: 200 } }),
    }),
  )

const group = (store: string, bytes: number) => ({
  store,
  bytes,
  users: 1000,
  cells: [
    ...cellsOf('bare', 'bare', [100, 101, 102, 103, 104]),
    ...cellsOf('minimum', 'bare', [150, 151, 152, 153, 154], 12),
    // 41 to 45 more than the minimum, in every round.
    ...cellsOf('holdfast-http', 'bare', [191, 193, 194, 196, 199], 200),
    ...cellsOf('express', 'express', [200, 201, 202, 203, 204]),
    ...cellsOf('express-session', 'express', [300, 301, 302, 303, 304], 10),
    // Now more, now less than express-session.
    ...cellsOf('drop-in-express', 'express', [280, 320, 285, 325, 304], 200),
  ],
  memory: [{ target: 'holdfast-http', before: 6e7, after: 7e7, sessions: 20_000 }],
  failed: [{ target: 'koa-session', why: '<script>alert(1)</script>' }],
})

export const results = {
  format: 1,
  started: '2026-01-02T03:04:05.000Z',
  ended: '2026-01-02T03:24:05.000Z',
  commit: '0123456789abcdef',
  changed: false,
  flags: ['--stores', 'ioredis'],
  stopped: 'SIGINT',
  plan: {
    ...{ quick: false, rounds: 5, closedMs: 400, openRounds: 3, openMs: 1000, rate: 400, connections: 32 },
    ...{ sizes: [200, 20_000], users: [1000] },
  },
  machine: {
    ...{ cpu: 'A & B <processor>', cores: 2, memoryBytes: 8e9, system: 'linux 6 x64' },
    ...{ node: 'v20.20.2', v8: '11', loadBefore: 3 },
  },
  versions: { holdfast: '0.1.0', packages: { koa: '3.0.0' }, servers: { redis: 'Redis 7' } },
  leftOut: [
    { store: 'cookie', bytes: 20_000, users: 1000, why: 'browsers take 4 KB in a cookie' },
    { target: 'koa-session', stores: ['postgres'], why: 'does not exist' },
  ],
  groups: [group('ioredis', 200), group('ioredis', 20_000)],
}
