import type { Files } from './disk.ts'

export interface Stretch {
  readonly names: readonly string[]
  /** Where to go on; `undefined` at the end. */
  readonly last: string | undefined
}

// A walk through folders that are nearly empty ends its step somewhere, too.
const MAX_FOLDERS = 512
// Sorts after every name in the folder that it begins with.
const FOLDER_END = 'g'

/** Whether a caller's cursor can be one that a walk gave out. */
export function isPlace(cursor: string | undefined): cursor is string {
  return cursor !== undefined && /^[0-9a-f]{3}(?:g|[0-9a-f]{61})$/.test(cursor)
}

/**
 * The next names below `root`, at most `limit`, in the order of the names, which is that of the folders. It holds the
 * names of one folder at a time.
 */
export async function walk(
  files: Files,
  root: string,
  pattern: RegExp,
  after: string,
  limit: number,
): Promise<Stretch> {
  const names: string[] = []
  let opened = 0
  for (const one of await foldersFrom(files, root, /^[0-9a-f]{2}$/, after.slice(0, 2))) {
    const from = after.startsWith(one) ? after.slice(2, 3) : ''
    for (const two of await foldersFrom(files, `${root}/${one}`, /^[0-9a-f]$/, from)) {
      for (const name of await files.entries(`${root}/${one}/${two}`)) {
        if (name <= after || !name.startsWith(one + two) || !pattern.test(name)) continue
        names.push(name)
        if (names.length === limit) return { names, last: name }
      }
      opened += 1
      if (opened === MAX_FOLDERS) return { names, last: one + two + FOLDER_END }
    }
  }
  return { names, last: undefined }
}

async function foldersFrom(files: Files, path: string, pattern: RegExp, from: string): Promise<string[]> {
  const found = await files.entries(path)
  return found.filter((name) => name >= from && pattern.test(name))
}
