import { statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataFolder, demoThatEnds, startDemo } from './support/demo.ts'
import { visitor } from './support/visitor.ts'

describe('starting and stopping the demo', { timeout: 120_000 }, () => {
  let folder: ReturnType<typeof dataFolder>
  beforeEach(() => {
    folder = dataFolder()
  })
  afterEach(() => folder.remove())

  it('keeps its secret in a file that only its owner can read', async () => {
    const demo = await startDemo(folder.path)
    await demo.stop()
    expect(statSync(join(folder.path, 'secret')).mode & 0o777).toBe(0o600)
  })

  it('takes SESSION_SECRET and STORE_URL, and ends on SIGINT too', async () => {
    const demo = await startDemo(folder.path, {
      STORE_URL: 'memory:',
      SESSION_SECRET: 'x7Kp2mQ9'.repeat(2) + 'aB3dE5fG'.repeat(2),
    })
    expect((await visitor().get(`${demo.url}/koa/api/session`)).body.store).toBe('memory')
    expect(await demo.stop('SIGINT')).toBe(0)
    expect(() => statSync(join(folder.path, 'secret'))).toThrow('ENOENT')
  })

  it('says clearly that the port is in use, or is no port', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const busy = await demoThatEnds(folder.path, { PORT: String(port) })
    taken.close()
    expect(busy).toMatchObject({ exitCode: 1, output: expect.stringContaining(`Port ${port} is in use`) })
    const wrong = await demoThatEnds(folder.path, { PORT: '30 00' })
    expect(wrong).toMatchObject({ exitCode: 1, output: expect.stringContaining('PORT must be a whole number') })
  })

  it('refuses a secret file that holds no secret, and does not print it', async () => {
    const demo = await startDemo(folder.path)
    await demo.stop()
    writeFileSync(join(folder.path, 'secret'), 'short-and-known')
    const ended = await demoThatEnds(folder.path, { PORT: '0' })
    expect(ended).toMatchObject({ exitCode: 1, output: expect.stringContaining('no usable secret') })
    expect(ended.output).not.toContain('short-and-known')
  })

  it('names the variable that is wrong, and prints neither a URL nor a secret', async () => {
    const url = await demoThatEnds(folder.path, { PORT: '0', STORE_URL: 'nosuch://user:canary-3f9c@host' })
    expect(url).toMatchObject({ exitCode: 1, output: expect.stringContaining('STORE_URL: ') })
    const secret = await demoThatEnds(folder.path, { PORT: '0', SESSION_SECRET: 'canary-3f9c' })
    expect(secret).toMatchObject({ exitCode: 1, output: expect.stringContaining('SESSION_SECRET: ') })
    expect(url.output + secret.output).not.toContain('canary-3f9c')
  })

  it('gives the port back when npm is stopped, whose shell passes no signal on', async () => {
    const demo = await startDemo(folder.path, {}, 'npm')
    const answers = () =>
      fetch(demo.url).then(
        (response) => response.status,
        () => 'nobody',
      )
    expect(await answers()).toBe(200)
    await demo.stop('SIGTERM')
    await expect.poll(answers, { timeout: 20_000 }).toBe('nobody')
  })
})
