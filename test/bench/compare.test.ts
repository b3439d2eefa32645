import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bench, processesWith, resultsFolder } from './program.ts'

const tiny = ['--closed-ms', '25', '--open-ms', '25', '--rounds', '1', '--open-rounds', '1', '--users', '4']

let folder: ReturnType<typeof resultsFolder>
beforeEach(() => {
  folder = resultsFolder()
})
afterEach(() => folder.remove())

describe('npm run bench -- compare', () => {
  it('measures each target in each kind of request, and writes figures and a report', async () => {
    const chosen = ['--stores', 'memory', '--targets', 'minimum,holdfast-koa', '--kinds', 'all', '--quick']
    const { code, output } = await bench('compare', ...chosen, ...tiny, '--out', folder.path).ended
    expect(output).toContain('report')
    expect(code).toBe(0)
    const { groups, stopped, plan, machine } = folder.json()
    expect(stopped).toBeUndefined()
    expect(plan).toMatchObject({ sizes: [200], users: [4] })
    expect(machine.node).toBe(process.version)
    const [{ cells, failed }] = groups
    expect(failed).toEqual([])
    const pairs = cells.map(({ target, kind }: { target: string; kind: string }) => `${target} ${kind}`).sort()
    const kinds = ['untouched', 'read', 'write', 'create', 'login', 'parallel']
    const targets = ['bare', 'minimum', 'koa', 'holdfast-koa']
    expect(pairs).toEqual(targets.flatMap((target) => kinds.map((kind) => `${target} ${kind}`)).sort())
    for (const { rounds, open } of cells) {
      expect(rounds).toHaveLength(1)
      expect(rounds[0]).toEqual({ cpuMicros: expect.any(Number), perSecond: expect.any(Number) })
      expect(open[0]).toMatchObject({
        p50: expect.any(Number),
        p99: expect.any(Number),
        loop: { p99: expect.any(Number) },
      })
    }
    const ours = cells.find(
      (cell: { target: string; kind: string }) => cell.target === 'holdfast-koa' && cell.kind === 'parallel',
    )
    expect(ours.parallel).toEqual({ kept: 200, of: 200 })
    expect(folder.html().includes('Holdfast on Koa')).toBe(true)
  }, 60_000)

  it('ends its processes when it is interrupted, and writes what it has', async () => {
    const chosen = ['--stores', 'memory', '--targets', 'minimum', '--kinds', 'read']
    const long = ['--rounds', '10000', '--closed-ms', '20', '--users', '2', '--out', folder.path]
    const running = bench('compare', ...chosen, ...long)
    const children = () => processesWith('compare/server/main.mjs').filter((pid) => !before.includes(pid))
    const before = processesWith('compare/server/main.mjs')
    while (children().length < 2) await pause(50)
    running.child.kill('SIGTERM')
    const { code, output } = await running.ended
    expect(output).toContain('Ended early (SIGTERM)')
    expect(code).not.toBe(0)
    expect(folder.json().stopped).toBe('SIGTERM')
    expect(folder.html().includes('This run ended early')).toBe(true)
    expect(children()).toEqual([])
  }, 60_000)

  it('names what there is when a word is not known', async () => {
    const { code, output } = await bench('compare', '--stores', 'postgress').ended
    expect(output).toContain('--stores: unknown postgress. There are: memory')
    expect(code).toBe(2)
    const other = await bench('comparison').ended
    expect(other.output).toContain('There are: in-process, compare')
    expect(other.code).toBe(2)
  })

  it('guard adds the ratios of a run to those of earlier ones', async () => {
    const earlier = { commit: 'abcdef0123', node: 'v1.0.0', cpu: 'another', ratios: [] }
    writeFileSync(join(folder.path, 'guard.json'), JSON.stringify({ format: 1, entries: [earlier] }))
    const { code, output } = await bench('guard', '--quick', '--closed-ms', '10', '--users', '2', '--out', folder.path)
      .ended
    expect(output).toContain('Holdfast on bare http, write')
    expect(code).toBe(0)
    const { entries } = folder.json()
    expect(entries).toHaveLength(2)
    expect(entries[0]).toEqual(earlier)
    // Another machine's figures are kept, and not shown beside these.
    expect(output).not.toContain('abcdef01')
    expect(entries[1].ratios[0]).toMatchObject({ what: 'in-process, untouched', times: { median: expect.any(Number) } })
  }, 60_000)
})
