// How many commands a request costs the store, as its server says.
import { KINDS } from '../plan/targets.mjs'
import { browsers } from './browsers.mjs'
import { startTarget } from './child.mjs'
import { burst, nextValue, signUp } from './closed.mjs'

const USERS = 20
const AT_ONCE = 4

/** Each user's `turns` requests of this kind. @returns how many requests that were */
async function requests(child, users, kind, turns, stop) {
  const { path, anonymous, burst: size } = KINDS[kind]
  if (size) {
    const lines = await child.lines(size)
    for (let i = 0; i < turns; i++) {
      stop.check()
      await burst(lines, users, i % USERS, nextValue())
    }
    return turns * size
  }
  const lines = await child.lines(AT_ONCE)
  await Promise.all(
    lines.map(async (line, first) => {
      for (let i = 0; i < turns; i++)
        for (let user = first; user < USERS; user += AT_ONCE) {
          stop.check()
          await (anonymous ? users.anonymous(line, path) : users.ask(line, user, path))
        }
    }),
  )
  return turns * USERS
}

export async function counted({ name, child }, kind, { store, bytes }, { countUrl, count }, plan, stop) {
  const asked = countUrl === undefined ? child : await startTarget(name, store, countUrl, bytes)
  try {
    const users = browsers()
    await signUp(asked, users, USERS, AT_ONCE, stop)
    // A server that writes down what it is asked is slow with large sessions, and the count is the same.
    const turns = Math.max(1, Math.round(plan.counted / USERS / (bytes > 10_000 ? 5 : 1)))
    // What clients do once (prepare, load a script) is done before.
    await requests(asked, users, kind, 1, stop)
    const end = await count()
    const made = await requests(asked, users, kind, turns, stop)
    return { commands: await end(), requests: made }
  } finally {
    if (asked !== child) await asked.stop()
  }
}
