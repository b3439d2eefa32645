import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'

const program = fileURLToPath(new URL('programs/copies.mjs', import.meta.url))

describe('two copies in one process', () => {
  it('T305 the ESM and the CommonJS build share a store, merge, stay logged out, and know each other’s errors', () => {
    const copy = join(inject('consumer'), 'copies.mjs')
    cpSync(program, copy)
    const { stdout, stderr, status } = spawnSync(process.execPath, [copy], {
      cwd: inject('consumer'),
      encoding: 'utf8',
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(JSON.parse(stdout)).toEqual({
      apart: true,
      seenByRequire: { madeBy: 'import' },
      merged: { madeBy: 'import', left: 1, right: 2 },
      refused: 'ERR_SESSION_LOST',
      jarUnchanged: true,
      revived: {},
      errorsCross: [true, true, true],
      others: [false, false, false],
    })
  })
})
