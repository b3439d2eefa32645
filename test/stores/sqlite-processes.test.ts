import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type SqliteDatabase, sqliteStore } from '../../src/stores/sqlite.ts'
import { withFleet } from '../../src/testing/internal/fleet.ts'
import { child, type Driver, drivers, freshFile, now, open } from './sqlite-bench.ts'

const KILLS = process.env.HOLDFAST_FAST ? 5 : 30

/** The writes of `sqlite-writer.mjs` up to and without number `end`, as key and revision of what they leave. */
const stateAfter = (end: number): string[] => {
  const state = new Map<string, string>()
  for (let n = 0; n < end; n += 1) {
    const round = Math.floor(n / 3)
    if (n % 3 === 0) state.set(`key-${round}`, `i${round}`)
    else if (n % 3 === 1) state.set(`key-${round}`, `u${round}`)
    else state.delete(`key-${round - 5}`)
  }
  return [...state].map(([key, revision]) => `${key} ${revision}`).sort()
}

const stateOf = (database: SqliteDatabase): string[] => {
  const rows = database.prepare('SELECT key, revision, value FROM holdfast_sessions').all() as Record<string, string>[]
  for (const { key, revision, value } of rows) {
    const round = key?.slice('key-'.length)
    const padding = 'x'.repeat(3_000)
    expect(value).toBe(`${revision?.startsWith('i') ? 'inserted' : 'updated'} ${round} ${padding}`)
  }
  return rows.map(({ key, revision }) => `${key} ${revision}`).sort()
}

/** Starts a writer, kills it after some acknowledgements, says how many writes there were acknowledged in all. */
const writeAndDie = async (driver: Driver, file: string, first: number, acknowledgements: number): Promise<number> => {
  const writer = spawn(process.execPath, [child('sqlite-writer.mjs'), driver, file, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let complaints = ''
  writer.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  writer.stdout.on('data', (chunk) => {
    output += chunk
    if (output.split('\n').length > acknowledgements) writer.kill('SIGKILL')
  })
  const [, signal] = await once(writer, 'close')
  expect(signal, complaints).toBe('SIGKILL')
  const lines = output.split('\n').slice(0, -1)
  for (const [index, line] of lines.entries()) {
    const n = first + index
    const expected = n % 3 === 0 ? 'inserted' : n % 3 === 1 ? 'updated' : n < 15 ? 'gone' : 'deleted'
    expect(line).toBe(`${n} ${expected}`)
  }
  return first + lines.length
}

describe.each(drivers)('several processes on %s', (driver) => {
  it('4 processes that read, change and write one entry 100 times each count to 400 [T241]', async () => {
    const fleet = { module: child('sqlite-store.mjs'), address: () => `${driver} ${freshFile()}`, count: 4 }
    await withFleet(fleet, async ({ ask, askAll }) => {
      await ask(0, { do: 'ready' })
      await ask(0, { do: 'insert', keys: ['counter'], over: { value: '0' }, now })
      await askAll(() => ({ do: 'increment', key: 'counter', times: 100, now }))
      expect(await ask(3, { do: 'get', key: 'counter', now })).toMatchObject({ value: '400' })
    })
  })

  it('of 4 processes that insert the same 100 keys, one wins each', async () => {
    const fleet = { module: child('sqlite-store.mjs'), address: () => `${driver} ${freshFile()}`, count: 4 }
    const keys = Array.from({ length: 100 }, (_, n) => `key-${n}`)
    await withFleet(fleet, async ({ ask, askAll }) => {
      await ask(0, { do: 'ready' })
      const won = await askAll<object>(() => ({ do: 'insert', keys, over: {}, now }))
      expect(won.flatMap((inserted) => Object.keys(inserted)).sort()).toEqual([...keys].sort())
    })
  })

  it(`a writer killed ${KILLS} times leaves a whole file with every write it acknowledged, in order [T244]`, {
    timeout: 120_000,
  }, async () => {
    const file = freshFile()
    let written = 0
    for (let kill = 0; kill < KILLS; kill += 1) {
      const acknowledged = await writeAndDie(driver, file, written, 1 + ((kill * 37) % 60))
      const database = open(driver, file)
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([
        expect.objectContaining({ integrity_check: 'ok' }),
      ])
      const found = stateOf(database)
      // The write that was under way has happened or not, and nothing after it has.
      const underWay = JSON.stringify(found) === JSON.stringify(stateAfter(acknowledged + 1))
      written = acknowledged + (underWay ? 1 : 0)
      expect(found).toEqual(stateAfter(written))
      expect(sqliteStore(database).count({}, { now: 1_000 })).toBe(found.length)
      if (kill % 2) (database as { close?(): unknown }).close?.()
    }
  })
})
