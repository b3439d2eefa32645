/**
 * A driver's error may carry the statement, its parameters or the entry that it was about (`error.command.args`,
 * `error.sql`, `error.detail`, `error.keyValue` ...), and loggers print what an error carries. What is kept of it is what
 * it is called, its codes, and what it says without the parts in quotes or braces.
 */

const QUOTED = /'[^']*'|"[^"]*"|`[^`]*`|\{[^}]*\}|\[[^\]]*\]/g
const LONGEST_MESSAGE = 300

/** Short marks of a kind of failure. Text in them is a word, never a value. */
const CODES = ['code', 'errno', 'sqlState', 'codeName', 'severity', 'errcode'] as const
/** What a failed call of the system was about. It knows nothing of sessions. */
const OF_SYSTEM = ['code', 'errno', 'syscall', 'address', 'port', 'path'] as const

/** The error without what it may tell of sessions. */
export function condensed(cause: unknown): unknown {
  if (typeof cause !== 'object' || cause === null) return cause === undefined ? undefined : new Error(kindOf(cause))
  const first = (cause as { readonly errors?: readonly unknown[] }).errors?.[0]
  // Several attempts at one connection: the first says why.
  if (cause instanceof AggregateError && first !== undefined) return condensed(first)
  const { name, message, stack, syscall } = cause as Partial<NodeJS.ErrnoException>
  const ofSystem = typeof syscall === 'string'
  const said = typeof message === 'string' ? message : kindOf(cause)
  const error = new Error((ofSystem ? said : said.replace(QUOTED, '…')).slice(0, LONGEST_MESSAGE))
  if (typeof name === 'string')
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  for (const mark of ofSystem ? OF_SYSTEM : CODES) {
    const value = (cause as Record<string, unknown>)[mark]
    if (typeof value === 'number' || (typeof value === 'string' && (ofSystem || /^[\w.-]{1,64}$/.test(value)))) {
      Object.defineProperty(error, mark, { value, enumerable: true })
    }
  }
  const frames = typeof stack === 'string' ? /(?:\n {4}at .*)+$/.exec(stack)?.[0] : undefined
  error.stack = `${error.name}: ${error.message}${frames ?? ''}`
  return error
}

const kindOf = (what: unknown): string => `the driver threw ${Array.isArray(what) ? 'an array' : `a ${typeof what}`}`
