import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { BSON } from 'mongodb'

/** One command of a client, as the server gets it. */
export type Command = Readonly<Record<string, unknown>>

/** What happens to a command. Nothing: the server has it, and the client has the answer. */
export type Meddling =
  | undefined
  /** The server never hears of it: this is the answer. */
  | { readonly instead: Command }
  /** The server has it, and this is added to its answer. */
  | { readonly add: Command }
  /** The connection is cut before the server has it, or after it has answered and before the client hears it. */
  | 'cut before'
  | 'cut after'

/** A door before a server that speaks MongoDB's protocol: what goes through it can be read, answered, changed or cut. */
export interface MongoGate {
  readonly port: number
  /** Asked for each command but those that open and watch connections. `undefined`: nobody meddles. */
  meddle: ((command: Command, name: string) => Meddling) | undefined
  /** Changes what the server says of itself. */
  hello: Command | undefined
  /** Commands that came through, since the last `counts.clear()`. */
  readonly counts: Map<string, number>
  shut(): Promise<void>
  open(): Promise<void>
}

const OP_MSG = 2013
const HEADER_BYTES = 16
const MORE_TO_COME = 2
const OPENING = new Set(['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', 'endSessions'])

interface Line {
  readonly client: Socket
  readonly server: Socket
  /** Waits for the next answer of the server. */
  answer: ((frame: Buffer | undefined) => void) | undefined
}

/**
 * @param oneAtATime Keeps each command back until the one before it has its answer, whichever connection it came on:
 *   for a server that does not compare and write in one step, as MongoDB does with every single document.
 */
export async function mongoGate(serverPort: number, oneAtATime: boolean): Promise<MongoGate> {
  const lines = new Set<Line>()
  const counts = new Map<string, number>()
  let turn: Promise<unknown> = Promise.resolve()
  const gate: { meddle: MongoGate['meddle']; hello: MongoGate['hello'] } = { meddle: undefined, hello: undefined }

  const cut = (line: Line): void => {
    lines.delete(line)
    line.client.destroy()
    line.server.destroy()
    line.answer?.(undefined)
  }

  const forward = (line: Line, frame: Buffer): Promise<Buffer | undefined> =>
    new Promise((resolve) => {
      if (line.server.destroyed) return resolve(undefined)
      line.answer = (answer) => {
        line.answer = undefined
        resolve(answer)
      }
      line.server.write(frame)
      if (isLast(frame)) line.answer(undefined)
    })

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (!oneAtATime) return work()
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const take = async (line: Line, frame: Buffer): Promise<void> => {
    const command = read(frame)
    const name = command === undefined ? '' : (Object.keys(command)[0] ?? '')
    if (command === undefined || OPENING.has(name)) {
      const answer = await forward(line, frame)
      if (answer) line.client.write(gate.hello && !name.startsWith('sasl') ? changed(answer, gate.hello) : answer)
      return
    }
    counts.set(name, (counts.get(name) ?? 0) + 1)
    const meddling = gate.meddle?.(command, name)
    if (meddling === 'cut before') return cut(line)
    if (meddling && meddling !== 'cut after' && 'instead' in meddling) {
      line.client.write(message(frame.readInt32LE(4), meddling.instead))
      return
    }
    const answer = await inTurn(() => forward(line, frame))
    if (meddling === 'cut after') return cut(line)
    if (answer) line.client.write(meddling ? changed(answer, meddling.add) : answer)
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ host: '127.0.0.1', port: serverPort, noDelay: true })
    const line: Line = { client, server, answer: undefined }
    lines.add(line)
    onFrames(client, (frame) => void take(line, frame))
    onFrames(server, (frame) => line.answer?.(frame))
    for (const socket of [client, server]) {
      socket.on('error', () => cut(line))
      socket.on('close', () => cut(line))
    }
  })
  const port = await listenSomewhere(listener)
  listener.unref()

  return Object.assign(gate, {
    port,
    counts,
    async shut() {
      for (const line of lines) cut(line)
      if (!listener.listening) return
      listener.close()
      await once(listener, 'close')
    },
    async open() {
      if (listener.listening) return
      listener.listen(port, '127.0.0.1')
      await once(listener, 'listening')
    },
  })
}

/** Calls back with each whole message. */
function onFrames(socket: Socket, callback: (frame: Buffer) => void): void {
  let parts: Buffer[] = []
  let length = 0
  socket.on('data', (data) => {
    parts.push(data)
    length += data.length
    for (;;) {
      if (length < 4) return
      if ((parts[0] as Buffer).length < 4) parts = [Buffer.concat(parts)]
      const size = (parts[0] as Buffer).readInt32LE(0)
      if (length < size) return
      const all = Buffer.concat(parts)
      parts = [all.subarray(size)]
      length -= size
      callback(all.subarray(0, size))
    }
  })
}

const isMessage = (frame: Buffer): boolean => frame.readInt32LE(12) === OP_MSG
const isLast = (frame: Buffer): boolean => isMessage(frame) && (frame.readInt32LE(HEADER_BYTES) & MORE_TO_COME) !== 0

/** The command with the documents that follow it, or `undefined` if this is none of today's messages. */
function read(frame: Buffer): Command | undefined {
  if (!isMessage(frame)) return undefined
  const command: Record<string, unknown> = {}
  for (let at = HEADER_BYTES + 4; at < frame.length; ) {
    const kind = frame[at]
    const size = frame.readInt32LE(at + 1)
    const section = frame.subarray(at + 1, at + 1 + size)
    if (kind === 0) Object.assign(command, BSON.deserialize(section))
    else {
      const end = section.indexOf(0, 4)
      const documents: unknown[] = []
      for (let from = end + 1; from < size; from += section.readInt32LE(from)) {
        documents.push(BSON.deserialize(section.subarray(from, from + section.readInt32LE(from))))
      }
      command[section.toString('utf8', 4, end)] = documents
    }
    at += 1 + size
  }
  return command
}

function changed(answer: Buffer, more: Command): Buffer {
  const to = answer.readInt32LE(8)
  const said = read(answer)
  if (said) return message(to, { ...said, ...more })
  // What the first question of a connection gets: an OP_REPLY with one document.
  const head = answer.subarray(HEADER_BYTES, 36)
  const body = BSON.serialize({ ...BSON.deserialize(answer.subarray(36)), ...more })
  return framed(to, 1, Buffer.concat([head, body]))
}

const message = (to: number, document: Command): Buffer =>
  framed(to, OP_MSG, Buffer.concat([Buffer.alloc(5), BSON.serialize(document)]))

function framed(to: number, code: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeInt32LE(HEADER_BYTES + body.length, 0)
  header.writeInt32LE(to, 8)
  header.writeInt32LE(code, 12)
  return Buffer.concat([header, body])
}

/** Below the ports that the system gives to clients: while the gate is shut, none of them must get it. */
async function listenSomewhere(listener: Server): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    listener.listen(port, '127.0.0.1')
    try {
      await once(listener, 'listening')
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
