import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const child = fileURLToPath(new URL('../children/adapter-faults.mjs', import.meta.url))

it('T305 both builds on one response; what a handler throws is an exception, not a rejected promise', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [child], { encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(JSON.parse(stdout)).toEqual({
    heard: ['uncaught: the handler failed'],
    apart: true,
    cookies: ['one', 'two'],
  })
})
