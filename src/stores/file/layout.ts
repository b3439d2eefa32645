/**
 * Where things are in the store's directory. No name comes from outside: a record is called after the SHA-256 of its
 * key, so that every key is a safe name of one length in lower case, and one letter's case makes another file.
 *
 *     records/3f/a/3fa0...            one session; 256 x 16 folders keep each of them small
 *     owners/9c/2/9c21... .3fa0...    an empty file that says: this owner may have this record
 *     locks/<token>/<token>           what a process locks with, and in the same folder what it is going to write
 *     locks/3fa0.../<token>           the same folder while it locks this record
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
