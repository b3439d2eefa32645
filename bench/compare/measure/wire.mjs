// A connection of the load generator: one kept-alive socket, one request at a time, no more parsing than is needed. It costs
// a fraction of what Node's own client does, so that the server is what is measured.
import { once } from 'node:events'
import { connect } from 'node:net'

const LENGTH = /\r\ncontent-length: *(\d+)/i
const COOKIE = /\r\nset-cookie: *([^;\r]+)/gi
const END_OF_CHUNKS = '0\r\n\r\n'

/** The response at the start of this text, or undefined if it has not all come. */
function parse(text) {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const start = head + 4
  const length = LENGTH.exec(text.slice(0, start))
  const end = length ? start + Number(length[1]) : text.indexOf(END_OF_CHUNKS, start) + END_OF_CHUNKS.length
  if (length ? text.length < end : end < start + END_OF_CHUNKS.length) return undefined
  const cookies = []
  // Most responses set none: the expression is for those that do.
  if (/\r\nset-cookie:/i.test(text.slice(0, start)))
    for (const [, cookie] of text.slice(0, start).matchAll(COOKIE)) cookies.push(cookie)
  return { status: Number(text.slice(9, 12)), cookies, body: text.slice(start, length ? end : undefined) }
}

/** @returns `{ send(path, cookieHeader), close() }`; `send` resolves with `{ status, cookies, body }`. */
export async function connection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.setEncoding('latin1')
  let waiting
  let text = ''
  const fail = (error) => {
    const { reject } = waiting ?? {}
    waiting = undefined
    reject?.(error ?? new Error('the server closed the connection'))
  }
  socket.on('data', (chunk) => {
    text = text === '' ? chunk : text + chunk
    const response = parse(text)
    if (!response) return
    text = ''
    const { resolve } = waiting
    waiting = undefined
    resolve(response)
  })
  socket.on('error', fail)
  socket.on('close', () => fail())
  return {
    send(path, cookie) {
      return new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection is closed'))
        waiting = { resolve, reject }
        const line = cookie === undefined ? '' : `Cookie: ${cookie}\r\n`
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${line}\r\n`)
      })
    },
    close: () => socket.destroy(),
  }
}
