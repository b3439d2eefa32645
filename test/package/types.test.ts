import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const consumer = inject('consumer')

/** Compiles programs of test/package/programs in the empty project, as strictly as can be. */
const compile = (name: string, files: Record<string, string>, options: Record<string, unknown>, type = 'module') => {
  const folder = join(consumer, name)
  mkdirSync(folder)
  for (const [to, from] of Object.entries(files)) cpSync(join(root, 'test/package/programs', from), join(folder, to))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true }
  const base = { target: 'ES2022', lib: ['ES2022'], types: ['node'], noEmit: true }
  const settings = { compilerOptions: { ...base, ...strict, ...options }, include: ['.'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const run = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' })
  return { said: run.stdout, status: run.status }
}

const clean = { said: '', status: 0 }

describe('the packed types', () => {
  it('compile under NodeNext, from ESM and from CommonJS', () => {
    const files = { 'esm.mts': 'program.ts', 'cjs.cts': 'program.ts' }
    // Once with the declarations themselves checked, ours and Node's; it takes longest.
    const options = { module: 'NodeNext', moduleResolution: 'NodeNext', skipLibCheck: false }
    expect(compile('nodenext', files, options)).toEqual(clean)
  })

  it('compile under node16 in a CommonJS project', () => {
    const options = { module: 'Node16', moduleResolution: 'Node16' }
    expect(compile('node16', { 'program.ts': 'program.ts' }, options, 'commonjs')).toEqual(clean)
  })

  it('compile under the resolution of bundlers', () => {
    const options = { module: 'Preserve', moduleResolution: 'Bundler' }
    expect(compile('bundler', { 'program.ts': 'program.ts' }, options)).toEqual(clean)
  })

  it('compile under the resolution from before exports tables, which many CommonJS projects still have', () => {
    const options = { module: 'CommonJS', moduleResolution: 'node10', ignoreDeprecations: '6.0' }
    expect(compile('node10', { 'program.ts': 'program.ts' }, options, 'commonjs')).toEqual(clean)
  })

  it('compile without exactOptionalPropertyTypes, as most projects are', () => {
    const loose = { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false, skipLibCheck: false }
    const options = { module: 'NodeNext', ...loose }
    expect(compile('lenient', { 'program.ts': 'program.ts' }, options)).toEqual(clean)
  })

  it('fit Koa and Express, and one augmented interface types both', () => {
    const types = join(consumer, 'node_modules/@types')
    const names = ['koa', 'express', 'express-serve-static-core']
    for (const name of names) symlinkSync(join(root, 'node_modules/@types', name), join(types, name), 'junction')
    const options = { module: 'NodeNext', esModuleInterop: true }
    const files = { 'esm.mts': 'augmented.ts', 'cjs.cts': 'augmented.ts' }
    expect(compile('frameworks', files, options)).toEqual(clean)
  })

  it('catch what is wrong', () => {
    const { said, status } = compile('wrong', { 'wrong.ts': 'wrong.ts' }, { module: 'NodeNext' })
    expect(said).toBe('') // every mistake in it is one that the program says it expects
    expect(status).toBe(0)
  })
})
