import { fileStore } from 'holdfast/file'
import { storeProcess } from 'holdfast/testing'

storeProcess((directory) => fileStore({ directory, durable: false }))
