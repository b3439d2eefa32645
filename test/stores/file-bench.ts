/** What the tests of the file store share: a folder per test, entries, and a look at what is on the disk. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { StoreCall, StoreEntry } from '../../src/core/store.ts'
import { type Disk, systemDisk } from '../../src/stores/file/disk.ts'
import { folderOf, nameOf } from '../../src/stores/file/layout.ts'
import { type FileSettings, type FileStore, fileStoreOn } from '../../src/stores/file/store.ts'

export const NOW = 1_700_000_000_000
export const LATER = NOW + 60_000
export const call: StoreCall = { now: NOW }

export const entry = (revision: string, over: Partial<StoreEntry> = {}): StoreEntry => ({
  value: `value of ${revision}`,
  expiresAt: LATER,
  revision,
  ...over,
})

/** A folder that is gone after the test. */
export function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-file-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A store as the package opens it, closed after the test. */
export function openStore(directory: string, over: Partial<FileSettings> = {}, disk: Disk = systemDisk): FileStore {
  const store = fileStoreOn(disk, { directory, durable: false, lockTimeout: 5000, ...over })
  onTestFinished(() => store.close())
  return store
}

export const recordPath = (directory: string, key: string): string =>
  `${folderOf(`${directory}/records`, nameOf(key))}/${nameOf(key)}`

/** The folders in `locks` that this process has for its next lock. */
function padlocksIn(directory: string): string[] {
  const locks = join(directory, 'locks')
  const isMine = (name: string) => name.split('-')[1] === String(process.pid)
  return existsSync(locks)
    ? readdirSync(locks).filter((name) => isMine(name) && readdirSync(join(locks, name)).join() === name)
    : []
}

/** Everything below the store's directory that is not a folder, by path, but for this process's padlocks. */
export function filesIn(directory: string): string[] {
  const padlocks = padlocksIn(directory)
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((one) => !one.isDirectory() && !padlocks.includes(one.name))
    .map((one) => relative(directory, join(one.parentPath, one.name)))
    .sort()
}

/** What writers left: locks, prepared writes, and all that dead processes had. */
export function leftovers(directory: string): string[] {
  const locks = join(directory, 'locks')
  const padlocks = padlocksIn(directory)
  const all = existsSync(locks) ? readdirSync(locks, { recursive: true }).map(String) : []
  return all.filter((path) => !padlocks.includes(path.split('/')[0]!))
}

export const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8)

/** The system's disk with some of its calls replaced. */
export const diskWith = (replaced: (disk: Disk) => Partial<Disk>): Disk => ({ ...systemDisk, ...replaced(systemDisk) })

/** The system's disk, and every call that was made to it as `rename /from /to`. */
export function tracedDisk(): { disk: Disk; trace: string[] } {
  const trace: string[] = []
  const paths = new Map<number, string>()
  const disk = everyCall(systemDisk, async (name, args, run) => {
    trace.push(
      [name, ...args.map((one) => (typeof one === 'number' ? (paths.get(one) ?? one) : one))].filter(isText).join(' '),
    )
    const answer = await run()
    if (name === 'open') paths.set(answer as number, String(args[0]))
    return answer
  })
  return { disk, trace }
}

const isText = (one: unknown): one is string => typeof one === 'string'

/** A disk whose every call goes through `wrap`. */
export function everyCall(
  disk: Disk,
  wrap: (name: keyof Disk, args: readonly unknown[], run: () => Promise<unknown>) => Promise<unknown>,
): Disk {
  const calls = Object.entries(disk) as [keyof Disk, (...args: unknown[]) => Promise<unknown>][]
  return Object.fromEntries(
    calls.map(([name, run]) => [name, (...args: unknown[]) => wrap(name, args, () => run(...args))]),
  ) as unknown as Disk
}

/** The system's disk, and how many files were open at once. */
export function countedDisk() {
  let open = 0
  let most = 0
  const disk = everyCall(systemDisk, async (name, _args, run) => {
    const answer = await run()
    if (name === 'open') {
      open += 1
      most = Math.max(most, open)
    }
    if (name === 'close') open -= 1
    return answer
  })
  const reset = () => {
    most = open
  }
  return { disk, open: () => open, most: () => most, reset }
}

export const systemError = (code: string, syscall = 'write'): Error =>
  Object.assign(new Error(`${code}: made up`), { code, syscall })

/** A test's child, with what it printed. It runs on Node as it is and imports the built package. */
export interface Child {
  readonly process: ChildProcess
  /** Sends it a line. */
  begin(): void
  /** Whole lines of what it printed so far. */
  lines(): string[]
  /** When it has ended and all it printed was read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; complaints: string }>
}

export function startChild(name: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(`../children/${name}`, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaints += text
  })
  const ended = new Promise<Awaited<Child['ended']>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, complaints }))
  })
  return {
    process: child,
    begin: () => void child.stdin.end('begin\n'),
    lines: () => output.split('\n').slice(0, -1),
    ended,
  }
}
