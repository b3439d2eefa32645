import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Program {
  /** The folder in the empty project. */
  name: string
  /** File names there, and programs of test/package/programs. */
  files: Record<string, string>
  options: Record<string, unknown>
  type?: 'module' | 'commonjs'
  /** Packages of the repository that this program finds beside Holdfast, and nobody else does. */
  packages?: string[]
  edit?: (text: string) => string
}

/** Compiles programs of test/package/programs in the empty project, as strictly as can be. */
export const compile = ({ name, files, options, type = 'module', packages = [], edit = (text) => text }: Program) => {
  const folder = join(inject('consumer'), name)
  mkdirSync(folder)
  for (const [to, from] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    writeFileSync(join(folder, to), edit(readFileSync(join(root, 'test/package/programs', from), 'utf8')))
  }
  const link = (wanted: string, target: string) => {
    mkdirSync(dirname(join(folder, 'node_modules', wanted)), { recursive: true })
    symlinkSync(target, join(folder, 'node_modules', wanted), 'junction')
  }
  for (const wanted of packages) link(wanted, join(root, 'node_modules', wanted))
  // They find each other here, and not what lies around the places that the links lead to.
  const preserveSymlinks = packages.length > 0
  if (preserveSymlinks) link('holdfast', join(inject('consumer'), 'node_modules/holdfast'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true }
  const base = { target: 'ES2022', lib: ['ES2022'], types: ['node'], noEmit: true, preserveSymlinks }
  const settings = { compilerOptions: { ...base, ...strict, ...options }, include: ['.'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const run = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' })
  return { said: run.stdout, status: run.status }
}

export const clean = { said: '', status: 0 }
