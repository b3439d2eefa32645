import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { type Browser, browser } from '../../src/testing/internal/browser.ts'
import { child, freshFile } from '../stores/sqlite-bench.ts'

/** Two servers on one SQLite file, a browser at each, and the second server's process. */
export async function twoProcesses(
  program: string,
  driver: string,
): Promise<readonly [Browser, Browser, ChildProcess]> {
  const file = freshFile()
  const all: ChildProcess[] = [1, 2].map(() => fork(child(program), [driver, file], { execArgv: [] }))
  onTestFinished(async () => {
    const ends = all.map((one) => once(one, 'exit'))
    for (const one of all) one.kill()
    await Promise.all(ends)
  })
  const ports = await Promise.all(all.map(async (one) => (await once(one, 'message'))[0] as number))
  const [a, b] = ports.map((port) => browser(`http://127.0.0.1:${port}`, 'http'))
  return [a as Browser, b as Browser, all[1] as ChildProcess]
}
