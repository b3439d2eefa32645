import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')
const { exports: table } = JSON.parse(readFileSync(join(consumer, 'node_modules/holdfast/package.json'), 'utf8')) as {
  exports: Record<string, unknown>
}
const paths = Object.keys(table)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => `holdfast${subpath.slice(1)}`)

/** They are made for those who have `import session from` or `require` in their code already. */
const DROP_INS = ['holdfast/express-session', 'holdfast/koa-session']

/** Runs a program in the empty project, where no framework and no driver is installed, and reads the JSON it prints. */
const run = <T>(kind: 'module' | 'commonjs', program: string): T => {
  const args = [`--input-type=${kind}`, '--unhandled-rejections=strict', '-e', program]
  const child = spawnSync(process.execPath, args, { cwd: consumer, encoding: 'utf8' })
  expect(child.stderr).toBe('')
  expect(child.status).toBe(0)
  return JSON.parse(child.stdout) as T
}

type Names = Record<string, Record<string, string>>
const NAMES = `(m) => Object.fromEntries(Object.keys(m).sort().map((name) => [name, typeof m[name]]))`

describe('the packed package in an empty project', () => {
  const viaImport = run<Names>(
    'module',
    `const names = ${NAMES}
     const all = {}
     for (const path of ${JSON.stringify(paths)}) all[path] = names(await import(path))
     console.log(JSON.stringify(all))`,
  )
  const viaRequire = run<Names>(
    'commonjs',
    `const names = ${NAMES}
     const all = {}
     for (const path of ${JSON.stringify(paths)}) all[path] = names(require(path))
     console.log(JSON.stringify(all))`,
  )

  it.each(paths)(
    '%s has the same named exports from import and from require, and no default but in drop-ins',
    (path) => {
      expect(Object.keys(viaImport[path] ?? {})).not.toEqual([])
      expect(viaImport[path]).toEqual(viaRequire[path])
      expect(viaImport[path]?.default).toBe(DROP_INS.includes(path) ? 'function' : undefined)
    },
  )

  it.each(DROP_INS)('%s is a function for require, as the package that it stands for', (path) => {
    const answers = run(
      'commonjs',
      `const it = require(${JSON.stringify(path)})
       console.log(JSON.stringify([typeof it, it === it.default, it.__esModule, Object.keys(it).includes('__esModule')]))`,
    )
    expect(answers).toEqual(['function', true, true, false])
  })

  it('exports nothing else, neither core nor internal nor a built file', () => {
    const closed = ['core/commit', 'core/commit.js', 'dist/index.js', 'internal', 'adapters/koa'].map(
      (path) => `holdfast/${path}`,
    )
    const codes = run<string[]>(
      'module',
      `const code = (path) => import(path).then(() => path, (error) => error.code)
       console.log(JSON.stringify(await Promise.all(${JSON.stringify(closed)}.map(code))))`,
    )
    expect(codes).toEqual(closed.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'))
  })

  it('exports its package.json, which tools ask for', () => {
    expect(run('commonjs', `console.log(JSON.stringify(require('holdfast/package.json').name))`)).toBe('holdfast')
  })

  it('starts nothing by being loaded: no timer, no handle, no process listener', () => {
    const left = run<{ handles: string[]; listeners: string[] }>(
      'module',
      `const before = new Set(process.eventNames())
       for (const path of ${JSON.stringify(paths)}) await import(path)
       console.log(JSON.stringify({
         // What reading the modules themselves and this output leaves is not the library's.
         handles: process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FS|CloseReq)/.test(kind)),
         listeners: process.eventNames().filter((name) => !before.has(name)).map(String),
       }))`,
    )
    expect(left).toEqual({ handles: [], listeners: [] })
  })
})
