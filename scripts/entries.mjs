// The `exports` table in package.json is the one map of what can be imported. This file says which source file stands
// behind each of its rows; the build, the checks and the package tests all ask here.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export const readPackage = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const NAMED = {
  '.': 'src/index.ts',
  './stores': 'src/stores/open-store.ts',
  './bridges': 'src/compat/bridges/index.ts',
}

// `./koa` is an adapter, `./memory` a store, `./koa-session` a drop-in, `./testing` a folder with an index: the first file that exists.
const candidates = (subpath) => {
  if (NAMED[subpath]) return [NAMED[subpath]]
  const name = subpath.slice(2)
  return [`src/adapters/${name}.ts`, `src/stores/${name}.ts`, `src/compat/${name}.ts`, `src/${name}/index.ts`]
}

/** One row per import path: `{ subpath: './koa', name: 'koa', source: 'src/adapters/koa.ts' }`. */
export const entries = () =>
  Object.keys(readPackage().exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => {
      const files = candidates(subpath)
      const source = files.find((file) => existsSync(join(root, file)))
      return { subpath, name: subpath === '.' ? 'index' : subpath.slice(2), source, candidates: files }
    })
