import { startLab } from './lab/lab.js'
import { startSession } from './session.js'

startSession()
startLab()
