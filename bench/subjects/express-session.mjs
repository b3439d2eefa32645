import { EventEmitter } from 'node:events'
import session from 'express-session'

/** express-session with its MemoryStore, driven with the least that it needs of a request and a response. */
export function expressSession(secret) {
  const middleware = session({ secret, resave: false, saveUninitialized: false })
  return {
    name: 'express-session',
    request(header, handler) {
      return new Promise((resolve, reject) => {
        const headers = {}
        const req = { headers: { cookie: header }, url: '/', originalUrl: '/', connection: {} }
        const res = Object.assign(new EventEmitter(), {
          headersSent: false,
          statusCode: 200,
          getHeader: (name) => headers[name.toLowerCase()],
          setHeader: (name, value) => {
            headers[name.toLowerCase()] = value
          },
          writeHead() {
            this.headersSent = true
            return this
          },
          _implicitHeader() {
            this.writeHead(this.statusCode)
          },
          write: () => true,
          end: () => resolve(headers['set-cookie']?.[0] ?? headers['set-cookie']),
        })
        middleware(req, res, (error) => {
          if (error) return reject(error)
          if (!handler.untouched) handler(req.session)
          res.end()
        })
      })
    },
  }
}
