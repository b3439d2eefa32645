import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packed = inject('packed')
const manifest = JSON.parse(
  readFileSync(join(inject('consumer'), 'node_modules/holdfast/package.json'), 'utf8'),
) as Record<string, Record<string, string> | undefined>

const bin = (name: string, ...args: string[]) => {
  const manifestFile = join(root, 'node_modules', name, 'package.json')
  const { bin: field } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { bin: string | Record<string, string> }
  const file = typeof field === 'string' ? field : (Object.values(field)[0] ?? '')
  const run = spawnSync(process.execPath, [join(root, 'node_modules', name, file), ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status: run.status, said: `${run.stdout}${run.stderr}` }
}

describe('the tarball', () => {
  it('holds the built files and the pages, and no source, test or map', () => {
    const others = packed.files.filter((file) => !/^dist\/[\w-]+\.(d\.)?c?[jt]s$/.test(file)).sort()
    expect(others).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'])
  })

  it('holds no chunk that nothing imports', () => {
    const read = (file: string) => readFileSync(join(inject('consumer'), 'node_modules/holdfast', file), 'utf8')
    const built = packed.files.filter((file) => file.startsWith('dist/'))
    const text = built.map(read).join('\n').replaceAll("'", '"')
    const orphans = built.filter((file) => {
      const name = file.slice('dist/'.length)
      const asImported = name.replace(/\.d\.ts$/, '.js').replace(/\.d\.cts$/, '.cjs')
      return !JSON.stringify(manifest.exports).includes(file) && !text.includes(`"./${asImported}"`)
    })
    expect(orphans).toEqual([])
  })

  it('is small', () => {
    expect(packed.unpackedSize).toBeLessThan(1_800_000)
  })

  it('T309 depends on nothing but cookie, and runs no script when it is installed', () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual(['cookie'])
    expect(manifest.peerDependencies).toBeUndefined()
    expect(manifest.optionalDependencies).toBeUndefined()
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual(
      [],
    )
  })

  it('has nothing to complain about for publint', () => {
    const { status, said } = bin('publint', 'run', inject('tarball'), '--strict')
    expect(said).toContain('All good')
    expect(status).toBe(0)
  })

  it('has types that resolve under every kind of resolution, from ESM and from CommonJS', () => {
    const { status, said } = bin('@arethetypeswrong/cli', inject('tarball'), '--profile', 'strict', '--no-color')
    expect(said).toContain('No problems found')
    expect(status).toBe(0)
  })
})
