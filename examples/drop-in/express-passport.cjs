// Express with passport-local: a sign-in gets a new session id, a sign-out ends the session, and no slow request undoes either.
// Run: node examples/drop-in/express-passport.cjs
const express = require('express')
const flash = require('connect-flash')
const { Passport } = require('passport')
const { Strategy: LocalStrategy } = require('passport-local')
const session = require('holdfast/express-session') // was: require('express-session')

const users = new Map([['ada', { id: 1, name: 'ada', password: 'lovelace' }]])

const passport = new Passport()
passport.use(
  new LocalStrategy((name, password, done) => {
    const user = users.get(name)
    // A real program compares hashes.
    if (user?.password !== password) return done(null, false, { message: 'Incorrect username or password.' })
    done(null, user)
  }),
)
passport.serializeUser((user, done) => done(null, user.name))
passport.deserializeUser((name, done) => done(null, users.get(name) ?? false))

const app = express()
app.use(session({ secret: process.env.SESSION_SECRET ?? 'keyboard cat', resave: false, saveUninitialized: false }))
app.use(passport.session())
app.use(flash())

app.get('/', (req, res) => {
  if (!req.user) return res.redirect('/login')
  res.send(`hello, ${req.user.name}`)
})

app.get('/login', (req, res) => res.json({ messages: req.flash('error') }))

app.post(
  '/login',
  express.urlencoded({ extended: false }),
  passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login', failureFlash: true }),
)

app.post('/logout', (req, res, next) => {
  req.logout((error) => (error ? next(error) : res.redirect('/')))
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
