// A drop-in is called as the package that it replaces: `require()` answers the function itself, with everything else as its
// properties, and the declarations say so (`export =`). The bundler makes plain modules; this gives them that shape.
import { appendFileSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entries, root } from './entries.mjs'

const names = () =>
  entries()
    .filter(({ name, source }) => source === `src/compat/${name}.ts`)
    .map(({ name }) => name)

/** `export { a, type B, c as default };` at the end of a declaration file, as a namespace of what is the default. */
const namespaceOf = (declarations, file) => {
  const tail = /export \{([^{}]*)\};?\s*$/.exec(declarations)
  const items = tail?.[1].split(',').map((item) => item.trim())
  const main = items?.map((item) => /^(\w+) as default$/.exec(item)?.[1]).find(Boolean)
  if (!main || !declarations.includes(`declare function ${main}(`))
    throw new Error(`${file}: its default is no function`)
  return {
    before: declarations.slice(0, tail.index),
    tail: `declare namespace ${main} {\n  export { ${items.join(', ')} };\n}\nexport = ${main};\n`,
    items,
  }
}

// What is in `types` is written by hand, because it says more than the source can; the rest follows from the source.
const declare = (outDir, name) => {
  const file = join(outDir, `${name}.d.cts`)
  const { before, tail, items } = namespaceOf(readFileSync(file, 'utf8'), file)
  writeFileSync(file, `${before}${tail}`)
  const exported = items.map((item) => item.replace(/^(type )?\w+ as /, '$1'))
  writeFileSync(join(outDir, `${name}.d.ts`), `export { ${exported.join(', ')} } from "./${name}.cjs";\n`)
}

/** Shapes the drop-ins in a folder of built files. */
export const shapeDropIns = (outDir) => {
  const byHand = readdirSync(join(root, 'types'))
  for (const name of names()) {
    // Its other exports are properties of the function already.
    const whole = 'Object.defineProperty(exports.default, "__esModule", { value: true })'
    appendFileSync(join(outDir, `${name}.cjs`), `\nmodule.exports = ${whole};\n`)
    if (!byHand.includes(`${name}.d.cts`)) declare(outDir, name)
  }
  for (const file of byHand) copyFileSync(join(root, 'types', file), join(outDir, file))
}
