import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { root } from './compile.ts'

/** Runs a program in the empty project and reads the JSON it prints. */
const run = (name: string): Record<string, unknown> => {
  const copy = join(inject('consumer'), name)
  cpSync(join(root, 'test/package/programs/drop-ins', name), copy)
  const files = mkdtempSync(join(inject('consumer'), 'files-'))
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-deprecation', copy, root, files], {
    cwd: inject('consumer'),
    encoding: 'utf8',
  })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return JSON.parse(stdout) as Record<string, unknown>
}

describe('the drop-ins', () => {
  it('are for require what express-session and koa-session are, to applications and to stores', () => {
    expect(run('run.cjs')).toEqual({
      itself: [true, true, true],
      koa: [true, true, true],
      parsed: 'koa.sess',
      stores: [true, true, true],
      made: [
        'connect-pg-simple',
        'connect-session-sequelize',
        'connect-sqlite3',
        'express-mysql-session',
        'memorystore',
        'session-file-store',
      ],
      foreign: 2,
      foreignStore: { seen: ['1', '2'], isOurs: false },
    })
  })

  it('are the same functions and classes by import', () => {
    expect(run('run.mjs')).toEqual({
      named: true,
      properties: [true, true, true],
      stores: [true, true],
      koa: [true, 'koa.sess'],
    })
  })
})
