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
  // Whatever was begun may still be trying.
  process.exit(1)
}

async function prepare() {
  const reason = staleReason()
  if (reason) console.log(`Installing packages, because ${reason} ...`)
  install()
  const { built, seconds } = await build()
  if (built) console.log(`Built the library in ${seconds.toFixed(1)} s.`)
}

function stopOnSignal(demo) {
  const started = process.ppid
  const stop = async (why) => {
    // A second signal finds no listener and ends the process at once.
    for (const name of ['SIGINT', 'SIGTERM']) process.removeListener(name, stop)
    clearInterval(orphanWatch)
    await demo.close()
    console.log(`  Stopped (${why}).`)
  }
  // npm runs scripts in a shell that dies of a signal without passing it on. The demo would live on and hold the port.
  const watch = () => process.ppid !== started && stop('npm ended')
  const orphanWatch = process.env.npm_lifecycle_event === 'demo' ? setInterval(watch, 200) : undefined
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, stop)
}

function explain(error) {
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is in use. Choose another one: PORT=${error.port + 1} npm run demo`
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return `Port ${error.port} needs more rights. Choose one above 1023: PORT=3000 npm run demo`
  }
  // The library names its own options; here they come from these variables.
  const variable = { url: 'STORE_URL', secrets: 'SESSION_SECRET' }[error.option]
  return variable ? `${variable}: ${error.message}` : error.message
}
