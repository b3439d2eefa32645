const told = new Set<string>()

/** Warns once of each thing, as `NO_DEPRECATION=express-session` and Node's own flags allow. */
export function deprecate(what: string): void {
  if (told.has(what)) return
  told.add(what)
  const silenced = (process.env.NO_DEPRECATION ?? '').split(/[ ,]+/)
  if (silenced.includes('*') || silenced.includes('express-session')) return
  process.emitWarning(`express-session deprecated ${what}`, 'DeprecationWarning')
}
