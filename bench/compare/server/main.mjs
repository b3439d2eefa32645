// One http server of the comparison, in a process of its own so that its CPU time and memory can be told apart:
//   node bench/compare/server/main.mjs '{"target":"koa-session","store":"ioredis","at":"redis://...","bytes":200}'
// `at` is the address of the store's server, or a folder. Messages from the parent are answered one by one.
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { acts } from './acts.mjs'
import { ownStore } from './own.mjs'
import { publishedExpress, publishedKoa } from './published.mjs'

const SECRET = 'a secret of the benchmark, used nowhere else: 0123456789'
const { target, framework, store, at, bytes } = JSON.parse(process.argv[2])

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

const own = ownStore(store, at)
const context = {
  secret: SECRET,
  act: acts(bytes),
  store: store && {
    own: own.store,
    floor: own.floor,
    express: (session) => publishedExpress[store](at, session),
    koa: () => publishedKoa[store]?.(at),
  },
}
if (target.startsWith('holdfast')) {
  const opened = await own.store()
  context.options = { secrets: SECRET, store: opened, sweepEvery: false, storeTimeout: '30s', warnBytes: 2 ** 20 }
}

const targets = {
  bare: async () => (await import('./bare.mjs')).bareTargets,
  koa: async () => (await import('./koa.mjs')).koaTargets,
  express: async () => (await import('./express.mjs')).expressTargets,
  fastify: async () => (await import('./fastify.mjs')).fastifyTargets,
}
const listener = await (await targets[framework]())[target](context)

const delay = monitorEventLoopDelay({ resolution: 1 })
const ms = (nanoseconds) => nanoseconds / 1e6
const answers = {
  usage() {
    const { user, system } = process.cpuUsage()
    return { cpuMicros: user + system, rssBytes: process.memoryUsage.rss() }
  },
  collect() {
    for (let i = 0; i < 4; i++) collect()
    return {}
  },
  loopStart() {
    delay.reset()
    delay.enable()
    return {}
  },
  loopStop() {
    delay.disable()
    return { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) }
  },
}

const server = createServer(listener)
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', (question) => process.send(answers[question]()))
// A terminal sends Ctrl-C to the whole group; the parent says when it is over, by leaving.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
