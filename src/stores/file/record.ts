/**
 * What a record file holds: three parts that a person can read.
 *
 *     holdfast-record 1 5a0c77e1
 *     {"key":"...","expiresAt":1767225600000,"revision":"...","owner":"...","bytes":17,"crc":"90b5fd0e"}
 *     {"the":"session"}
 *
 * The first line has the format's version and the checksum of the second, the second has the length and checksum of
 * the third. A file that is torn, cut short, copied over another one or not ours fails one of these and is not a record.
 */

import { toUSVString } from 'node:util'
import { crc32 } from 'node:zlib'
import { SessionStoreError } from '../../core/errors.ts'
import type { StoreEntry } from '../../core/store.ts'
import { isKey, isOwner, isRevision } from '../internal/key.ts'
import { codeOf, type Files } from './disk.ts'
import { nameOf } from './layout.ts'

/** Everything but the value. */
export interface RecordHead extends Omit<StoreEntry, 'value'> {
  readonly key: string
}

/** What is in a record's place: nothing, a record, another version's record, or something that is not a record. */
export type Found<T extends RecordHead = RecordHead & StoreEntry> = 'nothing' | 'newer' | 'unreadable' | T

const MAGIC = 'holdfast-record '
const VERSION = 1
const START = new RegExp(`^${MAGIC}([1-9]\\d{0,5}) ([0-9a-f]{8})\\n`)
// A head is at most 2.5 KiB: everything of it, and a small value, comes with the first read.
const FIRST_READ = 4096
// Far above the largest session. A file over it is not read into memory.
const MAX_BYTES = 16 * 1024 * 1024
// A link, a socket, and what other systems say for a link.
const NOT_A_FILE = new Set(['ELOOP', 'EMLINK', 'EFTYPE', 'ENXIO'])

type WrittenHead = RecordHead & { bytes: number; crc: string; encoding?: 'utf16le' | undefined }

export function encodeRecord(key: string, entry: StoreEntry): Buffer {
  const { value, expiresAt, revision, owner } = entry
  // UTF-8 cannot hold half a surrogate pair.
  const encoding = toUSVString(value) === value ? undefined : 'utf16le'
  const bytes = Buffer.from(value, encoding ?? 'utf8')
  const written: WrittenHead = { key, expiresAt, revision, owner, bytes: bytes.length, crc: checksum(bytes), encoding }
  const head = Buffer.from(JSON.stringify(written))
  const record = Buffer.concat([Buffer.from(`${MAGIC}${VERSION} ${checksum(head)}\n`), head, NEWLINE, bytes])
  if (record.length > MAX_BYTES) {
    throw new SessionStoreError('ERR_SESSION_TOO_LARGE', `The file store keeps at most ${MAX_BYTES} bytes per entry.`, {
      help: 'Keep large data elsewhere and their name in the session.',
    })
  }
  return record
}

/** Reads the record of this name; without `withValue` not much more than its head. */
export function readRecord(files: Files, path: string, name: string, withValue: true): Promise<Found>
export function readRecord(files: Files, path: string, name: string, withValue: false): Promise<Found<RecordHead>>
export async function readRecord(
  files: Files,
  path: string,
  name: string,
  withValue: boolean,
): Promise<Found<RecordHead>> {
  try {
    return await files.reading(path, async (fd) => {
      const stats = await files.disk.fstat(fd)
      if (!stats.isFile() || stats.size > MAX_BYTES || !isOurs(stats.uid)) return 'unreadable'
      const wanted = withValue ? stats.size : Math.min(stats.size, FIRST_READ)
      const bytes = Buffer.allocUnsafe(wanted)
      let filled = 0
      while (filled < wanted) {
        const { bytesRead } = await files.disk.read(fd, bytes, filled, wanted - filled, filled)
        if (bytesRead === 0) return 'unreadable'
        filled += bytesRead
      }
      return decode(bytes, stats.size, name, withValue)
    })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return 'nothing'
    if (code !== undefined && NOT_A_FILE.has(code) && !(await files.disk.lstat(path)).isFile()) return 'unreadable'
    throw error
  }
}

function decode(bytes: Buffer, size: number, name: string, withValue: boolean): Found<RecordHead> {
  const start = START.exec(bytes.toString('latin1', 0, MAGIC.length + 20))
  if (!start) return 'unreadable'
  if (Number(start[1]) > VERSION) return 'newer'
  const headStart = start[0].length
  const headEnd = bytes.indexOf(NEWLINE, headStart)
  if (headEnd === -1) return 'unreadable'
  const headBytes = bytes.subarray(headStart, headEnd)
  if (checksum(headBytes) !== start[2]) return 'unreadable'
  const head = parse(headBytes)
  if (!head || headEnd + 1 + head.bytes !== size || nameOf(head.key) !== name) return 'unreadable'
  const { key, expiresAt, revision, owner } = head
  if (!withValue) return { key, expiresAt, revision, owner }
  const valueBytes = bytes.subarray(headEnd + 1)
  if (checksum(valueBytes) !== head.crc) return 'unreadable'
  const found: RecordHead & StoreEntry = {
    key,
    value: valueBytes.toString(head.encoding ?? 'utf8'),
    expiresAt,
    revision,
    owner,
  }
  return found
}

function parse(bytes: Buffer): WrittenHead | undefined {
  let head: Partial<WrittenHead>
  try {
    head = JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
  const { key, expiresAt, revision, owner, encoding } = head
  if (!isKey(key) || !Number.isSafeInteger(expiresAt) || !isRevision(revision)) return undefined
  if ((owner !== undefined && !isOwner(owner)) || (encoding !== undefined && encoding !== 'utf16le')) return undefined
  return head as WrittenHead
}

// A file that somebody else could put here is not believed. Root reads everybody's.
function isOurs(uid: number): boolean {
  const me = process.geteuid?.()
  return me === undefined || me === 0 || uid === me
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}

const NEWLINE = Buffer.from('\n')
