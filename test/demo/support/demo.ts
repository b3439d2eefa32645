import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')

/** By its script, or as people start it. */
const COMMANDS = {
  node: [process.execPath, 'demo/start.mjs'],
  npm: ['npm', 'run', 'demo'],
} as const

/** A demo in a process of its own. */
export interface RunningDemo {
  readonly url: string
  /** Asks it to stop, as Ctrl+C does, and answers its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface FinishedDemo {
  readonly exitCode: number | null
  readonly output: string
}

/** A folder for a demo's data, apart from the project's own, and how to remove it. */
export function dataFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts the demo on a free port and waits until it says where it is. */
export async function startDemo(
  folder: string,
  env: NodeJS.ProcessEnv = {},
  command: keyof typeof COMMANDS = 'node',
): Promise<RunningDemo> {
  const child = run(folder, { PORT: '0', ...env }, command)
  const output = collect(child)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /http:\/\/\S+/.exec(output())
      if (found) resolve(found[0])
    })
    child.once('exit', () => reject(new Error(`The demo ended:\n${output()}`)))
  })
  return {
    url,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit')
        child.kill(signal)
        await exit
      }
      return child.exitCode
    },
  }
}

/** Starts a demo that is expected to end by itself. */
export async function demoThatEnds(folder: string, env: NodeJS.ProcessEnv): Promise<FinishedDemo> {
  const child = run(folder, env, 'node')
  const output = collect(child)
  // 'close' comes after the streams were read to their end.
  await once(child, 'close')
  return { exitCode: child.exitCode, output: output() }
}

function run(folder: string, env: NodeJS.ProcessEnv, command: keyof typeof COMMANDS): ChildProcess {
  const { STORE_URL, SESSION_SECRET, HOST, ...inherited } = process.env
  const [program, ...args] = COMMANDS[command]
  return spawn(program, args, {
    cwd: ROOT,
    env: { ...inherited, DEMO_DATA: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function collect(child: ChildProcess): () => string {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (chunk: string) => {
      output += chunk
    })
  }
  return () => output
}
