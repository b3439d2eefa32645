// One way to end early, for Ctrl-C, SIGTERM and the time limit: what runs is given up at the next request, and what is
// complete is written.

export class Stopped extends Error {}

/** @returns `{ reason, check(), ask(reason), done() }`; `check` throws `Stopped` from the moment on that somebody asked. */
export function stopping(limitMs) {
  let reason
  let askedAt = 0
  const ask = (why) => {
    // Who asks again after a while does not want to wait; one Ctrl-C may come twice, from the terminal and from the parent.
    if (reason !== undefined && why !== 'the time limit' && Date.now() - askedAt > 1000) process.exit(130)
    askedAt ||= Date.now()
    reason ??= why
  }
  const signals = ['SIGINT', 'SIGTERM'].map((name) => [name, () => ask(name)])
  for (const [name, listener] of signals) process.on(name, listener)
  const timer = limitMs === undefined ? undefined : setTimeout(ask, limitMs, 'the time limit')
  timer?.unref()
  // The stores' servers do not keep this process alive, not even while it waits for their end.
  const alive = setInterval(() => {}, 60_000)
  return {
    get reason() {
      return reason
    },
    check() {
      if (reason !== undefined) throw new Stopped(reason)
    },
    done() {
      clearTimeout(timer)
      clearInterval(alive)
      for (const [name, listener] of signals) process.off(name, listener)
    },
  }
}
