import { describe, expect, it } from 'vitest'
import { clean, compile } from './compile.ts'

describe('the packed types', () => {
  it('compile under NodeNext, from ESM and from CommonJS', () => {
    const files = { 'esm.mts': 'program.ts', 'cjs.cts': 'program.ts' }
    // Once with the declarations themselves checked, ours and Node's; it takes longest.
    const options = { module: 'NodeNext', moduleResolution: 'NodeNext', skipLibCheck: false }
    expect(compile({ name: 'nodenext', files, options })).toEqual(clean)
  })

  it('compile under node16 in a CommonJS project', () => {
    const options = { module: 'Node16', moduleResolution: 'Node16' }
    expect(compile({ name: 'node16', files: { 'program.ts': 'program.ts' }, options, type: 'commonjs' })).toEqual(clean)
  })

  it('compile under the resolution of bundlers', () => {
    const options = { module: 'Preserve', moduleResolution: 'Bundler' }
    expect(compile({ name: 'bundler', files: { 'program.ts': 'program.ts' }, options })).toEqual(clean)
  })

  it('compile under the resolution from before exports tables, which many CommonJS projects still have', () => {
    const options = { module: 'CommonJS', moduleResolution: 'node10', ignoreDeprecations: '6.0' }
    expect(compile({ name: 'node10', files: { 'program.ts': 'program.ts' }, options, type: 'commonjs' })).toEqual(clean)
  })

  it('compile without exactOptionalPropertyTypes, as most projects are', () => {
    const loose = { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false, skipLibCheck: false }
    const options = { module: 'NodeNext', ...loose }
    expect(compile({ name: 'lenient', files: { 'program.ts': 'program.ts' }, options })).toEqual(clean)
  })

  it('fit Koa and Express, and one augmented interface types both', () => {
    const options = { module: 'NodeNext', esModuleInterop: true }
    const files = { 'esm.mts': 'augmented.ts', 'cjs.cts': 'augmented.ts' }
    expect(compile({ name: 'frameworks', files, options, packages: ['@types'] })).toEqual(clean)
  })

  it('catch what is wrong', () => {
    const { said, status } = compile({
      name: 'wrong',
      files: { 'wrong.ts': 'wrong.ts' },
      options: { module: 'NodeNext' },
    })
    expect(said).toBe('') // every mistake in it is one that the program says it expects
    expect(status).toBe(0)
  })
})
