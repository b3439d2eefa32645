// Where results are kept: JSON, and the report beside it, which can be made again from the JSON alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/entries.mjs'
import { page } from '../../report/page.mjs'

export const FORMAT = 1
export const home = join(root, '.cache', 'bench')

export const fileName = (at) =>
  at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')

/** Writes `<name>.json` and `<name>.html`, and answers their paths. */
export function writeResults(results, name, folder = home) {
  mkdirSync(folder, { recursive: true })
  const json = join(folder, `${name}.json`)
  writeFileSync(json, `${JSON.stringify(results, undefined, 1)}\n`)
  return { json, html: writeReport(results, json) }
}

export function writeReport(results, json) {
  const html = json.replace(/\.json$/, '.html')
  writeFileSync(html, page(results))
  return html
}

/** Reads results, and says so if they are something else. */
export function readResults(json) {
  const results = JSON.parse(readFileSync(json, 'utf8'))
  if (results?.format !== FORMAT || !Array.isArray(results.groups))
    throw new Error(`${json}: not results of this program`)
  return results
}
