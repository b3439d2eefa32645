// Where the types of express-session stay: factories of stores that ask for its function take the drop-in.
import type { RequestHandler } from 'express'
import session from 'holdfast/express-session'

import theirs = require('express-session')

export const middleware: (options?: theirs.SessionOptions) => RequestHandler = session
export const whole: typeof theirs = session
export const stores: theirs.Store[] = [new session.MemoryStore()]
export const handler = (store: theirs.Store): RequestHandler => session({ secret: 'x', store })
