import { createSessions, type SessionOptions, type Sessions } from '../../index.ts'

/** An adapter takes an engine, which may serve others too, or the options for one of its own. */
export function toSessions<Data>(given: SessionOptions<Data> | Sessions<Data> | undefined): Sessions<Data> {
  return isSessions(given) ? given : createSessions<Data>(given)
}

// By its members: an engine may come from another copy of the library.
function isSessions<Data>(given: SessionOptions<Data> | Sessions<Data> | undefined): given is Sessions<Data> {
  const { open, finish } = (given ?? {}) as Partial<Sessions<Data>>
  return typeof open === 'function' && typeof finish === 'function'
}
