import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { type Engine, engineAt } from '../../support/engine.ts'
import type { Edit } from './bug.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const source = join(root, 'src')
/** What the engine consists of. */
const PARTS = ['index.ts', 'engine.ts', 'options.ts', 'core', 'admin', 'stores']

export interface Copies {
  /** An engine with these changes. Throws if one of them does not apply. */
  seeded(edits: readonly Edit[]): Promise<Engine>
  remove(): void
}

/**
 * A folder for changed copies of `src`, each of which is an engine of its own in this process. All files are compiled
 * once, and then only the changed ones.
 */
export function copies(): Copies {
  // What lies below node_modules is imported by Node itself and not by the test runner, which would compile it again.
  const folder = join(root, 'node_modules/.cache', `holdfast-seeded-${process.pid}`)
  const clean = join(folder, 'clean')
  let count = 0
  return {
    seeded(edits) {
      if (count === 0) compileAll(clean)
      const target = join(folder, String(count++))
      cpSync(clean, target, { recursive: true })
      const files = new Set(edits.map(({ file }) => file))
      for (const file of files) {
        const changed = edits
          .filter((edit) => edit.file === file)
          .reduce(apply, readFileSync(join(source, file), 'utf8'))
        compile(changed, join(target, file))
      }
      return engineAt(target, 'mjs')
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function apply(text: string, { file, from, to }: Edit): string {
  const parts = text.split(from)
  if (parts.length !== 2)
    throw new Error(`src/${file} has ${parts.length - 1} times what a seeded bug changes: ${from}`)
  return parts.join(to)
}

function compileAll(target: string): void {
  for (const part of PARTS) {
    const files = part.endsWith('.ts')
      ? [part]
      : readdirSync(join(source, part), { recursive: true, encoding: 'utf8' }).map((file) => join(part, file))
    for (const file of files) {
      if (file.endsWith('.ts')) compile(readFileSync(join(source, file), 'utf8'), join(target, file))
    }
  }
}

function compile(text: string, path: string): void {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  })
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path.replace(/\.ts$/, '.mjs'), outputText.replace(/ from '(\.[^']+)\.ts'/g, " from '$1.mjs'"))
}
