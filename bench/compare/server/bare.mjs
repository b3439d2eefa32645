// The targets on bare http. Each answers a request listener.
import { changes, touches } from './acts.mjs'
import { minimum } from './minimum.mjs'

const bare = () => (_req, res) => res.end('ok')

async function holdfast({ options, act }) {
  const { session } = await import('holdfast/node')
  const get = (req) => req.session
  const regenerate = (req) => req.session.regenerate()
  return session(options)((req, res) => {
    const body = act(req.url, req, get, regenerate)
    if (typeof body === 'string') res.end(body)
    else return body.then((text) => res.end(text))
  })
}

/** Its application opens the session and saves it: both are left out where a request does not need them. */
async function ironSession({ secret, act }) {
  const { getIronSession } = await import('iron-session')
  const options = { password: secret, cookieName: 'iron', cookieOptions: { secure: false } }
  const get = (req) => req.iron
  return async (req, res) => {
    if (touches(req.url)) req.iron = await getIronSession(req, res, options)
    const body = await act(req.url, req, get)
    if (changes(req.url)) await req.iron.save()
    res.end(body)
  }
}

export const bareTargets = { bare, minimum, 'holdfast-http': holdfast, 'iron-session': ironSession }
