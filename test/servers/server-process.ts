import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { untilStopped } from './stopped.ts'

/** A real server of our own, on a free loopback port and in a folder of its own, that can be hurt in every way. */
export interface ServerProcess {
  readonly port: number
  readonly folder: string
  /** Starts it, again with the same folder and port after it ended; resolves when it answers. */
  start(): Promise<void>
  /** Ends it in an orderly way, and waits for that. */
  stop(): Promise<void>
  /** kill -9, and waits for its end. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay open, and nothing is answered from the return on. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Ends it and removes its folder. Idempotent. */
  close(): Promise<void>
}

export interface ServerProgram {
  readonly program: string
  readonly args: (at: { readonly port: number; readonly folder: string }) => readonly string[]
  /** Throws, or rejects, while the server does not answer yet. */
  readonly answers: (port: number) => unknown
  /** Prepares the empty folder, once, before the first start. */
  readonly prepare?: (folder: string) => unknown
  /** Run as this user where we are root, for servers that refuse root. The folder becomes theirs. */
  readonly user?: string
  readonly stopSignal?: NodeJS.Signals
  /** Default: a free one. */
  readonly port?: number
  readonly env?: NodeJS.ProcessEnv
}

const STARTED_WITHIN_MS = 60_000

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return port
}

const isRoot = process.getuid?.() === 0
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))

/** The words before a command that make it run as this user; nothing where we are not root. */
export function asUser(user: string | undefined): readonly string[] {
  if (user === undefined || !isRoot) return []
  if (!setpriv) throw new Error(`setpriv is needed to start a server as ${user}`)
  return [setpriv, `--reuid=${user}`, `--regid=${user}`, '--clear-groups']
}

/** An empty folder for a server, which its user may enter. */
export async function serverFolder(user?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hf-'))
  if (user !== undefined && isRoot) spawnSync('chown', [`${user}:`, folder])
  return folder
}

/** A server that is not started yet. */
export async function serverProcess(options: ServerProgram): Promise<ServerProcess> {
  const { user, stopSignal = 'SIGTERM' } = options
  const folder = await serverFolder(user)
  await options.prepare?.(folder)
  const port = options.port ?? (await freePort())
  let child: ChildProcess | undefined
  let paused = false

  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  const log = join(folder, 'output.log')

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child || !running()) return
    const ended = once(child, 'exit')
    child.kill(signal)
    if (paused) child.kill('SIGCONT')
    paused = false
    await ended
  }

  const start = async (): Promise<void> => {
    if (running()) throw new Error('the server runs already')
    // A test process that is killed takes its servers with it.
    const dying = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...asUser(user).slice(1)] : []
    const [program, ...args] = [...dying, options.program, ...options.args({ port, folder })] as [string, ...string[]]
    child = spawn(program, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    })
    const output = createWriteStream(log, { flags: 'a' })
    child.stdout?.pipe(output, { end: false })
    child.stderr?.pipe(output, { end: false })
    child.unref()
    const deadline = Date.now() + STARTED_WITHIN_MS
    for (;;) {
      try {
        await options.answers(port)
        return
      } catch (error) {
        const last = () => (existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : '')
        if (!running()) throw new Error(`${options.program} ended at once: ${last()}`, { cause: error })
        if (Date.now() > deadline) throw new Error(`${options.program} does not answer: ${last()}`, { cause: error })
        await pause(50)
      }
    }
  }

  return {
    port,
    folder,
    start,
    stop: () => end(stopSignal),
    kill: () => end('SIGKILL'),
    pause() {
      paused = true
      child?.kill('SIGSTOP')
      if (child?.pid) untilStopped([child.pid])
    },
    resume() {
      paused = false
      child?.kill('SIGCONT')
    },
    async close() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
