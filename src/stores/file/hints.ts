/**
 * Which records an owner may have. A hint is an empty file called after the owner and the record. It is made before the
 * record says so and removed after the record is gone, both under the record's lock, so every record with an owner has
 * its hint. A hint too many does no harm: the record decides, and `sweep` removes such hints.
 */

import { codeOf, type Files } from './disk.ts'
import { folderOf, type Layout, nameOf } from './layout.ts'

export interface Hints {
  /** Call under the record's lock, before the record is written. */
  add(owner: string, name: string): Promise<void>
  /** Call under the record's lock, after the record was removed. */
  remove(owner: string, name: string): Promise<void>
  /** The same with the owner's half of the hint's name. */
  drop(id: string, name: string): Promise<void>
  /** The names of the records that may be this owner's, in order. */
  of(owner: string): Promise<string[]>
}

const NOTHING = Buffer.alloc(0)

export function hints(files: Files, { owners: root }: Layout): Hints {
  const place = (owner: string) => {
    const id = nameOf(owner)
    return { id, folder: folderOf(root, id) }
  }
  const drop = (id: string, name: string): Promise<void> => files.removeFile(`${folderOf(root, id)}/${id}.${name}`)
  return {
    async add(owner, name) {
      const { id, folder } = place(owner)
      const path = `${folder}/${id}.${name}`
      try {
        await files.create(path, NOTHING)
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return
        if (codeOf(error) !== 'ENOENT') throw error
        await files.makeFolder(folder)
        await files.create(path, NOTHING)
      }
      await files.syncFolder(folder)
    },
    remove: (owner, name) => drop(nameOf(owner), name),
    drop,
    async of(owner) {
      const { id, folder } = place(owner)
      const names = await files.entries(folder)
      return names.filter((name) => name.startsWith(`${id}.`)).map((name) => name.slice(id.length + 1))
    },
  }
}

/** The two halves of a hint's name: whose, and which record. */
export function splitHint(hint: string): { id: string; name: string } {
  const [id = '', name = ''] = hint.split('.')
  return { id, name }
}
