import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/** The calls of the system that the store makes: all of them, and nothing else. A test hands in one that fails. */
export interface Disk {
  open(path: string, flags: number, mode?: number): Promise<number>
  close(fd: number): Promise<void>
  read(fd: number, buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  write(fd: number, buffer: Buffer, offset: number, length: number): Promise<{ bytesWritten: number }>
  fsync(fd: number): Promise<void>
  fstat(fd: number): Promise<fs.Stats>
  stat(path: string): Promise<fs.Stats>
  lstat(path: string): Promise<fs.Stats>
  access(path: string, mode: number): Promise<void>
  /** Makes one folder, or (`recursive`) what is missing of a path; tells the first that it made. */
  mkdir(path: string, options: { mode: number; recursive?: boolean }): Promise<string | undefined>
  rmdir(path: string): Promise<void>
  utimes(path: string, atime: number, mtime: number): Promise<void>
  unlink(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  readdir(path: string): Promise<string[]>
}

// The callback functions cost half of what `node:fs/promises` and its file handles cost.
export const systemDisk: Disk = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  read: promisify(fs.read),
  write: promisify(fs.write),
  fsync: promisify(fs.fsync),
  fstat: promisify(fs.fstat),
  stat: promisify(fs.stat),
  lstat: promisify(fs.lstat),
  access: promisify(fs.access),
  mkdir: promisify(fs.mkdir) as Disk['mkdir'],
  rmdir: promisify(fs.rmdir),
  utimes: promisify(fs.utimes),
  unlink: promisify(fs.unlink),
  rename: promisify(fs.rename),
  readdir: promisify(fs.readdir) as Disk['readdir'],
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = fs.constants
// Not on every platform: 0 there. A record's place may hold a link (never followed) or a pipe (never waited for).
const READ = O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0)
const CREATE = O_WRONLY | O_CREAT | O_EXCL
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
// Files open at once, so that a burst of requests waits instead of using up the process's descriptors.
const MAX_OPEN = 64

/** What the chapters of the store do with files and folders. */
export interface Files {
  readonly disk: Disk
  /** Opens what is there for reading, and closes it. */
  reading<T>(path: string, work: (fd: number) => Promise<T>): Promise<T>
  /** Makes a file that was not there (`EEXIST` otherwise), on the disk before it answers if the store is durable. */
  create(path: string, bytes: Buffer): Promise<void>
  /** Makes a folder with what is missing above it. */
  makeFolder(path: string): Promise<void>
  /** Puts a folder's entries on the disk, if the store is durable. */
  syncFolder(path: string): Promise<void>
  /** What a folder holds, in order; nothing when it is not there. */
  entries(path: string): Promise<string[]>
  exists(path: string): Promise<boolean>
  /** Removes a file, if it is there. */
  removeFile(path: string): Promise<void>
  /** Removes a folder, if it is there and empty. */
  removeIfEmpty(path: string): Promise<void>
  /** Removes a folder and the files in it. */
  removeFolder(path: string): Promise<void>
}

export function files(disk: Disk, durable: boolean): Files {
  const slots = slotsFor(MAX_OPEN)

  const open = async (path: string, flags: number): Promise<number> => {
    await slots.take()
    return disk.open(path, flags, FILE_MODE).catch((error) => {
      slots.leave()
      throw error
    })
  }
  const close = (fd: number): Promise<void> => disk.close(fd).finally(slots.leave)

  const reading = async <T>(path: string, work: (fd: number) => Promise<T>): Promise<T> => {
    const fd = await open(path, READ)
    try {
      return await work(fd)
    } catch (error) {
      throw withPath(error, path)
    } finally {
      // Nothing can be lost any more, so nobody waits for it.
      close(fd).catch(() => undefined)
    }
  }

  const changing = async (path: string, flags: number, work: (fd: number) => Promise<void>): Promise<void> => {
    const fd = await open(path, flags)
    try {
      await work(fd)
    } catch (error) {
      await close(fd).catch(() => undefined)
      throw withPath(error, path)
    }
    await close(fd)
  }

  const create = (path: string, bytes: Buffer): Promise<void> =>
    changing(path, CREATE, async (fd) => {
      for (let at = 0; at < bytes.length; ) at += (await disk.write(fd, bytes, at, bytes.length - at)).bytesWritten
      if (durable && bytes.length > 0) await disk.fsync(fd)
    })

  const syncFolder = async (path: string): Promise<void> => {
    // Windows cannot open a folder and writes its entries through.
    if (!durable || process.platform === 'win32') return
    await changing(path, O_RDONLY, (fd) => disk.fsync(fd)).catch(ignoring('EINVAL', 'ENOTSUP'))
  }

  const makeFolder = async (path: string): Promise<void> => {
    const first = await disk.mkdir(path, { mode: FOLDER_MODE, recursive: true })
    if (first === undefined) return
    for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
  }

  const entries = async (path: string): Promise<string[]> => {
    const names = await disk.readdir(path).catch(ignoring('ENOENT'))
    return names?.sort() ?? []
  }

  const exists = async (path: string): Promise<boolean> => {
    return (await disk.lstat(path).catch(ignoring('ENOENT'))) !== undefined
  }
  const removeFile = (path: string): Promise<void> => disk.unlink(path).catch(ignoring('ENOENT'))
  const removeIfEmpty = (path: string): Promise<void> =>
    disk.rmdir(path).catch(ignoring('ENOENT', 'ENOTEMPTY', 'EEXIST'))
  const removeFolder = async (path: string): Promise<void> => {
    for (const name of await entries(path)) await removeFile(`${path}/${name}`)
    await removeIfEmpty(path)
  }

  return {
    disk,
    reading,
    create,
    makeFolder,
    syncFolder,
    entries,
    exists,
    removeFile,
    removeIfEmpty,
    removeFolder,
  }
}

// The system does not tell the path of an open file, and without it nobody finds the full disk.
function withPath(error: unknown, path: string): unknown {
  return error instanceof Error && !('path' in error) ? Object.assign(error, { path }) : error
}

/** The code of a system error, like `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}

/** For `catch`: these system errors are answers, all others are thrown on. */
export function ignoring(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error) ?? '')) throw error
  }
}

/** Takes at most `free` callers at a time; the others wait in line. */
function slotsFor(free: number): { take(): Promise<void> | undefined; leave(): void } {
  const line: (() => void)[] = []
  let left = free
  return {
    take() {
      if (left > 0) left -= 1
      else return new Promise((resolve) => line.push(resolve))
      return undefined
    },
    leave() {
      const next = line.shift()
      if (next) next()
      else left += 1
    },
  }
}
