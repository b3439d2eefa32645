/**
 * The three races. Each gets a fresh browser at one contestant's server, plays once, and answers what was measured.
 * Where a race leans on something that must hold first (the sign-in worked, the logout was acknowledged and the old
 * cookie gave nothing), it checks that and throws when it does not, so that no result means something else.
 */

/** How many requests write at once, each its own key. */
export const WRITERS = 20

const keys = Array.from({ length: WRITERS }, (_, index) => `key${index + 1}`)

/** 20 requests at once, each writing another key of one session. Which keys does the session hold afterwards? */
export async function writers({ browser }) {
  await signIn(browser)
  // A browser has its connections open by then, so that opening them does not pull the requests apart.
  await Promise.all(keys.map(() => read(browser)))
  const startedAt = performance.now()
  await Promise.all(keys.map((key) => must(browser, 'POST', `/write/${key}`)))
  const ms = performance.now() - startedAt
  return { kept: await keptKeys(browser), ms }
}

/** The same 20 writes, one after the other. Every library keeps them all, or the lab itself is broken. */
export async function control({ browser }) {
  await signIn(browser)
  for (const key of keys) await must(browser, 'POST', `/write/${key}`)
  return { kept: await keptKeys(browser) }
}

/** A write is under way, the user signs out, the write ends. Does the signed-out session work again? */
export async function logout({ browser, gate }) {
  await signIn(browser)
  const oldCookie = browser.cookies()
  const slow = await holdWrite(browser, gate)
  await must(browser, 'POST', '/sign-out')
  expect((await read(browser, oldCookie)).user === undefined, 'the logout took effect')
  gate.open()
  const { status } = await slow.answer
  return {
    revived: (await read(browser, oldCookie)).user === 'ada',
    signedInAgain: (await read(browser)).user === 'ada',
    slowStatus: status,
  }
}

/** A write is under way, the user signs in and gets a new id, the write ends. Is the old id valid again? */
export async function rotation({ browser, gate }) {
  await must(browser, 'POST', '/write/cart')
  const oldCookie = browser.cookies()
  expect((await read(browser, oldCookie)).cart === 'kept', 'the first visit was kept')
  const slow = await holdWrite(browser, gate)
  await must(browser, 'POST', '/sign-in')
  expect(browser.cookies() !== oldCookie, 'the sign-in sent a new cookie')
  expect((await read(browser)).user === 'ada', 'the sign-in took effect')
  expect((await read(browser, oldCookie)).cart === undefined, 'the old id was ended')
  gate.open()
  const { status } = await slow.answer
  return {
    oldIdValid: (await read(browser, oldCookie)).cart === 'kept',
    sentBack: browser.cookies() === oldCookie,
    signedIn: (await read(browser)).user === 'ada',
    slowStatus: status,
  }
}

async function signIn(browser) {
  await must(browser, 'POST', '/sign-in')
  expect((await read(browser)).user === 'ada', 'the sign-in took effect')
}

/** Starts a write that waits inside its handler, with its session read. Its answer is not awaited here. */
async function holdWrite(browser, gate) {
  const sent = browser.send('POST', '/slow-write/draft')
  await Promise.race([gate.entered(), sent.then(() => expect(false, 'the slow write waited'))])
  // In an object, because a promise returned from here would be awaited by the caller.
  return { answer: sent }
}

async function keptKeys(browser) {
  const data = await read(browser)
  return keys.map((key) => data[key] === 'kept')
}

async function read(browser, cookie) {
  const { status, body } = await browser.send('GET', '/session', { cookie })
  expect(status === 200, 'the session could be read')
  return JSON.parse(body)
}

async function must(browser, method, path) {
  const { status } = await browser.send(method, path)
  expect(status === 200, `${method} ${path} answered 200`)
}

function expect(held, what) {
  if (!held) throw new Error(`The race could not be run: it must hold that ${what}, and it did not.`)
}
