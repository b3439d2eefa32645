/**
 * Commits of one session in one process take turns. Each hands what it wrote to the next one, which so starts from the
 * newest revision instead of meeting a conflict. Between processes, the store's comparison decides.
 */
export interface Turns<T> {
  /** Whether somebody's work for this key is under way. */
  busy(key: string): boolean
  /**
   * Runs `work` after the work of the same key that is under way. `handed` is what that answered, if it answered.
   * Nobody in the way: runs at once.
   */
  take(key: string, work: (handed: T | undefined) => Promise<T | undefined>): Promise<T | undefined>
}

export function turns<T>(): Turns<T> {
  const last = new Map<string, Promise<T | undefined>>()
  return {
    busy: (key) => last.has(key),
    take(key, work) {
      const before = last.get(key)
      const mine = before ? before.then(work, () => work(undefined)) : work(undefined)
      last.set(key, mine)
      const leave = (): void => {
        if (last.get(key) === mine) last.delete(key)
      }
      mine.then(leave, leave)
      return mine
    },
  }
}
