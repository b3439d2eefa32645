import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { fileStore } from '../../src/stores/file.ts'
import { storeSuite } from '../../src/testing/index.ts'

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'holdfast-file-'))
const removeFolder = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true })

// That the durable store keeps them, `conformance.test.ts` says.
storeSuite({
  describe,
  it,
  name: 'fileStore that is not durable',
  async open() {
    const directory = await newFolder()
    const open = () => fileStore({ directory, durable: false })
    return { store: open(), reopen: open, close: () => removeFolder(directory) }
  },
  processes: {
    module: fileURLToPath(new URL('../children/file-process.mjs', import.meta.url)),
    address: newFolder,
    remove: removeFolder,
    count: 4,
  },
})
