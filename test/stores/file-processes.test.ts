import { describe, expect, it } from 'vitest'
import { call, entry, leftovers, NOW, newFolder, openStore, startChild } from './file-bench.ts'

/** Starts one process per act, lets all of them begin when the last is ready, and gives what each said. */
async function together(directory: string, durable: boolean, acts: readonly string[][]): Promise<string[][]> {
  const children = acts.map((act) => startChild('file-counter.mjs', [directory, durable ? 'durable' : 'fast', ...act]))
  for (const child of children) await expect.poll(() => child.lines()[0], { timeout: 30_000 }).toBe('ready')
  for (const child of children) child.begin()
  for (const child of children) expect(await child.ended).toEqual({ code: 0, signal: null, complaints: '' })
  return children.map((child) => child.lines().slice(1))
}

describe.each([true, false])('4 processes on one directory (durable: %s)', (durable) => {
  const open = () => {
    const directory = newFolder()
    return { directory, store: openStore(directory) }
  }
  const nothingLeft = (directory: string) => expect(leftovers(directory)).toEqual([])

  it('that each add one to a number 100 times make 400 [T236]', async () => {
    const { directory, store } = open()
    await store.insert('number', entry('a', { value: '0' }), call)
    await together(directory, durable, Array(4).fill(['count', 'number', '100']))
    expect((await store.get('number', call))?.value).toBe('400')
    nothingLeft(directory)
  }, 120_000)

  it('that insert the same keys win each key once, and what the winner wrote is there [T236]', async () => {
    const { directory, store } = open()
    const said = await together(directory, durable, Array(4).fill(['insert', '60']))
    const won = said.flat().map((line) => line.split(' '))
    expect(won.map(([, n]) => Number(n)).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
    for (const [, n, revision] of won) expect((await store.get(`key-${n}`, call))?.revision).toBe(revision)
    expect(await store.count({ owner: 'user' }, call)).toBe(60)
    nothingLeft(directory)
  }, 120_000)

  it('of which one deletes what the others update: nothing comes back [T236]', async () => {
    const { directory, store } = open()
    for (let n = 0; n < 40; n += 1) await store.insert(`key-${n}`, entry('a', { owner: 'user' }), call)
    const update = ['update', '40']
    const [deleter, ...updaters] = await together(directory, durable, [['delete', '40'], update, update, update])
    expect(deleter).toEqual([])
    const updates = updaters.map(([line]) => Number(line?.split(' ')[1]))
    expect(updates.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0)
    expect(await store.count({}, { now: NOW })).toBe(0)
    expect(await store.count({ owner: 'user' }, call)).toBe(0)
    nothingLeft(directory)
  }, 120_000)
})
