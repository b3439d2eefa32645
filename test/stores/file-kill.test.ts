import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { files, systemDisk } from '../../src/stores/file/disk.ts'
import { HINT_NAME, RECORD_NAME } from '../../src/stores/file/layout.ts'
import { readRecord } from '../../src/stores/file/record.ts'
import { call, entry, filesIn, leftovers, newFolder, openStore, startChild } from './file-bench.ts'

// Whoever had to wait for a dead process's lock would wait for longer than any test may take.
const LONG = 10 * 60 * 1000

/** What the writer said last about a kind of act, or -1. */
const lastOf = (lines: readonly string[], act: string): number =>
  Number(lines.findLast((line) => line.startsWith(`${act} `))?.split(' ')[1] ?? -1)

/**
 * Nothing that the writer was told to be written is lost, nothing is torn, and nobody waits for its locks. Gives the
 * number that the writer came to.
 */
async function checkAfterKill(directory: string, lines: readonly string[], first: number): Promise<number> {
  const store = openStore(directory, { lockTimeout: LONG })
  const kept = await store.get('kept', call)
  const acknowledged = lastOf(lines, 'kept')
  if (acknowledged >= 0) expect(kept).toBeDefined()
  if (!kept) return first
  const { n } = JSON.parse(kept.value)
  // The last write may have been made without being acknowledged.
  expect([acknowledged, acknowledged + 1]).toContain(n)
  expect(kept.revision).toBe(`r${n}`)

  const [inserted, deleted] = [lastOf(lines, 'inserted'), lastOf(lines, 'deleted')]
  for (let passed = first + 1; passed <= n; passed += 1) {
    const passing = await store.get(`passing-${passed}`, call)
    if (passed <= deleted) expect(passing).toBe(undefined)
    else if (passed > inserted) expect([undefined, `r${passed}`]).toContain(passing?.revision)
  }

  // Its locks are free, without anybody having tidied up.
  const next = entry(`r${n + 1}`, { value: JSON.stringify({ n: n + 1 }), owner: 'somebody' })
  expect(await store.update('kept', next, { ...call, ifRevision: kept.revision })).toEqual({ outcome: 'updated' })
  for (const id of [n, n + 1]) expect(['deleted', 'gone']).toContain(await store.delete(`passing-${id}`, call))

  // And then tidied up: whole records, hints, and nothing else.
  await openStore(directory, { lockTimeout: LONG }).ready()
  expect(leftovers(directory)).toEqual([])
  for (const path of filesIn(directory)) {
    const name = basename(path)
    if (HINT_NAME.test(name)) continue
    expect(name).toMatch(RECORD_NAME)
    expect(await readRecord(files(systemDisk, false), join(directory, path), name, true)).toHaveProperty('value')
  }
  expect((await store.list({ limit: 10, owner: 'somebody' }, call)).entries).toHaveLength(1)
  return n + 1
}

it('kill -9 of a writing process at 30 random moments: nothing torn, nothing acknowledged lost, no lock, no half file', async () => {
  const directory = newFolder()
  let first = 0
  for (let round = 0; round < 30; round += 1) {
    const child = startChild('file-writer.mjs', [directory, String(first)])
    await expect.poll(() => child.lines().length, { timeout: 30_000, interval: 5 }).toBeGreaterThan(0)
    await pause(Math.random() * 60)
    child.process.kill('SIGKILL')
    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL', complaints: '' })
    first = await checkAfterKill(directory, child.lines(), first)
  }
  expect(first).toBeGreaterThan(30)
}, 240_000)

it('kill -9 in place of each call of the system, one after the other: the same', async () => {
  const found = { locks: 0, prepared: 0 }
  let calls = 0
  for (let ended = false; !ended; ) {
    const batch = await Promise.all(
      [1, 2, 3, 4].map(async (step) => {
        const directory = newFolder()
        const child = startChild('file-writer.mjs', [directory, '0', String(calls + step)])
        return { directory, child, end: await child.ended }
      }),
    )
    for (const { directory, child, end } of batch) {
      ended ||= end.code === 0
      if (end.code === 0) expect(child.lines().at(-1)).toBe('end')
      else expect(end).toEqual({ code: null, signal: 'SIGKILL', complaints: '' })
      const left = leftovers(directory)
      found.locks += left.some((path) => /^[0-9a-f]{64}/.test(path)) ? 1 : 0
      found.prepared += left.some((path) => /^(?![0-9a-f]{64})(.+)\/(?!\1$)/.test(path)) ? 1 : 0
      await checkAfterKill(directory, child.lines(), 0)
    }
    calls += batch.length
  }
  // The moments that matter were among them.
  expect(calls).toBeGreaterThan(40)
  expect(found.locks).toBeGreaterThan(5)
  expect(found.prepared).toBeGreaterThan(3)
}, 240_000)
