// What a session costs on each real store, as the CPU time of the server that it adds to a request over HTTP: Holdfast beside
// what one would write by hand on the same client. Every subject is a process of its own, rounds alternate between
// them, medians are shown. Then the commands per request, as the store's server counted them.
//
//   npm run bench -- stores                   all of them, about four minutes
//   npm run bench -- stores ioredis pg     only these clients
//   npm run bench -- stores --quick       less exact

import { counters } from './http/counters.mjs'
import { startSubject } from './http/load.mjs'
import { serverMakers } from './servers.mjs'

const args = process.argv.slice(2)
const quick = args.includes('--quick')
const chosen = args.filter((arg) => !arg.startsWith('--'))
const ROUNDS = quick ? 3 : 7
const REQUESTS = quick ? 1000 : 3000
const CONNECTIONS = 32
const SESSIONS = 64

const KINDS = { read: '/read', 'read-modify-write': '/write' }
const SUBJECTS = ['none', 'minimum', 'holdfast', 'holdfast held']

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

const started = async (making) => {
  const server = await making
  await server.start()
  return server
}

/** Each client, and what starts its server. */
const CLIENTS = {
  ioredis: ({ redisServer }) => started(redisServer()),
  'node-redis': ({ redisServer }) => started(redisServer()),
  pg: ({ postgresServer }) => postgresServer(),
  mysql2: ({ mariadbServer }) => started(mariadbServer()),
  mongodb: ({ mongodbServer }) => started(mongodbServer()),
}

async function measured(client, url) {
  const subjects = new Map()
  for (const name of SUBJECTS) subjects.set(name, await startSubject(name, name === 'none' ? undefined : client, url))
  const cookies = new Map()
  for (const [name, subject] of subjects) cookies.set(name, await subject.cookies(SESSIONS))
  const results = new Map(
    SUBJECTS.map((name) => [name, Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]))]),
  )
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [kind, path] of Object.entries(KINDS)) {
      for (const [name, subject] of subjects) {
        progress(`${client}: round ${round} of ${ROUNDS}: ${name}, ${kind}`)
        const us = await subject.measure(path, cookies.get(name), REQUESTS, CONNECTIONS)
        // The first round warms up.
        if (round > 0) results.get(name)[kind].push(us)
      }
    }
  }
  const added = (name, kind) =>
    median(results.get(name)[kind].map((us, round) => us - results.get('none')[kind][round]))
  const commands = {}
  for (const [kind, path] of Object.entries(KINDS)) {
    progress(`${client}: counting commands`)
    const count = await counters[client](url)
    await subjects.get('holdfast').measure(path, cookies.get('holdfast'), 1000, CONNECTIONS)
    commands[kind] = (await count()) / 1000
  }
  progress('')
  for (const subject of subjects.values()) subject.stop()
  return { added, commands }
}

const makers = await serverMakers()
console.log(
  `Node ${process.version}; ${ROUNDS} alternating rounds of ${REQUESTS} requests over ${CONNECTIONS} connections, ${SESSIONS} sessions of 150 bytes in turn; medians.`,
)
console.log(
  'Microseconds of server CPU that a session adds to a request of bare http (in brackets: times the minimum);',
)
console.log(
  '"held" is with the adapter, which holds the response until the commit. Commands as the store counted them.\n',
)
const header = ['client', 'request', 'minimum', 'Holdfast', 'Holdfast held', 'commands']
const row = (cells) => console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(20) : cell.padStart(18))).join(''))
row(header)
for (const [client, start] of Object.entries(CLIENTS)) {
  if (chosen.length > 0 && !chosen.includes(client)) continue
  const server = await start(makers)
  try {
    const { added, commands } = await measured(client, server.directUrl ?? server.url)
    for (const kind of Object.keys(KINDS)) {
      const floor = added('minimum', kind)
      const cell = (us) => `${us.toFixed(1)} (${(us / floor).toFixed(2)}x)`
      const own = ['holdfast', 'holdfast held'].map((name) => cell(added(name, kind)))
      row([client, kind, floor.toFixed(1), ...own, commands[kind].toFixed(2)])
    }
  } finally {
    await server.close()
  }
}
process.exit()
