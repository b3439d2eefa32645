/**
 * Who makes a write. The name of every file that a write makes on the way is a token that says which process of which
 * machine made it, so that others can tell what a crash left behind from what is still in use:
 *
 *     <machine> - <process id> - <when that process started> - <store object> - <number>
 *
 * The machine is its boot and process namespace on Linux, so a restart makes all earlier tokens foreign, as do containers
 * that share a directory; elsewhere it is the host's name.
 */

import { randomBytes } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { nameOf } from './layout.ts'

export interface Holder {
  /** A new token, in use until `done`. */
  next(): Promise<string>
  done(token: string): void
  /**
   * Whether the token's maker still runs. `dead` and `alive` are certain; about other machines, and on systems that do
   * not tell when a process started, nothing is.
   */
  judge(token: string): Promise<'dead' | 'alive' | 'unknown'>
}

const TOKEN = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})-([0-9a-f]{16})-\d+$/

const NO_START = '0'
const UNKNOWN = 'unknown'
const ENDED = 'ended'

export function isToken(name: string): boolean {
  return TOKEN.test(name)
}

export function holder(): Holder {
  const inUse = new Set<string>()
  const instance = randomBytes(8).toString('hex')
  let maker: Promise<{ machine: string; start: string }> | undefined
  let count = 0

  const self = () => {
    maker ??= Promise.all([thisMachine(), startOf('self')]).then(([machine, start]) => ({
      machine,
      start: start === UNKNOWN ? NO_START : start,
    }))
    return maker
  }

  return {
    async next() {
      const { machine, start } = await self()
      count += 1
      const token = `${machine}-${process.pid}-${start}-${instance}-${count}`
      inUse.add(token)
      return token
    },
    done(token) {
      inUse.delete(token)
    },
    async judge(token) {
      const { machine } = await self()
      const [, itsMachine, pid, start, itsInstance] = TOKEN.exec(token) ?? []
      if (itsMachine !== machine) return 'unknown'
      if (itsInstance === instance) return inUse.has(token) ? 'alive' : 'dead'
      if (!isRunning(Number(pid))) return 'dead'
      const now = await startOf(pid!)
      if (start === NO_START || now === UNKNOWN) return 'unknown'
      // Another start: the process is gone, and its number was given to a new one.
      return now === start ? 'alive' : 'dead'
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** When a process started, in ticks since the boot. Known on Linux only. */
async function startOf(pid: string): Promise<string> {
  let line: string
  try {
    line = await readFile(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return UNKNOWN
  }
  // The program's name stands in brackets and may hold anything, brackets too.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  // Killed, but its parent has not asked for its exit code yet.
  if (fields[0] === 'Z' || fields[0] === 'X') return ENDED
  return fields[19] ?? UNKNOWN
}

async function thisMachine(): Promise<string> {
  const parts = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
    readlink('/proc/self/ns/pid'),
  ]).catch(() => [hostname()])
  return nameOf(parts.join('\n')).slice(0, 12)
}
