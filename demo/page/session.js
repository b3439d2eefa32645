import { getJson, postJson } from './api.js'
import { byId, make } from './dom.js'
import { showFacts } from './inspector.js'

/** The part of the page that acts on the visitor's own session. */

const REFRESH_EVERY = 5000
const TOAST_FOR = 4000

let waiting = 0
let hiding
let shown
let last = Promise.resolve()

export function startSession() {
  onSubmit('sign-in', (form) => act('sign-in', { name: form.get('name') }, 'Signed in. The session has a new id.'))
  onSubmit('notes', (form) => act('notes', { text: form.get('text') }, 'Note kept.'))
  byId('sign-out').onclick = () => act('sign-out', {}, 'Signed out. The old cookie opens nothing any more.')
  byId('sign-out-everywhere').onclick = () => act('sign-out-everywhere', {}, 'Signed out in every browser.')
  for (const button of document.querySelectorAll('[data-count]')) {
    button.onclick = () => act('counter', { by: Number(button.dataset.count) }, 'Counted.')
  }
  for (const button of document.querySelectorAll('[data-item]')) {
    button.onclick = () => act('cart', { item: button.dataset.item }, `${button.textContent} is in the cart.`)
  }
  for (const button of document.querySelectorAll('[data-views]')) button.onclick = () => view(button.dataset.views)
  for (const radio of document.querySelectorAll('[name=framework]')) radio.onchange = () => refresh()

  // Another browser may have signed this one out, so the page looks again while somebody looks at it.
  setInterval(() => document.visibilityState === 'visible' && refresh({ quiet: true }), REFRESH_EVERY)
  refresh()
}

const framework = () => document.querySelector('[name=framework]:checked').value

const act = (action, input, message) =>
  exclusively(async () => {
    show(await postJson(`/${framework()}/api/${action}`, input))
    say(message)
  })

const view = (through) =>
  exclusively(async () => {
    const { views } = await getJson(`/${through}/views`)
    show(await getJson(`/${framework()}/api/session`))
    say(`/${through}/views answered ${views}.`)
  })

const refresh = ({ quiet = false } = {}) =>
  exclusively(async () => show(await getJson(`/${framework()}/api/session`)), { quiet })

/** One request at a time, in the order of the clicks. A refresh in the background steps aside. */
async function exclusively(work, { quiet = false } = {}) {
  if (quiet && waiting > 0) return false
  waiting += 1
  const turn = last.then(work)
  last = turn.catch(() => undefined)
  try {
    await turn
    return true
  } catch (error) {
    if (!quiet) say(error.message, true)
    return false
  } finally {
    waiting -= 1
  }
}

function onSubmit(id, submit) {
  byId(id).onsubmit = async (event) => {
    event.preventDefault()
    const form = event.target
    if (await submit(new FormData(form))) form.reset()
  }
}

function say(message, wrong = false) {
  const toast = byId('toast')
  toast.textContent = message
  toast.classList.toggle('wrong', wrong)
  toast.classList.add('shown')
  clearTimeout(hiding)
  hiding = setTimeout(() => toast.classList.remove('shown'), TOAST_FOR)
}

/** Shows a changed answer; an unchanged one leaves focus and selection alone. */
function show(answer) {
  const text = JSON.stringify(answer)
  if (text === shown) return
  shown = text
  const { session, browsers, store } = answer
  const user = session?.data.user
  const wasSignedIn = byId('sign-in').hidden
  const focused = byId('sign-in-card').contains(document.activeElement)
  byId('sign-in').hidden = Boolean(user)
  byId('signed-in').hidden = !user
  // What had the focus may be hidden now: hand it to what took its place.
  if (focused && wasSignedIn !== Boolean(user)) (user ? byId('sign-out') : byId('sign-in').elements.name).focus()
  byId('user').textContent = user ?? ''
  byId('views').textContent = session?.data.views ?? 0
  byId('counter').textContent = session?.data.counter ?? 0
  byId('about').textContent = `Sessions are kept in the ${store} store.`
  showFacts(session)
  showBrowsers(user, browsers)
}

function showBrowsers(user, browsers) {
  byId('browsers-hint').textContent = user
    ? `Open this page in a private window, sign in as “${user}” there, and it appears here.`
    : 'Sign in to see every browser that is signed in with your name.'
  const rows = browsers.map(({ handle, name, expiresAt, current }) => {
    const about = make('span', {}, make('b', {}, current ? `${name} (this browser)` : name))
    about.append(make('small', {}, make('code', {}, short(handle)), ` · until ${time(expiresAt)}`))
    if (current) return make('li', {}, about)
    const revoke = make('button', { className: 'button small danger', type: 'button' }, 'Sign it out')
    revoke.setAttribute('aria-label', `Sign it out: ${name}, ${short(handle)}`)
    revoke.onclick = () => act('revoke', { handle }, 'That browser is signed out.')
    return make('li', {}, about, revoke)
  })
  byId('browsers').replaceChildren(...rows)
}

const short = (handle) => `${handle.slice(0, 8)}…`

const time = (instant) => new Date(instant).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
