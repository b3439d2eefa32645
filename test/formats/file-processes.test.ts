import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { fileFormat } from '../../src/formats/file.ts'
import { at } from '../../src/testing/internal/bench.ts'
import { entryOf } from './rules.ts'

const child = fileURLToPath(new URL('../children/format-file.mjs', import.meta.url))
const PROCESSES = 4
const TIMES = 25

describe("processes that count in one session of session-file-store's format", () => {
  for (const secret of ['', 'a secret']) {
    it(`lose nothing${secret && ', encrypted'}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'holdfast-format-'))
      const options = secret ? { secret, crypto: { encodeas: 'hex' as const } } : {}
      const store = fileFormat({ directory, ...options })
      await store.ready()
      await store.insert('id', entryOf(store, '{"n":0}', Date.now() + 60_000), at(Date.now()))
      const counters = Array.from({ length: PROCESSES }, () => {
        const counter = spawn(process.execPath, [child, directory, secret, String(TIMES)], {
          stdio: ['pipe', 'pipe', 'inherit'],
        })
        return { counter, ready: once(counter.stdout, 'data'), ended: once(counter, 'exit') }
      })
      try {
        await Promise.all(counters.map(({ ready }) => ready))
        for (const { counter } of counters) counter.stdin.end('go\n')
        const codes = (await Promise.all(counters.map(({ ended }) => ended))).map(([code]) => code)
        assert.deepEqual(codes, Array(PROCESSES).fill(0))
        const found = await store.get('id', at(Date.now()))
        assert.equal(JSON.parse(found?.value ?? 'null').n, PROCESSES * TIMES)
        await store.close()
        assert.deepEqual(await readdir(join(directory, '.holdfast')), [])
        assert.deepEqual((await readdir(directory)).sort(), ['.holdfast', 'id.json'])
      } finally {
        for (const { counter } of counters) counter.kill('SIGKILL')
        await rm(directory, { recursive: true, force: true })
      }
    })
  }
})
