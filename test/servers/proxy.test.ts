import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FaultProxy, faultProxy } from './proxy.ts'

describe('the fault proxy', () => {
  const sockets: Socket[] = []
  const echo = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  let proxy: FaultProxy

  beforeEach(async () => {
    echo.listen(0, '127.0.0.1')
    await once(echo, 'listening')
    proxy = await faultProxy((echo.address() as AddressInfo).port)
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await proxy.close()
    echo.close()
  })

  const open = async (): Promise<Socket> => {
    const socket = connect(proxy.port, '127.0.0.1')
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  /** What comes back until it is all there, or the error's code, or nothing within the time. */
  const said = (socket: Socket, words: string, withinMs = 10_000): Promise<string> =>
    new Promise((resolve) => {
      let heard = ''
      const timer = setTimeout(() => resolve('nothing'), withinMs)
      const end = (outcome: string): void => {
        clearTimeout(timer)
        resolve(outcome)
      }
      socket.on('data', (data) => {
        heard += data
        if (heard.length >= words.length) end(heard)
      })
      socket.once('error', (error: NodeJS.ErrnoException) => end(String(error.code)))
      socket.write(words)
    })

  test('lets everything through, in order, also late and a few bytes at a time', async () => {
    const socket = await open()
    expect(await said(socket, 'at once')).toBe('at once')
    await proxy.set({ delayMs: 30, jitterMs: 20 })
    const before = performance.now()
    const words = Array.from({ length: 50 }, (_, n) => `word ${n}`).join()
    expect(await said(await open(), words)).toBe(words)
    // Once in each direction; a timer may be a little early.
    expect(performance.now() - before).toBeGreaterThan(58)
    await proxy.set({ delayMs: 0, jitterMs: 0, bytesPerSecond: 10_000 })
    expect(await said(await open(), words)).toBe(words)
  })

  test('cuts with a reset, and accepts again', async () => {
    const socket = await open()
    await proxy.set({ delayMs: 5000 })
    const outcome = said(socket, 'lost')
    await pause(20)
    expect(proxy.open).toBe(1)
    proxy.cut()
    expect(await outcome).toBe('ECONNRESET')
    await proxy.heal()
    expect(await said(await open(), 'again')).toBe('again')
    expect(proxy.accepted).toBe(2)
  })

  test('refuses, or resets what it has accepted, and is there again on the same port', async () => {
    for (const [door, code] of [
      ['refuse', 'ECONNREFUSED'],
      ['reset', 'ECONNRESET'],
    ] as const) {
      await proxy.set({ door })
      const failure = open().then(
        (socket) => said(socket, 'hello'),
        (error) => error.code,
      )
      expect(await failure).toBe(code)
      await proxy.heal()
      expect(await said(await open(), 'again')).toBe('again')
    }
  })

  test('half-open: says nothing, and never works again', async () => {
    const lost = await open()
    const idle = await open()
    expect(await said(lost, 'before')).toBe('before')
    await proxy.set({ swallow: true })
    expect(await said(lost, 'into the dark', 50)).toBe('nothing')
    await proxy.heal()
    expect(await said(lost, 'and now?', 50)).toBe('nothing')
    // One that was not used meanwhile has lost nothing.
    expect(await said(idle, 'and I?')).toBe('and I?')
    expect(await said(await open(), 'a new one')).toBe('a new one')
  })

  test('flaps until it is healed', async () => {
    proxy.flap(10)
    const outcomes = new Set<string>()
    for (let tries = 0; tries < 500 && outcomes.size < 2; tries++) {
      const attempt = open().then(
        (socket) => said(socket, 'x', 1000),
        () => 'failed',
      )
      outcomes.add((await attempt) === 'x' ? 'worked' : 'failed')
    }
    expect(outcomes.size).toBe(2)
    await proxy.heal()
    expect(await said(await open(), 'calm')).toBe('calm')
  })
})
