import { afterAll, describe, expect, it } from 'vitest'
import { commitBugs } from './engine/commit.ts'
import { copies } from './engine/copy.ts'
import { outsideBugs } from './engine/outside.ts'
import { ownerLimitBugs } from './engine/owner-limit.ts'
import { PROOFS } from './engine/proofs.ts'
import { rotationBugs } from './engine/rotation.ts'

const { seeded, remove } = copies()
afterAll(remove)

const rows: string[] = []
afterAll(() => {
  if (process.env.HOLDFAST_TABLE) console.log(`\n${rows.join('\n')}\n\n${rows.length} seeded bugs found`)
})

describe('the proofs find every bug that is seeded into the engine', () => {
  it('and none in a copy without one', { timeout: 120_000 }, async () => {
    const engine = await seeded([])
    for (const { name, find } of PROOFS) expect(await find(engine), name).toBeUndefined()
  })

  for (const { name, by, edits } of [...commitBugs, ...rotationBugs, ...outsideBugs, ...ownerLimitBugs]) {
    it(`${name}: found by ${by}`, { timeout: 120_000 }, async () => {
      const proof = PROOFS.find((each) => each.name === by)
      const said = await proof?.find(await seeded(edits))
      expect(said, `${by} did not find it`).toBeDefined()
      rows.push(`${name.padEnd(68)} | ${by.padEnd(48)} | ${said?.split('\n')[0]?.slice(0, 80)}`)
    })
  }
})
