// `npm run demo`. What has to be installed or built is imported only after that was done.
import { fileURLToPath } from 'node:url'
import { build } from '../scripts/build.mjs'
import { install, staleReason } from '../scripts/install.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

try {
  await prepare()
  const { readSettings } = await import('./settings.mjs')
  const settings = await readSettings(root)
  const { startDemo } = await import('./server.mjs')
  const demo = await startDemo(settings)
  console.log(
    `\n  Holdfast demo   ${demo.url}\n  Sessions in     ${settings.place} (${demo.store})\n  Stop with       Ctrl+C\n`,
  )
  stopOnSignal(demo)
} catch (error) {
  console.error(`\n  The demo could not start. ${explain(error)}\n`)
  process.exitCode = 1
}

async function prepare() {
  const reason = staleReason()
  if (reason) console.log(`Installing packages, because ${reason} ...`)
  install()
  const { built, seconds } = await build()
  if (built) console.log(`Built the library in ${seconds.toFixed(1)} s.`)
}

function stopOnSignal(demo) {
  const stop = async (signal) => {
    // A second signal finds no listener and ends the process at once.
    for (const name of ['SIGINT', 'SIGTERM']) process.removeListener(name, stop)
    await demo.close()
    console.log(`  Stopped (${signal}).`)
  }
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, stop)
}

function explain(error) {
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is in use. Choose another one: PORT=${error.port + 1} npm run demo`
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return `Port ${error.port} needs more rights. Choose one above 1023: PORT=3000 npm run demo`
  }
  return error.message
}
