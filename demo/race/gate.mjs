/**
 * Holds a slow request inside its handler until the lab lets it go on. A slow query or an upload does the same with
 * time; a gate does it without guessing how long, so no result depends on how busy the machine is.
 */
export function createGate() {
  let entered = deferred()
  let opened = deferred()
  return {
    /** For the handler: says that it is here and has read its session, then waits. */
    async pass() {
      entered.resolve()
      await opened.promise
    },
    /** For the lab: resolves once a request waits inside. */
    entered: () => entered.promise,
    open: () => opened.resolve(),
    /** Ready for the next round. */
    reset() {
      opened.resolve()
      entered = deferred()
      opened = deferred()
    },
  }
}

function deferred() {
  let resolve
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}
