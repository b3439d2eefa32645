import { createSessions } from 'holdfast'

const headersSent = () => false
const secure = () => false

/** The engine without any framework: open, the handler, finish. */
export function holdfast(secret) {
  const sessions = createSessions({ secrets: secret, sweepEvery: false })
  return {
    name: 'holdfast',
    async request(header, handler) {
      let line
      const exchange = {
        cookieHeader: header,
        path: '/',
        secure,
        headersSent,
        setCookie(text) {
          line = text
        },
      }
      const opened = sessions.open(exchange)
      const visit = typeof opened.then === 'function' ? await opened : opened
      handler.untouched || handler(visit.session)
      const finished = sessions.finish(visit)
      if (finished) await finished
      return line
    },
  }
}
