import { memoryStore } from '../../../src/stores/memory.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import type { SeededBug } from './bug.ts'

export interface CollectedRule {
  readonly chapter: string
  readonly title: string
  readonly check: () => Promise<void>
}

/** The suite's rules for a store, run by nobody yet. Rules that its declared weaknesses leave out are not among them. */
export function collect({ open, suite }: SeededBug): CollectedRule[] {
  const rules: CollectedRule[] = []
  let chapter = ''
  const weaknesses = suite?.weaknesses ?? ['single-process', 'volatile', 'evicts']
  storeSuite({
    describe(title, body) {
      chapter = title
      body()
    },
    it: Object.assign(
      (title: string, check: () => Promise<void>) => {
        rules.push({ chapter, title, check })
      },
      { skip: () => undefined },
    ),
    name: 'seeded',
    open,
    ...(weaknesses.includes('evicts') ? { small: () => ({ store: memoryStore({ maxEntries: 100 }) }) } : {}),
    ...suite,
    weaknesses,
  })
  return rules
}

/** The one rule that a `chapter > title` stands for, each of them shortened at the end. */
export function find(rules: readonly CollectedRule[], name: string): CollectedRule {
  const [chapter = '', title = ''] = name.split(' > ')
  const begins = rules.filter((rule) => rule.chapter.startsWith(chapter) && rule.title.startsWith(title))
  const exact = begins.filter((rule) => rule.chapter === chapter)
  const found = exact.length > 0 ? exact : begins
  if (found.length !== 1) throw new Error(`"${name}" stands for ${found.length} rules`)
  return found[0]!
}

/** Why the rule fails, or `undefined`. What a mistake does to `Object.prototype` is undone. */
export async function failure({ check }: CollectedRule): Promise<unknown> {
  const before = new Set(Reflect.ownKeys(Object.prototype))
  try {
    await check()
    return undefined
  } catch (error) {
    return error
  } finally {
    for (const key of Reflect.ownKeys(Object.prototype)) {
      if (!before.has(key)) Reflect.deleteProperty(Object.prototype, key)
    }
  }
}
