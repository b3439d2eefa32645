import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** An empty project in a temp folder that has the packed package installed, and nothing else but Node's types. */
    consumer: string
    tarball: string
    packed: { files: string[]; unpackedSize: number }
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))

const npm = (cwd: string, ...args: string[]): string => {
  const run = spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (run.status !== 0) throw new Error(`npm ${args[0]} ended with ${run.status}:\n${run.stderr}`)
  return run.stdout
}

const pack = (folder: string, into: string) => {
  const said = npm(folder, 'pack', '--json', '--ignore-scripts', '--pack-destination', into)
  const [report] = JSON.parse(said) as [{ filename: string; unpackedSize: number; files: { path: string }[] }]
  return { ...report, tarball: join(into, report.filename) }
}

/**
 * Packs what `npm publish` would, and installs it as a user would. The one dependency is packed from node_modules, so
 * that neither a registry nor a network is needed.
 */
export const setup = (project: TestProject): (() => void) => {
  const build = spawnSync(process.execPath, ['scripts/build.mjs', '--prune'], { cwd: root, encoding: 'utf8' })
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`)

  const home = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-package-')))
  const consumer = join(home, 'consumer')
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }\n')

  const own = pack(root, home)
  const cookie = pack(join(root, 'node_modules', 'cookie'), home)
  npm(consumer, 'install', '--offline', '--no-audit', '--no-fund', own.tarball, cookie.tarball)

  // TypeScript finds Node's types here and no framework's.
  mkdirSync(join(consumer, 'node_modules', '@types'))
  symlinkSync(
    join(root, 'node_modules', '@types', 'node'),
    join(consumer, 'node_modules', '@types', 'node'),
    'junction',
  )

  project.provide('consumer', consumer)
  project.provide('tarball', own.tarball)
  project.provide('packed', { files: own.files.map((file) => file.path), unpackedSize: own.unpackedSize })
  return () => rmSync(home, { recursive: true, force: true })
}
