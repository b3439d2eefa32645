import { describe, expect, it } from 'vitest'
import { clean, compile, root } from './compile.ts'

const program = (name: string) => `drop-ins/${name}.ts`
const EXPRESS = ['express', 'express-serve-static-core', 'body-parser', 'connect', 'http-errors', 'qs', 'range-parser']
const packages = [
  ...[...EXPRESS, 'send', 'serve-static'].map((name) => `@types/${name}`),
  ...['connect-redis', 'connect-mongo', 'express-session'],
]
const nodenext = { module: 'NodeNext', esModuleInterop: true, noImplicitOverride: true }

describe('the drop-ins’ types', () => {
  it('are those of import, and of require, under NodeNext', () => {
    const files = { 'esm.mts': program('imported'), 'cjs.cts': program('imported') }
    expect(compile({ name: 'drop-esm', files, options: { ...nodenext, skipLibCheck: false } })).toEqual(clean)
    const required = { 'required.cts': program('required') }
    expect(compile({ name: 'drop-require', files: required, options: nodenext })).toEqual(clean)
  })

  it.each([true, false])(
    'are those of import in CommonJS under node16, with esModuleInterop: %s',
    (esModuleInterop) => {
      const options = { module: 'Node16', esModuleInterop, ignoreDeprecations: '6.0' }
      const files = { 'imported.ts': program('imported'), 'required.ts': program('required') }
      expect(compile({ name: `drop-cjs-${esModuleInterop}`, files, options, type: 'commonjs' })).toEqual(clean)
    },
  )

  it('resolve for bundlers', () => {
    const options = { module: 'Preserve', moduleResolution: 'Bundler' }
    expect(compile({ name: 'drop-bundler', files: { 'imported.ts': program('imported') }, options })).toEqual(clean)
  })

  it.each([true, false])('resolve as before exports tables, with esModuleInterop: %s', (esModuleInterop) => {
    const options = { module: 'CommonJS', moduleResolution: 'node10', esModuleInterop, ignoreDeprecations: '6.0' }
    const files = { 'imported.ts': program('imported'), 'required.ts': program('required') }
    expect(compile({ name: `drop-node10-${esModuleInterop}`, files, options, type: 'commonjs' })).toEqual(clean)
  })

  it('fit the source', () => {
    const options = { module: 'NodeNext', lib: ['ES2023'], allowImportingTsExtensions: true }
    const edit = (text: string) => text.replaceAll('ROOT/', root)
    expect(compile({ name: 'drop-fits', files: { 'fits.ts': program('fits') }, options, edit })).toEqual(clean)
  })

  it('compile beside Holdfast’s own for Express, which then are those of req.session', () => {
    const files = { 'both.ts': program('both') }
    expect(compile({ name: 'drop-both', files, options: nodenext, packages: ['@types'] })).toEqual(clean)
  })
})

describe('koa-session’s types', () => {
  it.each(['koa', 'koa-both'])('fit Koa’s: %s', (name) => {
    const files = { [`${name}.ts`]: program(name) }
    expect(compile({ name: `drop-${name}`, files, options: nodenext, packages: ['@types'] })).toEqual(clean)
  })
})

describe('applications of express-session', () => {
  const files = { 'login.ts': program('login'), 'sockets.ts': program('sockets') }
  const types = Object.fromEntries(
    ['index.d.ts', 'package.json'].map((file) => [
      `node_modules/@types/express-session/${file}`,
      `drop-ins/definitely-typed/${file}`,
    ]),
  )
  const typed = { ...files, ...types }
  const options = { ...nodenext, exactOptionalPropertyTypes: false }

  it('compile with express-session’s types', () => {
    expect(compile({ name: 'drop-original', files: typed, options, packages })).toEqual(clean)
  })

  it('compile with another name in their imports, and no types of express-session', () => {
    const edit = (text: string) => text.replaceAll(`'express-session'`, `'holdfast/express-session'`)
    expect(compile({ name: 'drop-renamed', files, options, packages, edit })).toEqual(clean)
  })

  it('compile with another name in their imports alone, if express-session’s types stay', () => {
    const kept = { ...typed, 'factories.ts': program('factories') }
    const edit = (text: string) => text.replaceAll(`from 'express-session'`, `from 'holdfast/express-session'`)
    expect(compile({ name: 'drop-kept', files: kept, options, packages, edit })).toEqual(clean)
  })
})
