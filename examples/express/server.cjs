// Signing in and out on Express, from CommonJS, with a list of one's own sessions.
const express = require('express')
const { createSessions } = require('holdfast')
const { session } = require('holdfast/express')

const sessions = createSessions({ secrets: process.env.SESSION_SECRET, owner: (data) => data.user })
const app = express()
app.use(session(sessions))
app.use(express.json())

app.post('/sign-in', async (req, res) => {
  // Check a password here.
  await req.session.regenerate()
  req.session.user = String(req.body.name)
  res.redirect(303, '/')
})

app.get('/', async (req, res) => {
  const { user } = req.session
  if (!user) return res.status(401).json({ error: 'sign in first' })
  res.json({ user, sessions: await sessions.count({ owner: user }) })
})

app.post('/sign-out', async (req, res) => {
  await req.session.destroy()
  res.redirect(303, '/')
})

app.post('/sign-out-everywhere', async (req, res) => {
  const { user } = req.session
  res.json({ ended: user ? await sessions.revokeAll({ owner: user }) : 0 })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
