import { existsSync, readdirSync, readFileSync } from 'node:fs'

/**
 * Returns when all threads of these processes stand still. A SIGSTOP is sent at once and takes effect a little later: until
 * then a server may answer. Where there is no /proc, nobody can tell.
 */
export function untilStopped(pids: readonly number[]): void {
  const patience = Date.now() + 5000
  while (Date.now() < patience && pids.some((pid) => !isStopped(pid))) {
    // Synchronous, as the signal is: nothing of the test may run meanwhile.
  }
}

function isStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return true
  try {
    return readdirSync(tasks).every((task) => /\) [TtZX]/.test(readFileSync(`${tasks}/${task}/stat`, 'utf8')))
  } catch {
    // A thread that has ended while we looked.
    return false
  }
}
