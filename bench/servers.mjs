// The servers that the tests start, for the benchmark: bundled, because not every Node reads TypeScript.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'tsdown'
import { root } from '../scripts/entries.mjs'
import { servers as findAndInstall } from '../scripts/servers.mjs'

// As deep below the root as test/servers, whose files look for others from there.
const home = join(root, '.cache', 'bench-servers')

/** `{ redisServer, postgresServer, mariadbServer, mongodbServer }`, each of which makes a server of our own. */
export async function serverMakers() {
  console.log(`servers: ${findAndInstall()}\n`)
  const stubs = join(root, '.cache', 'bench-stubs')
  mkdirSync(stubs, { recursive: true })
  const runner = join(stubs, 'no-runner.mjs')
  writeFileSync(runner, 'export const describe = undefined\nexport const test = undefined\n')
  const names = ['redis', 'postgres', 'mariadb', 'mongodb']
  await build({
    config: false,
    entry: Object.fromEntries(names.map((name) => [name, join(root, 'test/servers', `${name}.ts`)])),
    outDir: home,
    format: 'esm',
    platform: 'node',
    dts: false,
    alias: { vitest: runner },
    external: [/node_modules/, ...names, 'ioredis', 'pg', 'mysql2', 'mongodb'],
    logLevel: 'error',
  })
  const modules = await Promise.all(names.map((name) => import(pathToFileURL(join(home, `${name}.mjs`)).href)))
  return Object.assign({}, ...modules)
}
