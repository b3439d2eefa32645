import { createSessions } from 'holdfast'
import { session } from 'holdfast/node'

const sessionsOn = async ({ secret, opened }) => {
  await opened.store.ready()
  return createSessions({ secrets: secret, store: opened.store, sweepEvery: false, storeTimeout: '30s' })
}

/** Explicit open and finish. */
export async function holdfast(options) {
  const sessions = await sessionsOn(options)
  return async (req, res) => {
    let line
    const exchange = {
      cookieHeader: req.headers.cookie,
      path: req.url,
      secure: () => false,
      headersSent: () => res.headersSent,
      setCookie(text) {
        line = text
      },
    }
    const visit = await sessions.open(exchange)
    options.actOf(req)(visit.session)
    await sessions.finish(visit)
    if (line !== undefined) res.setHeader('set-cookie', line)
    res.end('ok')
  }
}

/** Through the adapter, which holds the response until the commit. */
export async function holdfastHeld(options) {
  const sessions = await sessionsOn(options)
  return session(sessions)((req, res) => {
    options.actOf(req)(req.session)
    res.end('ok')
  })
}
