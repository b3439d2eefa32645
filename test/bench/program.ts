import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** A folder for results, apart from the project's own. */
export function resultsFolder() {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-bench-test-'))
  const only = (ending: string): string => {
    const names = readdirSync(path).filter((name) => name.endsWith(ending))
    if (names.length !== 1) throw new Error(`${names.length} files *${ending} in ${path}`)
    return join(path, names[0]!)
  }
  return {
    path,
    json: () => JSON.parse(readFileSync(only('.json'), 'utf8')),
    html: () => readFileSync(only('.html'), 'utf8'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** `npm run bench -- ...`, and what it said. */
export function bench(...args: string[]): {
  readonly child: ChildProcess
  output(): string
  readonly ended: Promise<Ended>
} {
  const child = spawn(process.execPath, ['bench/run.mjs', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const ended = once(child, 'close').then(([code]) => ({ code, output }))
  return { child, output: () => output, ended }
}

/** The processes whose command line has this text. */
export function processesWith(text: string): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  return stdout
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10))
}
