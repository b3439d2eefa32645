/** Several processes on one store, run by the suite. */

import { type ChildProcess, fork } from 'node:child_process'
import type { Answer } from '../../core/store.ts'
import { STARTED, type StoreTask } from '../store-process.ts'

export interface StoreProcesses {
  /** Path of a module that calls `storeProcess`. Node runs it as it is. */
  readonly module: string
  /** Where a fresh, empty store is: a folder, a file, a prefix. Called once per rule, handed to each process. */
  address(): Answer<string>
  /** Called with the address after the rule. */
  remove?(address: string): Answer<void>
  /** How many processes work at once. Default: 3. */
  readonly count?: number
}

export interface Fleet {
  readonly now: number
  readonly size: number
  /** One task for one process. */
  ask<Result>(member: number, task: StoreTask): Promise<Result>
  /** One task for each process, all at the same time. */
  askAll<Result>(task: (member: number) => StoreTask): Promise<Result[]>
}

export async function withFleet(options: StoreProcesses, work: (fleet: Fleet) => Promise<void>): Promise<void> {
  const size = options.count ?? 3
  const address = await options.address()
  const members = Array.from({ length: size }, () => startMember(options.module, address))
  const ask = <Result>(member: number, task: StoreTask) => members[member]!.ask(task) as Promise<Result>
  const askAll = <Result>(task: (member: number) => StoreTask) =>
    Promise.all(members.map((_, member) => ask<Result>(member, task(member))))
  try {
    // Those that were given work while others were still starting would be done before there is a race.
    await Promise.all(members.map((member) => member.started))
    await work({ now: Date.now(), size, ask, askAll })
  } finally {
    await Promise.all(members.map((member) => member.stop()))
    await options.remove?.(address)
  }
}

interface Member {
  readonly started: Promise<unknown>
  ask(task: StoreTask): Promise<unknown>
  stop(): Promise<void>
}

function startMember(module: string, address: string): Member {
  const child = fork(module, [address], {
    serialization: 'advanced', // Texts that JSON would change are among the tasks' answers.
    execArgv: [],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  let complaints = ''
  child.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-2_000)
  })
  const ended = endOf(child)
  const answerTo = (id: number) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      ended.then((how) => reject(new Error(`${module} ended (${how}). ${complaints}`)))
    })
  child.on('message', ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
    const answer = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) answer?.resolve(result)
    else answer?.reject(new Error(`In another process: ${error}`))
  })
  let tasks = STARTED
  return {
    started: answerTo(STARTED),
    ask(task) {
      tasks += 1
      const answer = answerTo(tasks)
      if (child.connected) child.send({ id: tasks, task }, () => undefined) // What fails here is that it has ended.
      return answer
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

/**
 * Settles when the process has ended and its last complaint was read. The event `close` would say so, but Node does not
 * emit it when it was this side that disconnected.
 */
const endOf = async (child: ChildProcess): Promise<string> => {
  const silent = new Promise((resolve) => child.stderr?.once('close', resolve))
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => silent.then(() => resolve(signal ?? `exit code ${code}`)))
  })
}
