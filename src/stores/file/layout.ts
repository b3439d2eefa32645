/**
 * Where things are in the store's directory. No name comes from outside: a record is called after the SHA-256 of its
 * key, so that every key is a safe name of one length in lower case, and one letter's case makes another file.
 *
 *     records/3f/a/3fa0...            one session; 256 x 16 folders keep each of them small
 *     owners/9c/2/9c21... .3fa0...    an empty file that says: this owner may have this record
 *     locks/3fa0.../<token>           a locked record: the folder is the lock, the file in it says whose
 *     locks/<token>/<token>           a write that is being prepared
 */

import { hash } from 'node:crypto'

export interface Layout {
  readonly directory: string
  readonly records: string
  readonly owners: string
  readonly locks: string
}

export const RECORD_NAME = /^[0-9a-f]{64}$/
export const HINT_NAME = /^[0-9a-f]{64}\.[0-9a-f]{64}$/

export function layout(directory: string): Layout {
  return {
    directory,
    records: `${directory}/records`,
    owners: `${directory}/owners`,
    locks: `${directory}/locks`,
  }
}

/** The file name for a key, or the first half of a hint's for an owner. */
export function nameOf(text: string): string {
  return hash('sha256', text, 'hex')
}

/** The folder below `root` that a name belongs to. */
export function folderOf(root: string, name: string): string {
  return `${root}/${name.slice(0, 2)}/${name.slice(2, 3)}`
}
