/** The names of a session object's members. Data cannot have them, or a request's body could replace a method. */
export const MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'handle',
  'isNew',
  'createdAt',
  'expiresAt',
  'absoluteAt',
  'cookie',
  'save',
  'regenerate',
  'destroy',
  'touch',
  'reload',
  'update',
  'setLifetime',
  '__proto__',
])
